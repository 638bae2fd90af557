// SPDX-License-Identifier: Apache-2.0
//
// What the environment asks of this process: harness/schedule/session.h. Outside of executions only.
#pragma once

#include <gridlock/explore.h>

#include <string>

#include "harness/schedule/session.h"

namespace gridlock::internal::controlled {

struct Asked {
  Share share;
  std::string log;              ///< empty: no log
  u64 stop_at = 0;              ///< 0: nowhere
  SessionPage* page = nullptr;  ///< nullptr: nobody looks

  std::string strategy;  ///< empty: the program's own, as of the following
  u64 executions = 0;
  double seconds = 0;
  std::string seed;
  std::string preemption_bound;
  std::string delay_bound;
  std::string memory;
  u64 max_steps = 0;
};

/// Read once in a process.
const Asked& asked();
/// The options with what was asked for in place of the program's own.
ExploreOptions as_asked(ExploreOptions options);
/// "mix", "random", "pct", "pos", "surw", "postpone", "exhaustive"
const char* name_of(ExploreStrategy strategy);
/// The same with "+weak" behind it where memory is.
std::string search_of(const ExploreOptions& options);

}  // namespace gridlock::internal::controlled
