// SPDX-License-Identifier: Apache-2.0
//
// Latch: a count that only goes down, and a wait until it is zero, watched (std::latch; CountDownLatch of
// Doug Lea's util.concurrent, 1998).
//
//   gridlock::Latch loaded{3, "loaded"};
//   ... in each of three threads: load(); loaded.count_down();
//   loaded.wait();                        // in any number of others
//
//   operation         more than zero                           zero
//   count_down(n)     n less; at zero all waiters go on        misuse-release-over-bound *, as when n is
//                                                              more than is left: the count becomes zero
//   wait              waits; starvation * when no thread is    returns
//                     left that could count down
//   wait_for, _until  true when it got zero in time            true
//   try_wait          false                                    true
//   arrive_and_wait   count_down, then wait
//   destructor        misuse-destroy-held * while a thread     -
//                     waits
//   any, after it     misuse-use-after-destroy *, as long as the memory still tells
//
//   * a finding; see lock.h for what happens after it.
//
// A waiter may destroy the latch when its wait has returned, although the last count_down() has not. There is
// no owner: any thread may count down, and more than once. For the lock-order graph a wait needs every
// thread that counts down: to wait while holding a lock that one of them needs first is a cycle.
//
// Memory ordering: each count_down() happens before the return of a wait, and before a try_wait() that is
// true (release / acquire). ThreadSanitizer is told exactly that.
//
// Cost: an atomic operation each; a wait that finds it zero does not enter the kernel. No allocation.
//
// Fairness: zero wakes all. A signal handler may count down; full tables: as for lock.h.
//
// Misuse:
//   gridlock::Latch loaded{workers + 1};   // and the thread that waits never counts: starvation *
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>
#include <gridlock/waiting.h>

#include <cstddef>

namespace gridlock {

/// A count that cannot go up. 24 bytes.
class Latch {
 public:
  /// `expected`: how often it is to be counted down, from 0 to max(); what lies outside counts as the nearer
  /// of the two.
  explicit Latch(std::ptrdiff_t expected, std::string_view name = {},
                 CallSite where = CallSite::current()) noexcept;
  ~Latch();
  Latch(const Latch&) = delete;
  Latch& operator=(const Latch&) = delete;

  /// The most that a latch can count, 2^31 - 1.
  static constexpr std::ptrdiff_t max() noexcept { return 0x7fffffff; }

  /// Takes `n` off the count; at zero all that wait go on. Happens before the return of their waits. `n` of 0 or less
  /// does nothing; more than is left makes the finding misuse-release-over-bound, and the count zero.
  void count_down(std::ptrdiff_t n = 1) noexcept;
  /// Whether the count is zero. If it is, each count_down() happens before the return; else no memory ordering.
  [[nodiscard]] bool try_wait() const noexcept;

  /// Waits until it is zero. Throws std::system_error only with `on_deadlock=throw`.
  void wait() const;
  /// @{
  /// Waits at most that long, or up to that moment; false if it was not zero in time, and then no memory ordering. A
  /// time of zero or less does not wait.
  template <typename Rep, typename Period>
  [[nodiscard]] bool wait_for(const std::chrono::duration<Rep, Period>& duration) const noexcept {
    return wait_nanoseconds(internal::nanoseconds(duration));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool wait_until(
      const std::chrono::time_point<Clock, Duration>& deadline) const noexcept {
    return wait_nanoseconds(internal::nanoseconds_until(deadline));
  }
  /// @}
  /// count_down(n), then wait(); throws as that does.
  void arrive_and_wait(std::ptrdiff_t n = 1);
  /// As the reports call it from now on; GRIDLOCK_NAME (name.h) calls this. The name is copied.
  void set_name(std::string_view name) noexcept {
    internal::register_named(core_, internal::ObjectType::kLatch, name);
  }

 private:
  bool wait_nanoseconds(std::uint64_t nanoseconds) const noexcept;

  mutable internal::Core core_;  // word: 1 when it is zero; its highest bit: somebody may sleep
  std::atomic<std::uint32_t> left_;
  mutable std::atomic<std::uint32_t> waiting_{0};
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
