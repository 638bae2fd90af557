// SPDX-License-Identifier: Apache-2.0
//
// A scope that holds a lock and knows where it stands in the source, so that reports name the line
// even in a program without debug information. std::lock_guard and friends work as well; there the
// line comes from the return addresses.
//
// Fairness, signal handlers and full tables: as for the lock.
//
// Misuse:
//   gridlock::Guard{accounts};     // a temporary: released at the semicolon. [[nodiscard]] warns of it
//   gridlock::TimedGuard guard{accounts, 200ms};
//   balance += 1;                  // without a test of the guard: it may not hold the lock
//
// clang's -Wthread-safety (thread_safety.h) cannot see whether a TimedGuard holds the lock.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/lock.h>
#include <gridlock/shared_lock.h>
#include <gridlock/thread_safety.h>

#include <utility>

namespace gridlock {

/// Holds one Lock or RLock, or a SharedLock for writing, from construction to the end of the scope.
template <typename Mutex>
class [[nodiscard]] GRIDLOCK_SCOPED_CAPABILITY Guard {
 public:
  /// Locks `mutex`, which has to outlive the guard; `where` is the place that reports show. Waits, and throws, as
  /// lock() of it does.
  explicit Guard(Mutex& mutex, CallSite where = CallSite::current()) GRIDLOCK_ACQUIRE(mutex)
      : mutex_(mutex) {
    mutex_.lock(where);
  }
  ~Guard() GRIDLOCK_RELEASE() { mutex_.unlock(); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  Mutex& mutex_;
};

/// Holds a SharedLock for reading.
template <typename Mutex>
class [[nodiscard]] GRIDLOCK_SCOPED_CAPABILITY SharedGuard {
 public:
  /// Locks `mutex` for reading; else as Guard.
  explicit SharedGuard(Mutex& mutex, CallSite where = CallSite::current())
      GRIDLOCK_ACQUIRE_SHARED(mutex)
      : mutex_(mutex) {
    mutex_.lock_shared(where);
  }
  ~SharedGuard() GRIDLOCK_RELEASE_GENERIC() { mutex_.unlock_shared(); }
  SharedGuard(const SharedGuard&) = delete;
  SharedGuard& operator=(const SharedGuard&) = delete;

 private:
  Mutex& mutex_;
};

/// Tries for at most a given time. Test it before touching what the lock protects:
///
///   gridlock::TimedGuard guard{accounts, 200ms};
///   if (!guard) return;
template <typename Mutex>
class [[nodiscard]] TimedGuard {
 public:
  /// Waits for at most `duration`, as try_lock_for() of `mutex` does. Throws nothing.
  template <typename Rep, typename Period>
  TimedGuard(Mutex& mutex, const std::chrono::duration<Rep, Period>& duration)
      : mutex_(mutex), held_(mutex.try_lock_for(duration)) {}
  ~TimedGuard() {
    if (held_) mutex_.unlock();
  }
  TimedGuard(const TimedGuard&) = delete;
  TimedGuard& operator=(const TimedGuard&) = delete;
  /// Whether it holds the lock.
  explicit operator bool() const noexcept { return held_; }

 private:
  Mutex& mutex_;
  bool held_;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
