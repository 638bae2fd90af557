// SPDX-License-Identifier: Apache-2.0
//
// Where the lucky run of a random program is known to say something else than all its schedules, and why.
// docs/design/not_decidable.md has the long form.
#pragma once

#include <span>
#include <string_view>

#include "tests/random_programs/judge.h"

namespace gridlock::random_programs {

struct KnownDifference {
  const char* kind;
  Comparison verdict;  ///< kFalse, kUnreached or kMissed
  unsigned of_100;     ///< exactly so many of seeds 1 to 100
  unsigned of_1000;    ///< about so many of 1000 others
  const char* reason;
};

std::span<const KnownDifference> known_differences();
/// nullptr: there is none.
const KnownDifference* known_difference(std::string_view kind, Comparison verdict);

}  // namespace gridlock::random_programs
