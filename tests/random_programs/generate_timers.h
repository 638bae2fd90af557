// SPDX-License-Identifier: Apache-2.0
//
// Timers, put into a program that has its threads already.
#pragma once

#include <functional>
#include <random>
#include <vector>

#include "tests/random_programs/generate.h"

namespace gridlock::random_programs {

/// One or two timers, before the main thread. A thread starts each and may join or drop it; anybody may cancel it, its
/// own function too. `body`: what a function does.
void add_timers(Tree& tree, std::mt19937& random,
                const std::function<std::vector<Statement>()>& body);

}  // namespace gridlock::random_programs
