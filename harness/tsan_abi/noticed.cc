// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/noticed.h"

#include <stdio.h>

#include <utility>

#include "harness/tsan_abi/steering.h"

namespace gridlock::internal::controlled {

std::vector<ExploreFinding> read_records(const Records& records) {
  std::vector<ExploreFinding> all;
  for (u32 at = 0; at < records.size;) {
    ExploreFinding finding;
    for (std::string* part : {&finding.kind, &finding.text, &finding.record}) {
      *part = &records.text[at];
      at += static_cast<u32>(part->size()) + 1;
    }
    all.push_back(std::move(finding));
  }
  return all;
}

// What learns, and one of all schedules, is repeated by its turns. Empty: there are too many.
std::string Noticed::line() const {
  Schedule schedule = executions_.schedule();
  schedule.mark_count = 0;
  const bool is_one_of_all = executions_.exhaustive() != nullptr;
  if (is_one_of_all || learns(schedule.settings.kind)) {
    const Recorded& recorded = executions_.shared()->recorded;
    if (recorded.count > kMaxTurns) return {};
    schedule.settings.kind = StrategyKind::kTurns;
    schedule.settings.precise = is_one_of_all;
    schedule.settings.turns = recorded.turns;
    schedule.settings.turn_count = recorded.count;
  }
  return line_of(schedule, executions_);
}

// Ids of objects and threads differ between executions in process, so they do not tell findings apart.
void Noticed::note(u64 index) {
  for (ExploreFinding& finding : read_records(executions_.shared()->records)) {
    std::string key = finding.kind;
    for (const char c : finding.text) {
      if (c < '0' || c > '9') key += c;
    }
    if (!known_.insert(key).second) continue;
    finding.execution = index;
    finding.replay = line();
    if (!options_.quiet && !executions_.has_failed()) {
      fprintf(stderr,
              "gridlock: %s\n  in execution %llu, which did not fail; again: GRIDLOCK_REPLAY=%s\n",
              finding.text.c_str(), static_cast<unsigned long long>(index), finding.replay.c_str());
    }
    result_.findings.push_back(std::move(finding));
  }
}

// A cycle that was predicted is made to happen. Where it does not, it is said what was tried.
void Noticed::steer_to(ExploreFinding& finding) {
  constexpr u64 kTries = 50;
  SteeredCycle cycle;
  if (!read_cycle(finding.record, cycle)) return;
  Schedule& schedule = executions_.schedule();
  for (u64 i = 0; i < kTries && !result_.failed; ++i) {
    executions_.plan(i, i);
    schedule.steered = cycle;
    executions_.run();
    ++finding.tried;
    if (!executions_.has_failed()) continue;
    failing_.found(i);
    finding.confirmed = failing_.failure() == Failure::kDeadlock;
    if (finding.confirmed) finding.replay = result_.replay;
  }
  schedule.steered = {};
  finding.text += finding.confirmed
                      ? " - confirmed: it happens in the execution of the replay line"
                      : " - not confirmed: it did not happen in " + std::to_string(finding.tried) +
                            " executions that were steered to it";
}

void Noticed::steer_to_all(bool exhausted) {
  for (ExploreFinding& finding : result_.findings) {
    if (result_.failed || finding.kind != kPredicted) continue;
    finding.refuted = exhausted;
    if (exhausted) {
      finding.text += " - refuted: it happens in none of the executions that there are";
    } else {
      steer_to(finding);
    }
  }
}

}  // namespace gridlock::internal::controlled
