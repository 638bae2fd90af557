// SPDX-License-Identifier: Apache-2.0
//
// Plays a program with the real primitives, in a schedule of the model's (explore.h).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tests/analysis/traces/program.h"

namespace gridlock::random_programs {

using internal::u32;

/// Returns when all threads have ended. What hangs ends the process: with the runtime's own exit code
/// once it has been found, with kUnreported if it was not, with kDiverged if a thread cannot do what it
/// can do in the model. A program that ends before its schedule does, or goes on behind it, has
/// diverged, too. `hangs`: everybody is stuck at the end of the turns.
void play(const traces::Program& program, std::span<const u32> turns, bool hangs,
          traces::Run run = traces::Run::kFree);
/// The same in an order of its own, with a turn at each point of the primitives.
void play_freely(const traces::Program& program, unsigned seed);

inline constexpr int kUnreported = 70;
inline constexpr int kDiverged = 71;
inline constexpr int kReported = 1;  ///< by the runtime

}  // namespace gridlock::random_programs
