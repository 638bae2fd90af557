// SPDX-License-Identifier: Apache-2.0
//
// The two schedules of a situation: each thread goes as far as it can before the next one does.
#pragma once

#include <vector>

#include "tests/random_programs/model.h"

namespace gridlock::random_programs {

struct InTurn {
  std::vector<u32> turns;
  bool ends = false;  ///< all threads come to their end
};

/// kLucky: to the end. kHang: to the meeting first, and from there until nobody can go on. A "yield" gives
/// the turn away.
InTurn in_turn(const traces::Program& program, traces::Run run);

}  // namespace gridlock::random_programs
