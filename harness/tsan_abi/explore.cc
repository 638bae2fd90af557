// SPDX-License-Identifier: Apache-2.0
//
// gridlock::explore(): plans each execution, runs it here or in a process of its own, and says what came out.
// Nothing of an execution runs in this file's functions, so it may use the standard library.
#include <gridlock/explore.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <unordered_set>

#include "harness/platform/syscall.h"
#include "harness/tsan_abi/code_sites.h"
#include "harness/tsan_abi/context.h"
#include "harness/tsan_abi/crashes.h"
#include "harness/tsan_abi/front.h"
#include "harness/tsan_abi/shadow.h"
#include "harness/tsan_abi/shrink.h"
#include "harness/tsan_abi/symbols.h"

namespace gridlock::internal::controlled {
namespace {

constexpr const char* kKinds[kFailures] = {
    "",      "deadlock", "data-race",     "check-failed", "assertion", "abort",         "exception",
    "crash", "livelock", "leaked-thread", "misuse",       "exit",      "not-controlled"};
constexpr u32 kFirstThreads = 3;
constexpr u64 kAllPointsEach =
    8;  // of the executions with learned points, one in so many takes all

u32 g_parked = 0;  // threads behind fibers, also of executions that were left in the middle

struct Body {
  void (*function)(void*);
  void* argument;
};

void* run_body(void* argument) {
  const auto* const body = static_cast<const Body*>(argument);
  body->function(body->argument);
  return nullptr;
}

class Exploration {
 public:
  Exploration(const ExploreOptions& options, Body body) : options_(options), body_(body) {
    limits_ = {options.max_steps, options.data_races, options.leaked_threads,
               options.repeat == ExploreRepeat::kFork};
  }
  Exploration(const Exploration&) = delete;
  Exploration& operator=(const Exploration&) = delete;
  ~Exploration() {
    if (shared_ != nullptr) munmap(shared_, sizeof(Shared));
    if (exhaustive_ != nullptr) munmap(exhaustive_, sizeof(Exhaustive));
  }

  ExploreResult run();

 private:
  bool prepare();
  void search();
  void search_all();
  void say_exhausted(bool cut);
  bool runs_like(Failure failure, Turns& turns);
  void shrink_failure();
  void replay(const std::string& line);
  void plan(u64 index);
  void execute();
  void execute_in_a_fork();
  void report(u64 index);
  void refuse(const std::string& why);

