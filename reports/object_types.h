// SPDX-License-Identifier: Apache-2.0
//
// What the wording has to know of an object's type. A type that is not known is none of these: a
// later runtime has others, and what is no lock must not read as one.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace gridlock::internal::reports {

inline bool is_lock(std::string_view type) {
  constexpr std::array<std::string_view, 5> kLocks = {"Lock", "RLock", "SharedLock", "IpcLock",
                                                      "Baton"};
  return std::ranges::find(kLocks, type) != kLocks.end();
}

inline bool is_semaphore(std::string_view type) {
  return type == "Semaphore" || type == "BoundedSemaphore" || type == "IpcSemaphore";
}

inline bool is_queue(std::string_view type) { return type == "Queue" || type == "JoinableQueue"; }

/// What is waited for until it has ended.
inline bool is_execution(std::string_view type) {
  return type == "Thread" || type == "Process" || type == "Program" || type == "Timer";
}

}  // namespace gridlock::internal::reports
