// SPDX-License-Identifier: Apache-2.0
//
// What each thread did last, step by step, with what it held and waited for after each: the ring of a thread, read
// backwards from what it holds at the end.
#pragma once

#include <gridlock/report.h>

#include "reports/wording.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {

/// Whether a granted operation of this name leaves the thread with the object, or takes it from it.
bool acquires(std::string_view operation);
bool releases(std::string_view operation);

struct ThreadStep {
  enum class Kind : unsigned char { kTakes, kGives, kOther, kNotGranted };
  Kind kind = Kind::kOther;
  std::string what;               ///< "lock accounts (M1)"
  const Frame* site = nullptr;    ///< nullptr if not known
  std::vector<std::string> held;  ///< ids, after the step; in the order of their acquisition
  std::string wanted;             ///< id that it waits for from here on; empty as a rule
};

struct ThreadSteps {
  const ThreadInfo* thread;
  std::vector<std::string> before;  ///< ids held before the first step
  std::vector<ThreadStep> steps;
};

/// Of the threads that did anything of note; the last `limit` steps of each. The threads must outlive it.
std::vector<ThreadSteps> thread_steps(const std::vector<ThreadInfo>& threads, const Names& names,
                                      std::size_t limit);

}  // namespace gridlock::internal::reports
