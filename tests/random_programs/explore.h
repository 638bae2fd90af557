// SPDX-License-Identifier: Apache-2.0
//
// All schedules of a program: is there one that hangs, is there one that does not, and what is waited
// for in those that hang.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/random_programs/model.h"

namespace gridlock::random_programs {

struct Schedules {
  bool complete = false;  ///< otherwise there were more states than were wanted
  std::size_t states = 0;
  bool can_end = false;
  bool can_hang = false;
  std::vector<u32> lucky;         ///< whose turn it is, one of the schedules that end
  std::vector<u32> hanging;       ///< one of those that do not
  std::set<Objects> standstills;  ///< objects that are waited for when nobody can go on, a bit each
};

inline constexpr std::size_t kMaxStates = 150'000;

/// `seed` decides which schedules are kept: of even ones, those that change the thread seldom.
Schedules explore(const traces::Program& program, unsigned seed,
                  traces::Run run = traces::Run::kFree);

/// Is there a standstill in which each of these is waited for?
bool is_reached(const Schedules& schedules, Objects objects);

}  // namespace gridlock::random_programs
