// SPDX-License-Identifier: Apache-2.0
//
// The part of a JoinableQueue that has no type; users include joinable_queue.h. A header of its own
// because the observer, which is compiled without exceptions, cannot read the templates.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>

namespace gridlock::internal {

struct JoinableQueueState;

class JoinableQueueCore {
 public:
  JoinableQueueCore(std::uint32_t capacity, std::uint32_t item_bytes, std::string_view name,
                    CallSite where);
  ~JoinableQueueCore();
  JoinableQueueCore(const JoinableQueueCore&) = delete;
  JoinableQueueCore& operator=(const JoinableQueueCore&) = delete;

  /// Copies `item_bytes` bytes in or out. False: not in time (0 nanoseconds: without waiting).
  [[nodiscard]] bool put(const void* item, std::uint64_t nanoseconds);
  [[nodiscard]] bool get(void* item, std::uint64_t nanoseconds);
  void task_done() noexcept;
  void join();
  [[nodiscard]] std::uint32_t size() const noexcept;
  [[nodiscard]] std::uint32_t capacity() const noexcept;

 private:
  JoinableQueueState* state_;
  std::uint32_t number_;  // 3 in "J3"; the state has another one when it was destroyed
  std::uint32_t id_;
};

}  // namespace gridlock::internal

#endif  // GRIDLOCK_CXX20
