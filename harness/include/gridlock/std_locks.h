// SPDX-License-Identifier: Apache-2.0
//
// Part of std.h, which says what it is for: mutexes, conditions, once flags.
//
// Each is a class of its own, so that a program's overloads and specialisations for several of them stay what they
// are.
//
// Fairness, signal handlers and full tables: as for what each is made of (lock.h, shared_lock.h, condition.h, once.h).
//
// Misuse:
//   gridlock::mutex accounts{"accounts"};     // does not compile with GRIDLOCK_STD_PLAIN. GRIDLOCK_NAME does
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/condition.h>
#include <gridlock/lock.h>
#include <gridlock/once.h>
#include <gridlock/shared_lock.h>
#include <gridlock/thread.h>
#include <gridlock/thread_safety.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

// NOLINTBEGIN(readability-identifier-naming,google-explicit-constructor): the names are the standard's; default constructors with
// a default argument
namespace gridlock {

class GRIDLOCK_CAPABILITY("mutex") timed_mutex : public Lock {
 public:
  constexpr timed_mutex(CallSite where = CallSite::current()) noexcept : Lock(where) {}
};

class GRIDLOCK_CAPABILITY("mutex") mutex : public Lock {
 public:
  constexpr mutex(CallSite where = CallSite::current()) noexcept : Lock(where) {}

 private:
  using Lock::try_lock_for;
  using Lock::try_lock_until;
};

class GRIDLOCK_CAPABILITY("mutex") recursive_timed_mutex : public RLock {
 public:
  constexpr recursive_timed_mutex(CallSite where = CallSite::current()) noexcept : RLock(where) {}
};

class GRIDLOCK_CAPABILITY("mutex") recursive_mutex : public RLock {
 public:
  constexpr recursive_mutex(CallSite where = CallSite::current()) noexcept : RLock(where) {}

 private:
  using RLock::try_lock_for;
  using RLock::try_lock_until;
};

class GRIDLOCK_CAPABILITY("mutex") shared_timed_mutex : public SharedLock {
 public:
  constexpr shared_timed_mutex(CallSite where = CallSite::current()) noexcept : SharedLock(where) {}
};

class GRIDLOCK_CAPABILITY("mutex") shared_mutex : public SharedLock {
 public:
  constexpr shared_mutex(CallSite where = CallSite::current()) noexcept : SharedLock(where) {}

 private:
  using SharedLock::try_lock_for;
  using SharedLock::try_lock_shared_for;
  using SharedLock::try_lock_shared_until;
  using SharedLock::try_lock_until;
};

/// Waits with any lock; with a stop_token, too.
class condition_variable_any : public Condition {
 public:
  condition_variable_any(CallSite where = CallSite::current()) noexcept : Condition(where) {}
};

/// Waits with a unique_lock of a gridlock::mutex.
class condition_variable : private Condition {
  using Hold = std::unique_lock<mutex>;

 public:
  constexpr condition_variable(CallSite where = CallSite::current()) noexcept : Condition(where) {}

  using Condition::notify_all;
  using Condition::notify_one;
  using Condition::set_name;

  void wait(Hold& lock) { Condition::wait(lock); }
  template <typename Test>
  void wait(Hold& lock, Test test) {
    Condition::wait(lock, std::move(test));
  }
  template <typename Rep, typename Period>
  std::cv_status wait_for(Hold& lock, const std::chrono::duration<Rep, Period>& duration) {
    return Condition::wait_for(lock, duration);
  }
  template <typename Rep, typename Period, typename Test>
  bool wait_for(Hold& lock, const std::chrono::duration<Rep, Period>& duration, Test test) {
    return Condition::wait_for(lock, duration, std::move(test));
  }
  template <typename Clock, typename Duration>
  std::cv_status wait_until(Hold& lock, const std::chrono::time_point<Clock, Duration>& deadline) {
    return Condition::wait_until(lock, deadline);
  }
  template <typename Clock, typename Duration, typename Test>
  bool wait_until(Hold& lock, const std::chrono::time_point<Clock, Duration>& deadline, Test test) {
    return Condition::wait_until(lock, deadline, std::move(test));
  }
};

namespace internal {
struct NotifyAtExit final : AtThreadExit {
  NotifyAtExit(condition_variable& c, std::unique_lock<mutex> l)
      : condition(c), lock(std::move(l)) {
    call = &run;
  }
  static void run(AtThreadExit* node) noexcept {
    const std::unique_ptr<NotifyAtExit> self(static_cast<NotifyAtExit*>(node));
    self->lock.unlock();
    self->condition.notify_all();
  }
  condition_variable& condition;
  std::unique_lock<mutex> lock;
};
}  // namespace internal

/// When the calling thread ends, after its thread_local objects: releases the lock and notifies all.
inline void notify_all_at_thread_exit(condition_variable& condition, std::unique_lock<mutex> lock) {
  internal::at_thread_exit(
      std::make_unique<internal::NotifyAtExit>(condition, std::move(lock)).release());
}

class once_flag : public OnceFlag {
 public:
  constexpr once_flag(CallSite where = CallSite::current()) noexcept : OnceFlag(where) {}
};

}  // namespace gridlock
// NOLINTEND(readability-identifier-naming,google-explicit-constructor)

#endif  // GRIDLOCK_CXX20
