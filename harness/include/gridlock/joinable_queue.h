// SPDX-License-Identifier: Apache-2.0
//
// JoinableQueue: items from process to process, first in, first out, and a wait for all of them to
// have been dealt with (Python's multiprocessing.JoinableQueue).
//
//   gridlock::JoinableQueue<int> orders{16, "orders"};   // before the processes that use it
//   gridlock::Process cook{{.name = "cook", .daemon = true}, [&] {
//     for (;;) {
//       cook_meal(orders.get());
//       orders.task_done();
//     }
//   }};
//   orders.put(7);
//   orders.join();   // every order that was put has been cooked
//
//   operation      items left             empty                      full
//   put            one more               one more                   waits for room; starvation *
//   try_put        true                   true                       false
//   put_for        true                   true                       true, or false after the time
//   get            the oldest one         waits; starvation * when   the oldest one
//                                         no thread of any process
//                                         can put one
//   try_get        the oldest one         nullopt                    the oldest one
//   get_for        the oldest one         an item, or nullopt after  the oldest one
//                                         the time
//
//   operation      items not done         all done
//   task_done      one less               misuse-release-over-bound *
//   join           waits; starvation *    returns
//   destructor     misuse-destroy-held *  while a thread waits
//   any, after it was destroyed by its maker: misuse-use-after-destroy *, and nothing is done: get
//   gives an item of zeros
//
//   * a finding that says what is waited for: an item, room, or the end of a task. See lock.h for
//     what happens after it, and ipc_lock.h for what happens to the other processes, for where the
//     queue lives and for which processes may use it.
//
// An item is copied byte by byte, so T is trivially copyable, and what it points to is not
// copied: a pointer means something only to the process that made it. Each item goes to one of those
// who get.
//
// A process that is killed leaves the queue whole, wherever that happens: an item is in it or is not.
// One that was taken by a process that died before task_done() is lost, and never done: a join()
// for it is a starvation, which is found.
//
// misuse-destroy-held is not reported for a queue with static storage, nor once a process of the
// tree was killed, or ended and was not joined: it may be one of those that seem to wait.
//
// There is no close(). A consumer that takes items until there are no more gets an item that means
// the end (a sentinel), one for each consumer.
//
// Memory ordering: a put happens before the get of that item, a task_done before the join that it
// ends (release / acquire), in whichever process; ThreadSanitizer is told of what the own process
// does. The queue gives no order to the lock-order graph.
//
// Cost: capacity times sizeof(T) of the process tree's memory (option tree_memory), and
// std::system_error with ENOMEM from the constructor when that is full.
//
// Fairness: none, as for queue.h. Not for signal handlers. Full tables: as for ipc_lock.h.
//
// Misuse:
//   while (true) use(orders.get());        // without task_done(): join() is a starvation *
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/joinable_queue_core.h>
#include <gridlock/waiting.h>

#include <array>
#include <bit>
#include <cstddef>
#include <optional>

namespace gridlock {

/// A queue of at most `capacity` items between processes. T is trivially copyable.
template <typename T>
class JoinableQueue {
  static_assert(std::is_trivially_copyable_v<T>, "an item is copied to another process as bytes");
  using Core = internal::JoinableQueueCore;
  using Bytes = std::array<std::byte, sizeof(T)>;

 public:
  /// At most `capacity` items, which is 1 to 2^30. The name is copied; `where` is the place that reports show.
  /// Throws std::system_error: invalid_argument for another capacity, not_enough_memory when the memory of the
  /// process tree is full.
  explicit JoinableQueue(std::uint32_t capacity, std::string_view name = {},
                         CallSite where = CallSite::current())
      : core_(capacity, sizeof(T), name, where) {}

  /// Appends a copy of the bytes of `item`; waits for room. Happens before the get() of that item, in whichever
  /// process. Throws std::system_error only with `on_deadlock=throw`, and the item is not in the queue then.
  void put(const T& item) { (void)core_.put(&item, internal::kNoTimeout); }
  /// @{
  /// Appends a copy if there is room, at once, in that time or up to that moment; else false, and nothing has
  /// changed. A time of zero or less does not wait. Throws nothing.
  [[nodiscard]] bool try_put(const T& item) { return core_.put(&item, 0); }
  template <typename Rep, typename Period>
  [[nodiscard]] bool put_for(const T& item, const std::chrono::duration<Rep, Period>& duration) {
    return core_.put(&item, internal::nanoseconds(duration));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool put_until(const T& item,
                               const std::chrono::time_point<Clock, Duration>& deadline) {
    return core_.put(&item, internal::nanoseconds_until(deadline));
  }
  /// @}

  /// Takes the oldest item; waits for one. Each item goes to one of those who get. Throws std::system_error only with
  /// `on_deadlock=throw`.
  [[nodiscard]] T get() {
    Bytes bytes{};
    (void)core_.get(bytes.data(), internal::kNoTimeout);
    return std::bit_cast<T>(bytes);
  }
  /// @{
  /// Takes the oldest item if there is one, at once, in that time or up to that moment; else nullopt. A time of zero or
  /// less does not wait. Throws nothing.
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
  /// @}

  /// Says that an item that was taken has been dealt with. Happens before the return of the join() that it ends.
  /// Once more than items were put: finding misuse-release-over-bound, and nothing changes.
  void task_done() noexcept { core_.task_done(); }
  /// Waits until that was said of every item that was put. Throws std::system_error only with `on_deadlock=throw`.
  void join() { core_.join(); }

  /// How many items there were a moment ago. No memory ordering.
  [[nodiscard]] std::uint32_t size() const noexcept { return core_.size(); }
  /// Whether there was none a moment ago. No memory ordering.
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  /// How many items there can be.
  [[nodiscard]] std::uint32_t capacity() const noexcept { return core_.capacity(); }

 private:
  std::optional<T> get_nanoseconds(std::uint64_t nanoseconds) {
    Bytes bytes{};
    if (!core_.get(bytes.data(), nanoseconds)) return std::nullopt;
    return std::bit_cast<T>(bytes);
  }

  Core core_;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