  const ExploreOptions& options_;
  Body body_;
  Limits limits_;
  Shared* shared_ = nullptr;
  Schedule schedule_;
  Exhaustive* exhaustive_ = nullptr;  // chooses in place of schedule_.settings
  u32 lengths_[2] = {1, 1};           // decisions of an execution with some points, with all
  u32 threads_ = kFirstThreads;
  Turns turns_;                     // of a failure
  std::unordered_set<u64> traces_;  // of an exhaustive search
  ExploreResult result_;
};

u32 count_tasks() {
  DIR* const folder = opendir("/proc/self/task");
  if (folder == nullptr) return 0;
  u32 count = 0;
  while (const dirent* entry = readdir(folder)) count += entry->d_name[0] != '.' ? 1 : 0;
  closedir(folder);
  return count;
}

void Exploration::refuse(const std::string& why) {
  result_.failed = true;
  result_.kind = "usage";
  result_.message = "gridlock: " + why + "\n";
  if (!options_.quiet) fputs(result_.message.c_str(), stderr);
}

bool Exploration::prepare() {
  static_cast<void>(front_of_libc());
  find_out_about_fs();
  find_modules();
  void* const memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || !make_shadow()) {
    refuse("there is no memory to explore in");
    return false;
  }
  shared_ = static_cast<Shared*>(memory);
  if (options_.repeat == ExploreRepeat::kInProcess && count_tasks() > g_parked + 1) {
    refuse("the program has other threads, which executions in process cannot control: use kFork");
    return false;
  }
  return true;
}

// Random walk, PCT and POS take turns; where the points are learned, the first execution takes all.
void Exploration::plan(u64 index) {
  schedule_.points = PointKind::kAll;
  if (options_.points == ExplorePoints::kSynchronization) {
    schedule_.points = PointKind::kSynchronization;
  } else if (options_.points == ExplorePoints::kLearned && index % kAllPointsEach != 0 &&
             learned_sites(shared_->learned, schedule_)) {
    schedule_.points = PointKind::kLearned;
  }
  if (schedule_.points != PointKind::kLearned) schedule_.site_count = 0;
  schedule_.spurious = options_.spurious_wakeups;
  const u32 length = lengths_[schedule_.points == PointKind::kAll ? 1 : 0];
  schedule_.settings = mixed(options_.seed, index, options_.pct_depth, length);
  switch (options_.strategy) {
    case ExploreStrategy::kMix:
      break;
    case ExploreStrategy::kRandomWalk:
      schedule_.settings.kind = StrategyKind::kRandomWalk;
      break;
    case ExploreStrategy::kPct:
      schedule_.settings.kind = StrategyKind::kPct;
      schedule_.settings.depth = options_.pct_depth;
      break;
    case ExploreStrategy::kExhaustive:
      break;
    case ExploreStrategy::kPostpone:
      schedule_.settings.kind = StrategyKind::kPostpone;
      break;
    case ExploreStrategy::kSurw:
      schedule_.settings.kind = StrategyKind::kSurw;
      break;
    case ExploreStrategy::kPos:
      schedule_.settings.kind = StrategyKind::kPos;
  }
  shared_->recorded.is_on = learns(schedule_.settings.kind);
  schedule_.settings.depth = std::clamp(schedule_.settings.depth, 1U, kMaxDepth);
}

void Exploration::execute_in_a_fork() {
  Outcome& outcome = shared_->outcome;
  outcome.progress = Progress::kNotBegun;
  outcome.failure = Failure::kNone;
  fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    begin_catching(options_.stuck_after);
    run_execution(schedule_, limits_, shared_, run_body, &body_, exhaustive_);
    // What the program printed; not after what may have left the streams' locks held.
    if (outcome.failure != Failure::kCrash && outcome.failure != Failure::kUncontrolled) {
      fflush(nullptr);
    }
    for (;;) raw_syscall(SYS_exit_group, 0);
  }
  int status = 0;
  pid_t ended = -1;
  while (child > 0 && (ended = waitpid(child, &status, 0)) < 0 && errno == EINTR) {
  }
  if (ended == child && outcome.progress == Progress::kFinished) return;
  outcome.text_size = 0;
  Text text(outcome);
  if (child < 0) {
    outcome.failure = Failure::kUncontrolled;
    text.text("  fork() failed: ").text(strerror(errno)).text("\n");
  } else if (ended == child && WIFSIGNALED(status)) {
    outcome.failure = Failure::kCrash;
    text.text("  signal ").number(static_cast<u64>(WTERMSIG(status))).text(" ended the process\n");
  } else {
    outcome.failure = Failure::kExit;
    text.text("  the process ended in the middle of the execution, with code ")
        .number(static_cast<u64>(WEXITSTATUS(status)))
        .text("\n");
  }
}

void Exploration::execute() {
  const u32 before = made_fibers();
  make_fibers(threads_);
  g_parked += made_fibers() - before;
  if (options_.repeat == ExploreRepeat::kFork) {
    execute_in_a_fork();
  } else {
    const u32 made = made_fibers();
    run_execution(schedule_, limits_, shared_, run_body, &body_, exhaustive_);
    g_parked += made_fibers() - made;
    if (shared_->outcome.failure != Failure::kNone) abandon_fibers();
  }
  const Outcome& outcome = shared_->outcome;
  threads_ = std::max(threads_, outcome.threads);
  u32& length = lengths_[schedule_.points == PointKind::kAll ? 1 : 0];
  length = std::max(length, outcome.decisions);
  ++result_.executions;
  result_.steps = outcome.steps;
  result_.trace_hash = outcome.hash;
}

// Whether the schedule with those turns fails so, too; what was decided in it.
bool Exploration::runs_like(Failure failure, Turns& turns) {
  schedule_.settings.kind = StrategyKind::kTurns;
  schedule_.settings.turns = turns.data();
  schedule_.settings.turn_count = static_cast<u32>(turns.size());
  execute_in_a_fork();
  const Recorded& recorded = shared_->recorded;
  if (shared_->outcome.failure != failure || recorded.count > kMostRecorded) return false;
  turns.assign(recorded.turns, recorded.turns + recorded.count);
  return true;
}

