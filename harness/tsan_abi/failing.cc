// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/failing.h"

#include <algorithm>
#include <set>

#include "harness/tsan_abi/code_sites.h"
#include "harness/tsan_abi/divergence.h"
#include "harness/tsan_abi/facts.h"
#include "harness/tsan_abi/noticed.h"
#include "harness/tsan_abi/symbols.h"

namespace gridlock::internal::controlled {
namespace {

constexpr const char* kKinds[kFailures] = {
    "",      "deadlock", "data-race",     "check-failed", "assertion", "abort",         "exception",
    "crash", "livelock", "leaked-thread", "misuse",       "exit",      "not-controlled"};
constexpr u64 kMostSteps = 20000000;  // of all that shrinking runs

}  // namespace

std::string line_of(Schedule& schedule, const Executions& executions) {
  const Outcome& outcome = executions.outcome();
  schedule.steps = outcome.steps;
  schedule.endless = outcome.steps > executions.most_steps();
  schedule.hash = outcome.hash;
  schedule.has_build = true;
  schedule.build = hash_of_code();
  std::string line(kReplaySize, 0);
  line.resize(write_replay(schedule, *reinterpret_cast<char(*)[kReplaySize]>(line.data())));
  return line;
}

Failing::Way Failing::way() const {
  std::set<std::string> kinds;
  for (const ExploreFinding& finding : read_records(executions_.shared()->records)) {
    if (finding.kind != kPredicted) kinds.insert(finding.kind);
  }
  Way way{executions_.outcome().failure, {}};
  for (const std::string& kind : kinds) way.kinds += kind + "\n";
  return way;
}

void Failing::found(u64 index) {
  executions_.schedule().mark_count = 0;
  const Way failed = way();
  const bool can_be_repeated = shrink_to_turns();
  if (can_be_repeated) follow();
  report(index, can_be_repeated);
  name_findings(failed);
}

void Failing::repeated() {
  report(0, true);
  name_findings(way());
}

// Those that are what failed, and not only something that was noticed on the way, have the failure's line.
void Failing::name_findings(const Way& failed) {
  for (ExploreFinding& finding : result_.findings) {
    const bool is_it = failed.kinds.find(finding.kind + "\n") != std::string::npos;
    if (finding.execution == result_.execution && is_it) finding.replay = result_.replay;
  }
}

// Whether the schedule with those turns fails so, too; what was decided in it.
bool Failing::runs_like(const Way& failed, Turns& turns) {
  Settings& settings = executions_.schedule().settings;
  settings.kind = StrategyKind::kTurns;
  settings.turns = turns.data();
  settings.turn_count = static_cast<u32>(turns.size());
  executions_.run_apart(false);
  const Recorded& recorded = executions_.shared()->recorded;
  if (!(way() == failed) || recorded.count > kMostRecorded) return false;
  turns.assign(recorded.turns, recorded.turns + recorded.count);
  return true;
}

// To as few turns as the failure needs. A livelock is known by its steps: to look for it fewer are enough, and what is found
// so is tried with all of them.
void Failing::shrink_turns(const Way& failed, u64 steps) {
  constexpr u64 kEnough = 50000;
  const auto fails = [&](Turns& turns) { return runs_like(failed, turns); };
  if (failed.failure == Failure::kLivelock) {
    steps = std::min(steps, kEnough);
    executions_.limit_steps(std::min(options_.max_steps, kEnough));
  }
  const Recorded& recorded = executions_.shared()->recorded;
  if (recorded.traced_count <= kMostTraced) {
    Turns straight = straightened(recorded.traced, recorded.traced_count);
    if (fails(straight) && straight.size() < turns_.size()) turns_ = straight;
  }
  shrink(turns_, fails, static_cast<std::size_t>(std::clamp<u64>(kMostSteps / steps, 50, 2000)));
  executions_.limit_steps(options_.max_steps);
}

// The execution that ran last, with as few switches as its failure needs. Where it cannot be repeated with the turns that were
// taken, or has too many for a line, its own settings stay. False: no line repeats it.
bool Failing::shrink_to_turns() {
  Shared& shared = *executions_.shared();
  Settings& settings = executions_.schedule().settings;
  Exhaustive* const exhaustive = executions_.exhaustive();
  const bool is_recorded = learns(settings.kind);
  const bool needs_turns = is_recorded || exhaustive != nullptr;
  if (shared.outcome.failure == Failure::kUncontrolled) return !needs_turns;
  if (!options_.shrink && !needs_turns) return true;
  const Way failed = way();
  const Settings found = settings;
  const Outcome outcome = shared.outcome;
  const Facts facts = *shared.facts;
  const u64 steps = std::max<u64>(outcome.steps, 1);
  if (!is_recorded) {
    shared.recorded.is_on = true;
    if (exhaustive != nullptr) exhaustive->again();
    executions_.run_apart(false);
  }
  executions_.choose_by(nullptr);
  const Recorded& recorded = shared.recorded;
  bool known = way() == failed;
  if (known) {
    // Of a livelock, which has the most, the beginning is what matters: no schedule leads out of it.
    const u32 count = recorded.count > kMostRecorded ? kMaxTurns : recorded.count;
    turns_.assign(recorded.turns, recorded.turns + count);
    settings.precise = exhaustive != nullptr;
    const Turns whole = turns_;
    const auto fails = [&] { return turns_.size() <= kMaxTurns && runs_like(failed, turns_); };
    if (options_.shrink) shrink_turns(failed, steps);
    known = fails();
    if (!known && failed.failure == Failure::kLivelock) {
      turns_ = whole;
      known = fails();
    }
    settings.turns = turns_.data();
    settings.turn_count = static_cast<u32>(turns_.size());
  }
  shared.recorded.is_on = false;
  if (known) return true;
  settings = found;
  shared.outcome = outcome;
  *shared.facts = facts;
  return !needs_turns;
}

// The execution that failed once more, in a process of its own and to the same end: for its way, and for marks of the hash by
// which a replay in a changed program finds where it goes another way.
void Failing::follow() {
  Shared& shared = *executions_.shared();
  const Outcome first = shared.outcome;
  if (first.steps == 0 || first.failure == Failure::kUncontrolled) return;
  Followed& followed = *shared.followed;
  const Facts facts = *shared.facts;
  followed.is_on = true;
  followed.every = steps_between_marks(first.steps);
  followed.steps = first.steps;
  executions_.run_apart(false);
  followed.is_on = false;
  has_path_ = shared.outcome.steps == first.steps && shared.outcome.hash == first.hash;
  shared.outcome = first;
  *shared.facts = facts;
  if (!has_path_) return;
  Schedule& schedule = executions_.schedule();
  schedule.mark_count = followed.mark_count;
  std::copy_n(followed.marks, followed.mark_count, schedule.marks);
}

void Failing::report(u64 index, bool can_be_repeated) {
  const Outcome& outcome = executions_.outcome();
  failure_ = outcome.failure;
  text_.assign(outcome.text, outcome.text_size);
  result_.failed = true;
  result_.kind = kKinds[static_cast<u32>(outcome.failure)];
  result_.execution = index;
  result_.steps = outcome.steps;
  result_.trace_hash = outcome.hash;
  result_.replay = can_be_repeated ? line_of(executions_.schedule(), executions_) : std::string();
  result_.message = "gridlock: " + result_.kind + " in execution " + std::to_string(index) +
                    " (seed " + std::to_string(options_.seed) + ", " +
                    std::to_string(outcome.steps) + " steps)\n" +
                    with_places({outcome.text, outcome.text_size}) +
                    (can_be_repeated ? "  again: GRIDLOCK_REPLAY=" + result_.replay + "\n"
                                     : "  no line repeats it: it has too many switches\n");
}

}  // namespace gridlock::internal::controlled
