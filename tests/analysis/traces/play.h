// SPDX-License-Identifier: Apache-2.0
//
// The ways in which a trace is played.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/analysis/traces/machine.h"

namespace gridlock::traces {

struct Outcome {
  bool ended = false;               ///< all threads came to their end
  std::string finding;              ///< of what happened: "deadlock" ...; "" if nothing did
  std::vector<std::string> cycles;  ///< that were predicted: names, ascending
  std::string safe;                 ///< the cycles that cannot happen, with their reasons
};

/// Each thread goes as far as it can before the next one does. kHang: to the meeting first.
Outcome play_in_turn(const Program& program, Run run);
/// Some schedule, another one for each seed.
Outcome play_somehow(const Program& program, unsigned seed);
/// Is there a schedule that hangs? Tries all of them, without any analysis: this is the truth that
/// rows are held against.
bool can_hang(const Program& program, Run run);

}  // namespace gridlock::traces
