// SPDX-License-Identifier: Apache-2.0
//
// Semaphore and BoundedSemaphore: permits that are watched (Dijkstra, "Cooperating sequential
// processes", 1965).
//
//   gridlock::BoundedSemaphore pool{3, "connections"};
//   pool.acquire();  ...  pool.release();
//
//   operation         permits left       none left
//   acquire           one less           waits; starvation * when no thread that can still run is
//                                        able to release
//   try_acquire       true, one less     false
//   try_acquire_for   true, one less     true when one came in time, else false
//   release           one more           one more
//                     BoundedSemaphore over its bound: misuse-release-over-bound *, and the permit
//                     is dropped
//   destructor        -                  misuse-destroy-held * while a thread waits
//   any, after it     misuse-use-after-destroy *, as long as the memory still tells
//
//   * a finding; see lock.h for what happens after it.
//
// A thread that got a permit may destroy the semaphore although the release() that gave it has not
// returned yet. A semaphore has no owner: any thread may release. What each thread acquired and did
// not itself release is kept for the reports. As long as only holders of a permit release one, a
// semaphore counts as a lock with as many holders as it had permits at first (up to 1024): a thread
// that requests a second permit while it holds one, or a lock while it holds a permit, can be part
// of a lock-order-cycle. A semaphore around the threads of a cycle must let in all of them at once.
//
// Memory ordering: a release happens before the acquire that takes its permit (release / acquire);
// ThreadSanitizer is told the same.
//
// Fairness, signal handlers and full tables: as for lock.h. A release in a signal handler is a
// common way to wake a thread.
//
// Misuse:
//   slots.acquire();
//   work();                 // throws: the permit is lost, and once all are, acquire() is a starvation *
//   slots.release();
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>
#include <gridlock/waiting.h>

namespace gridlock {

/// A counter of permits without an upper bound.
class Semaphore {
 public:
  /// `permits`: how many there are at first, at most 2^31 - 1.
  explicit Semaphore(std::uint32_t permits, std::string_view name = {},
                     CallSite where = CallSite::current()) noexcept;
  ~Semaphore();
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  /// Waits until a permit is left, and takes it; the release() that gave it happens before. Throws std::system_error
  /// only with `on_deadlock=throw`, and has taken none then.
  void acquire();
  /// Takes a permit if one is left. Never waits, never fails for no reason.
  [[nodiscard]] bool try_acquire() noexcept;
  /// @{
  /// Waits for a permit at most that long, or up to that moment; false if none came in time, and then no memory
  /// ordering. A time of zero or less is try_acquire().
  template <typename Rep, typename Period>
  [[nodiscard]] bool try_acquire_for(const std::chrono::duration<Rep, Period>& duration) noexcept {
    return try_acquire_nanoseconds(internal::nanoseconds(duration));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool try_acquire_until(
      const std::chrono::time_point<Clock, Duration>& deadline) noexcept {
    return try_acquire_nanoseconds(internal::nanoseconds_until(deadline));
  }
  /// @}
  /// Gives back `count` permits, one after the other, and wakes a waiter for each. Any thread may. Happens before
  /// the acquire that takes the permit. What a
  /// BoundedSemaphore has no room for is dropped (finding misuse-release-over-bound). Linear in `count`.
  void release(std::uint32_t count = 1) noexcept;
  /// As the reports call it from now on; GRIDLOCK_NAME (name.h) calls this. The name is copied.
  void set_name(std::string_view name) noexcept { internal::register_named(core_, type_, name); }

 protected:
  /// @cond internal
  Semaphore(std::uint32_t permits, std::uint32_t bound, internal::ObjectType type,
            std::string_view name, CallSite where) noexcept;
  /// @endcond

 private:
  bool try_acquire_nanoseconds(std::uint64_t nanoseconds) noexcept;
  bool release_one() noexcept;

  internal::Core core_;  // word: the permits that are left
  std::atomic<std::uint32_t> waiting_{0};
  std::uint32_t bound_;
  std::uint32_t first_permits_;
  internal::ObjectType type_;
};

/// A semaphore that never has more permits than it began with.
class BoundedSemaphore : public Semaphore {
 public:
  /// `permits`: how many there are at first and at most, up to 2^31 - 1.
  explicit BoundedSemaphore(std::uint32_t permits, std::string_view name = {},
                            CallSite where = CallSite::current()) noexcept
      : Semaphore(permits, permits, internal::ObjectType::kBoundedSemaphore, name, where) {}
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
