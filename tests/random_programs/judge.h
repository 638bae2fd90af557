// SPDX-License-Identifier: Apache-2.0
//
// What the runtime said of a program, held against all its schedules.
#pragma once

#include <gridlock/finding.h>

#include <span>
#include <string>
#include <string_view>

#include "tests/random_programs/explore.h"

namespace gridlock::random_programs {

enum class Comparison {
  kTooLarge,   // more states than were wanted: nothing is claimed
  kNeverEnds,  // every schedule hangs: there is no lucky run
  kSafe,       // no schedule hangs, and nothing was said
  kPredicted,  // one hangs, and the lucky run shows it
  kMissed,     // one hangs, and the lucky run shows nothing
  kFalse,      // no schedule hangs, and a cycle was predicted
  kUnreached,  // one hangs, but not at what a predicted cycle names
  kWrong,      // something was said to have happened in the lucky run
};
inline constexpr int kComparisons = 8;
const char* name_of(Comparison verdict);

/// `findings`: of the lucky run. `why`: of the last three, what was said.
Comparison judge(const traces::Program& program, const Schedules& schedules,
                 std::span<const Finding> findings, std::string* why);

/// Of the log of a run that hung: was it said?
bool is_reported(std::span<const Finding> findings);

}  // namespace gridlock::random_programs
