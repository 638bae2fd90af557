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

struct ThreadState;

/// Everything of a queue but the items: their number, the waiters, and the mutex around them.
class QueueCore {
 public:
  /// kGone: the queue was destroyed, which has been reported; nothing of it is left.

  QueueCore(std::uint32_t capacity, std::string_view name, CallSite where) noexcept;
  ~QueueCore();
  QueueCore(const QueueCore&) = delete;
  QueueCore& operator=(const QueueCore&) = delete;

  /// kGranted: there is room, and the mutex is held until end_put() or hold_put().
  /// 0 nanoseconds: without waiting.
  [[nodiscard]] WaitResult begin_put(std::uint64_t nanoseconds);
  /// The item was linked.
  void end_put() noexcept;
  /// Keeps the room and lets go of the mutex, so that the program's own code may run. Until resume_put(),
  /// which takes the mutex again up to end_held_put(), or cancel_put(), without the mutex.
  void hold_put() noexcept;
  void resume_put() noexcept;
  void end_held_put() noexcept;
  void cancel_put() noexcept;
  /// The same for an item. What is done with it comes after end_get(): its room is free by then.
  [[nodiscard]] WaitResult begin_get(std::uint64_t nanoseconds);
  void end_get() noexcept;
  /// An item comes back between the two, with the mutex held: also into a queue that has been filled
  /// meanwhile.
  void begin_return() noexcept;
  void end_return() noexcept;

  void task_done() noexcept;
  void join();
  void close() noexcept;
  [[nodiscard]] bool closed() const noexcept;
  [[nodiscard]] std::uint32_t size() const noexcept;
  /// Only the threads of this pool take items out, so a wait for room is a wait for them.
  void emptied_by(std::uint32_t pool) noexcept;
  [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }

 private:
  struct Side;
  bool is_gone(std::uint8_t op, const void* caller) const noexcept;
  WaitResult begin(const Side& side, std::uint64_t nanoseconds, const void* frame);
  void lock(const void* caller) noexcept;
  void unlock(const void* caller) noexcept;
  void take_room(ThreadState* state) noexcept;
  bool give_room(ThreadState* state) noexcept;
  void give_item(ThreadState* state) noexcept;
  bool end_of_items(ThreadState* state) noexcept;

  // Word: how many there are; highest bit: closed, and nobody is putting any more. Its id is the queue's.
  mutable Core items_;
  Core room_;                            // word: how many more go in; highest bit: closed
  Core done_;                            // word: how often the number of undone items became 0
  std::atomic<std::uint32_t> mutex_{0};  // guards what follows and the words
  std::uint32_t capacity_;
  std::uint32_t undone_ = 0;
  std::uint32_t getters_ = 0;  // that wait
  std::uint32_t putters_ = 0;
  std::uint32_t joiners_ = 0;
  std::uint32_t putting_ = 0;                   // that have room and run the program's own code
  std::uint32_t owed_rooms_ = 0;                // items above the capacity, because they came back
  bool used_ = false;                           // something was put once
  mutable std::atomic<std::uint32_t> mark_{0};  // of the destructor
};

}  // namespace gridlock::internal

#endif  // GRIDLOCK_CXX20