// The failure of the execution that ran last, with as few switches as it needs. Where it cannot be repeated with the turns
// that were taken, or has too many for a line, its own settings stay.
void Exploration::shrink_failure() {
  const Failure failure = shared_->outcome.failure;
  if (schedule_.settings.kind == StrategyKind::kTurns || failure == Failure::kUncontrolled) return;
  const bool is_recorded = learns(schedule_.settings.kind);
  if (!options_.shrink && !is_recorded && exhaustive_ == nullptr) return;
  const Settings found = schedule_.settings;
  Exhaustive* const exhaustive = exhaustive_;
  const u64 steps = std::max<u64>(shared_->outcome.steps, 1);
  const u32 made = made_fibers();
  make_fibers(threads_);
  g_parked += made_fibers() - made;
  shared_->recorded.is_on = true;
  limits_.forked = true;
  if (exhaustive != nullptr) exhaustive->again();
  if (!is_recorded) execute_in_a_fork();
  exhaustive_ = nullptr;
  turns_.clear();
  const Recorded& recorded = shared_->recorded;
  bool known = shared_->outcome.failure == failure && recorded.count <= kMostRecorded;
  if (known) {
    turns_.assign(recorded.turns, recorded.turns + recorded.count);
    schedule_.settings.precise = exhaustive != nullptr;
    const auto fails = [&](Turns& turns) { return runs_like(failure, turns); };
    if (options_.shrink && recorded.traced_count <= kMostTraced) {
      Turns straight = straightened(recorded.traced, recorded.traced_count);
      if (fails(straight) && straight.size() < turns_.size()) turns_ = straight;
    }
    constexpr u64 kMostSteps = 20000000;
    if (options_.shrink)
      shrink(turns_, fails,
             static_cast<std::size_t>(std::clamp<u64>(kMostSteps / steps, 50, 2000)));
    known = turns_.size() <= kMaxTurns && runs_like(failure, turns_);
    schedule_.settings.turns = turns_.data();
    schedule_.settings.turn_count = static_cast<u32>(turns_.size());
  }
  if (!known && !is_recorded) {
    schedule_.settings = found;
    exhaustive_ = exhaustive;
    execute_in_a_fork();
    exhaustive_ = nullptr;
  }
  shared_->recorded.is_on = false;
}

void Exploration::report(u64 index) {
  shrink_failure();
  const Outcome& outcome = shared_->outcome;
  schedule_.steps = outcome.steps;
  schedule_.hash = outcome.hash;
  result_.steps = outcome.steps;
  result_.trace_hash = outcome.hash;
  char line[kReplaySize];
  write_replay(schedule_, line);
  result_.failed = true;
  result_.kind = kKinds[static_cast<u32>(outcome.failure)];
  result_.execution = index;
  result_.replay = line;
  result_.message =
      "gridlock: " + result_.kind + " in execution " + std::to_string(index) + " (seed " +
      std::to_string(options_.seed) + ", " + std::to_string(outcome.steps) + " steps)\n" +
      with_places({outcome.text, outcome.text_size}) + "  again: GRIDLOCK_REPLAY=" + line + "\n";
}

void Exploration::say_exhausted(bool cut) {
  const auto some = [](u64 count) { return std::to_string(count); };
  std::string& text = result_.message;
  text = "gridlock: all " + some(exhaustive_->complete()) + " schedules seen";
  if (options_.preemption_bound >= 0) {
    text +=
        " that have at most " + some(static_cast<u64>(options_.preemption_bound)) + " preemptions";
  } else if (options_.delay_bound >= 0) {
    text += " that have at most " + some(static_cast<u64>(options_.delay_bound)) + " delays";
  } else {
    text +=
        ", those left out differ only in the order of steps that have nothing to do with each "
        "other";
    if (result_.blocked > 0)
      text += "; " + some(result_.blocked) + " more turned out to be like others on their way";
  }
  if (cut) text += "; a thread that looks sixteen times for a change waits for it";
  text += "\n";
}

