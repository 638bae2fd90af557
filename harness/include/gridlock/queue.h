// SPDX-License-Identifier: Apache-2.0
//
// Queue, LifoQueue, PriorityQueue: items that threads hand to each other, in the order in which
// they were put, newest first, or largest first. The interface is that of Python's queue.Queue; the
// bounded buffer is Dijkstra's ("Cooperating sequential processes", 1965).
//
//   gridlock::Queue<Job> jobs{8, "jobs"};        // 8 at most; without a number there is no bound
//   producer: jobs.put(job); ...  jobs.close();
//   consumer: while (auto job = jobs.get()) { work(*job); jobs.task_done(); }
//   boss:     jobs.join();                       // until each job that was put is done
//
//   operation       items and room      empty                  full                 closed
//   put             appends             appends                waits; starvation *  throws
//                                                              when no thread is    QueueClosed
//                                                              left that could get
//   try_put         true                true                   false                false
//   put_for, _until true                true                   true if room came    false
//                                                              in time
//   get             an item             waits; starvation *    an item              what is left,
//                                       when no thread is                           then nullopt
//                                       left that could put
//   try_get         an item             nullopt                an item              as get
//   get_for, _until an item             nullopt if none came   an item              as get
//                                       in time
//   task_done       one fewer is undone; misuse-release-over-bound * when all that were put are done
//   join            waits until no item that was put is undone; starvation * likewise
//   close           wakes all who wait in put and get; what is in it can still be taken
//   destructor      misuse-destroy-held * while a thread waits
//   any, after it   misuse-use-after-destroy *, as long as the memory still tells
//
//   * a finding; see lock.h for what happens after it. With on_deadlock=throw the one victim throws
//     std::system_error, and the queue is as before.
//
// An item that could not be put is left as it was: try_put(std::move(x)) moves only when it says
// true.
//
// Memory ordering: the operations on one queue are in one order, as under a lock, and each happens
// before the next; so a put happens before the get of its item, and task_done before the end of
// join. ThreadSanitizer is told of a mutex.
// Cost: what the container costs, under a mutex of a few instructions. The container allocates.
// The item's constructors and destructor, and the comparison, must not use the same queue.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>
#include <gridlock/queue_core.h>
#include <gridlock/waiting.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace gridlock {

/// What put throws when the queue was closed.
class QueueClosed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace internal {

/// Between begin_...() and end_...(): gives up when the item's constructor throws.
class QueueTurn {
 public:
  explicit QueueTurn(QueueCore& core) noexcept : core_(&core) {}
  ~QueueTurn() {
    if (core_ != nullptr) core_->give_up();
  }
  QueueTurn(const QueueTurn&) = delete;
  QueueTurn& operator=(const QueueTurn&) = delete;
  void finish(void (QueueCore::*end)() noexcept) noexcept {
    (std::exchange(core_, nullptr)->*end)();
  }

 private:
  QueueCore* core_;
};

struct QueueAccess {
  template <typename Queue>
  static QueueCore& core(Queue& queue) noexcept {
    return queue.core_;
  }
};

}  // namespace internal

/// Oldest first.
template <typename T>
class FifoOrder {
 public:
  void push(T&& item) { items_.push_back(std::move(item)); }
  T pop() {
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

 private:
  std::deque<T> items_;
};

/// Newest first.
template <typename T>
class LifoOrder {
 public:
  void push(T&& item) { items_.push_back(std::move(item)); }
  T pop() {
    T item = std::move(items_.back());
    items_.pop_back();
    return item;
  }

 private:
  std::vector<T> items_;
};

/// Largest first; of equal ones any.
template <typename T, typename Less = std::less<T>>
class PriorityOrder {
 public:
  void push(T&& item) {
    items_.push_back(std::move(item));
    std::push_heap(items_.begin(), items_.end(), Less());
  }
  T pop() {
    std::pop_heap(items_.begin(), items_.end(), Less());
    T item = std::move(items_.back());
    items_.pop_back();
    return item;
  }

