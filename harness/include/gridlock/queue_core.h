// SPDX-License-Identifier: Apache-2.0
//
// The part of a queue that has no type; users include queue.h. A header of its own because the
// observer, which is compiled without exceptions, cannot read the templates.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>
#include <gridlock/waiting.h>

namespace gridlock::internal {

/// Everything of a queue but the items: how many there are, who waits, and the mutex around them.
class QueueCore {
 public:
  /// kGone: the queue was destroyed, which has been reported; nothing of it is left.

  QueueCore(std::uint32_t capacity, std::string_view name, CallSite where) noexcept;
  ~QueueCore();
  QueueCore(const QueueCore&) = delete;
  QueueCore& operator=(const QueueCore&) = delete;

  /// kGranted: there is room (an item), and the mutex is held until end_...() or give_up().
  /// 0 nanoseconds: without waiting.
  [[nodiscard]] WaitResult begin_put(std::uint64_t nanoseconds);
  void end_put() noexcept;
  [[nodiscard]] WaitResult begin_get(std::uint64_t nanoseconds);
  void end_get() noexcept;
  void give_up() noexcept;

  void task_done() noexcept;
  void join();
  void close() noexcept;
  [[nodiscard]] bool closed() const noexcept;
  [[nodiscard]] std::uint32_t size() const noexcept;
  /// Only the threads of this pool take items out, so whoever waits for room waits for them.
  void emptied_by(std::uint32_t pool) noexcept;
  [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }

 private:
  struct Side;
  bool is_gone(std::uint8_t op, const void* caller) const noexcept;
  WaitResult begin(const Side& side, std::uint64_t nanoseconds, const void* frame);
  void lock(const void* caller) noexcept;
  void unlock(const void* caller) noexcept;

  mutable Core items_;  // word: how many there are; highest bit: closed. Its id is the queue's.
  Core room_;           // word: how many more go in; highest bit: closed
  Core done_;           // word: how often the number of undone items became 0
  std::atomic<std::uint32_t> mutex_{0};  // guards what follows and the words
  std::uint32_t capacity_;
  std::uint32_t undone_ = 0;
  std::uint32_t getters_ = 0;  // that wait
  std::uint32_t putters_ = 0;
  std::uint32_t joiners_ = 0;
  bool used_ = false;                           // something was put once
  mutable std::atomic<std::uint32_t> mark_{0};  // of the destructor
};

}  // namespace gridlock::internal

#endif  // GRIDLOCK_CXX20