// Until nothing is left.
void Exploration::search_all() {
  void* const memory = mmap(nullptr, sizeof(Exhaustive), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    refuse("there is no memory to explore in");
    return;
  }
  Exhaustive* const exhaustive = static_cast<Exhaustive*>(memory);
  exhaustive_ = exhaustive;
  const bool preemptions = options_.preemption_bound >= 0;
  const bool delays = !preemptions && options_.delay_bound >= 0;
  const std::int32_t most = preemptions ? options_.preemption_bound : options_.delay_bound;
  exhaustive->begin(preemptions ? Bound::kPreemptions
                    : delays    ? Bound::kDelays
                                : Bound::kNone,
                    most < 0 ? 0 : static_cast<u32>(most));
  // For a program without data races switches where it synchronises are enough, and others are found in some of those.
  schedule_.points = PointKind::kAll;
  if (options_.points == ExplorePoints::kSynchronization ||
      (options_.points == ExplorePoints::kLearned && options_.data_races)) {
    schedule_.points = PointKind::kSynchronization;
  }
  schedule_.spurious = options_.spurious_wakeups;
  bool cut = false;
  for (u64 i = 0; i < options_.executions; ++i) {
    execute();
    cut |= shared_->outcome.cut;
    if (shared_->outcome.failure != Failure::kNone) {
      report(i);
      break;
    }
    if (!exhaustive->was_blocked()) traces_.insert(exhaustive->trace());
    if (exhaustive->end_execution()) continue;
    result_.exhausted = exhaustive->is_sound();
    break;
  }
  exhaustive_ = exhaustive;
  result_.blocked = exhaustive->blocked();
  result_.traces = traces_.size();
  if (result_.exhausted) say_exhausted(cut);
}

void Exploration::search() {
  for (u64 i = 0; i < options_.executions && !result_.failed; ++i) {
    plan(i);
    execute();
    if (shared_->outcome.failure != Failure::kNone) report(i);
  }
}

void Exploration::replay(const std::string& line) {
  const char* const wrong = read_replay(line.c_str(), schedule_);
  if (wrong != nullptr) {
    refuse("'" + line.substr(0, 200) + "' is no replay line: " + wrong);
    return;
  }
  const u64 steps = schedule_.steps;
  const u64 hash = schedule_.hash;
  execute();
  if (shared_->outcome.failure != Failure::kNone) report(0);
  result_.diverged = shared_->outcome.steps != steps || shared_->outcome.hash != hash;
  if (result_.diverged) {
    result_.message += "gridlock: the replay took " + std::to_string(shared_->outcome.steps) +
                       " steps and its line has " + std::to_string(steps) +
                       (shared_->outcome.steps == steps ? " others" : "") +
                       ": the program was changed, or depends on something besides the schedule\n";
  }
}

ExploreResult Exploration::run() {
  if (g_engine.on) {
    result_.failed = true;
    result_.kind = "usage";
    result_.message = "gridlock: explore() within an execution\n";
    return result_;
  }
  if (!prepare()) return result_;
  const bool here = options_.repeat == ExploreRepeat::kInProcess;
  if (here) begin_catching(options_.stuck_after);
  const char* const from_environment = getenv("GRIDLOCK_REPLAY");
  if (!options_.replay.empty()) {
    replay(options_.replay);
  } else if (from_environment != nullptr && *from_environment != 0) {
    replay(from_environment);
  } else if (options_.strategy == ExploreStrategy::kExhaustive) {
    search_all();
  } else {
    search();
  }
  if (here) end_catching();
  if (!result_.message.empty() && !options_.quiet && result_.kind != "usage") {
    fputs(result_.message.c_str(), stderr);
  }
  return result_;
}

// Addresses that differ from run to run reach decisions of the program itself: libstdc++ chooses by address
// where std::atomic::wait sleeps, and containers order pointers. So the program begins once more without
// address space layout randomisation, as it does under ThreadSanitizer. Where the system does not allow it, it
// goes on as it is.
__attribute__((constructor)) void fix_addresses(int /*count*/, char** arguments,
                                                char** environment) {
  constexpr unsigned long kAsk = 0xffffffff;
  const int now = personality(kAsk);
  if (now < 0 || (now & ADDR_NO_RANDOMIZE) != 0) return;
  if (personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE) < 0) return;
  if ((personality(kAsk) & ADDR_NO_RANDOMIZE) == 0) return;
  execve("/proc/self/exe", arguments, environment);
}

}  // namespace
}  // namespace gridlock::internal::controlled

namespace gridlock::internal {

ExploreResult explore(const ExploreOptions& options, void (*body)(void*), void* argument) {
  return controlled::Exploration(options, {body, argument}).run();
}

}  // namespace gridlock::internal