 private:
  std::vector<T> items_;
};

/// What the three kinds of queue are.
template <typename T, typename Order>
class BasicQueue {
  friend struct internal::QueueAccess;
  using Core = internal::QueueCore;

 public:
  /// Without a bound.
  explicit BasicQueue(std::string_view name = {}, CallSite where = CallSite::current()) noexcept
      : core_(0, name, where) {}
  /// At most `capacity` items, which is at most 2^30; 0: without a bound.
  explicit BasicQueue(std::uint32_t capacity, std::string_view name = {},
                      CallSite where = CallSite::current()) noexcept
      : core_(capacity, name, where) {}

  void put(T item) {
    if (!put_nanoseconds(item, internal::kNoTimeout)) throw QueueClosed("gridlock::Queue::put");
  }
  [[nodiscard]] bool try_put(T&& item) { return put_nanoseconds(item, 0); }
  [[nodiscard]] bool try_put(const T& item) { return try_put(T(item)); }
  template <typename Rep, typename Period>
  [[nodiscard]] bool put_for(T&& item, const std::chrono::duration<Rep, Period>& duration) {
    return put_nanoseconds(item, internal::nanoseconds(duration));
  }
  template <typename Rep, typename Period>
  [[nodiscard]] bool put_for(const T& item, const std::chrono::duration<Rep, Period>& duration) {
    return put_for(T(item), duration);
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool put_until(T&& item, const std::chrono::time_point<Clock, Duration>& deadline) {
    return put_nanoseconds(item, internal::nanoseconds_until(deadline));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool put_until(const T& item,
                               const std::chrono::time_point<Clock, Duration>& deadline) {
    return put_until(T(item), deadline);
  }

  /// nullopt only when the queue is closed and empty.
  [[nodiscard]] std::optional<T> get() { return get_nanoseconds(internal::kNoTimeout); }
  [[nodiscard]] std::optional<T> try_get() { return get_nanoseconds(0); }
  template <typename Rep, typename Period>
  [[nodiscard]] std::optional<T> get_for(const std::chrono::duration<Rep, Period>& duration) {
    return get_nanoseconds(internal::nanoseconds(duration));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] std::optional<T> get_until(
      const std::chrono::time_point<Clock, Duration>& deadline) {
    return get_nanoseconds(internal::nanoseconds_until(deadline));
  }

  /// An item that was taken has been dealt with.
  void task_done() noexcept { core_.task_done(); }
  void join() { core_.join(); }
  void close() noexcept { core_.close(); }

  [[nodiscard]] bool closed() const noexcept { return core_.closed(); }
  /// How many items there were a moment ago. No memory ordering.
  [[nodiscard]] std::uint32_t size() const noexcept { return core_.size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  /// 0: without a bound.
  [[nodiscard]] std::uint32_t capacity() const noexcept { return core_.capacity(); }

 private:
  bool put_nanoseconds(T& item, std::uint64_t nanoseconds) {
    const internal::WaitResult ready = core_.begin_put(nanoseconds);
    if (ready != internal::WaitResult::kGranted)
      return ready == internal::WaitResult::kGone;  // the item goes nowhere
    internal::QueueTurn turn(core_);
    items_.push(std::move(item));
    turn.finish(&Core::end_put);
    return true;
  }
  std::optional<T> get_nanoseconds(std::uint64_t nanoseconds) {
    if (core_.begin_get(nanoseconds) != internal::WaitResult::kGranted) return std::nullopt;
    internal::QueueTurn turn(core_);
    std::optional<T> item(items_.pop());
    turn.finish(&Core::end_get);
    return item;
  }

  Core core_;
  Order items_;
};

template <typename T>
using Queue = BasicQueue<T, FifoOrder<T>>;
template <typename T>
using LifoQueue = BasicQueue<T, LifoOrder<T>>;
template <typename T, typename Less = std::less<T>>
using PriorityQueue = BasicQueue<T, PriorityOrder<T, Less>>;

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
