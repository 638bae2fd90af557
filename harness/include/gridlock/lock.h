// SPDX-License-Identifier: Apache-2.0
//
// Lock and RLock: mutual exclusion that is watched.
//
//   gridlock::Lock accounts{"accounts"};     // the name is optional, and shows in every report
//   {
//     gridlock::Guard guard{accounts};     // or std::lock_guard, std::unique_lock, scoped_lock
//     ...
//   }
//
// Both meet the standard's Lockable and TimedLockable requirements, so std::lock, std::scoped_lock
// and std::condition_variable_any work on them.
//
// What happens, by operation and state:
//
//   operation      free        held by this thread              held by another thread
//   lock           acquired    Lock: self-deadlock *            waits; deadlock * if that can
//                              RLock: depth + 1                 never end
//   try_lock       true        Lock: false                      false
//                              RLock: true, depth + 1
//   try_lock_for   true        Lock: false after the time       true, or false after the time
//                              RLock: true, depth + 1
//   unlock         misuse-     released (RLock: depth - 1)      misuse-unlock-not-owner *
//                  unlock-free *
//   destructor     -           misuse-destroy-held *            misuse-destroy-held *
//   any, after     misuse-use-after-destroy *; seen as long as nothing else uses the memory, but
//   the destructor not for a lock with static storage. It is then as new, and free
//
//   * a finding. After a misuse the program goes on and the lock is as it was. After a deadlock the
//     option `on_deadlock` decides: `report` (default) ends the process with the option `exit_code` (66)
//     once the finding is on disk, `throw` makes exactly one of the waiting calls throw std::system_error
//     with std::errc::resource_deadlock_would_occur and leaves its lock alone, `abort` calls for
//     SIGABRT.
//
// Each blocking lock() that is asked for while another lock is held adds an edge to the lock-order
// graph at request time, before it may block; a cycle that can happen is reported as
// lock-order-cycle even when this run does not hang. try_lock and the timed forms add no edge,
// because they cannot wait forever, but what they acquired counts as held. The tries of std::lock and
// std::scoped_lock do, where they are recognised (docs/design/filters.md): each might have waited.
//
// Memory ordering: an unlock happens before the lock that takes it over (release / acquire),
// nothing more. ThreadSanitizer is told exactly that, so it neither misses a race that the lock
// does not order nor reports one that it does.
//
// Cost: one compare-and-swap and a few stores to memory of the own thread, a probe of a shared
// read-mostly table when another lock is held. No allocation, ever.
//
// Fairness: none. A thread that runs may take the lock before a waiter that was just woken, and any number of
// times. Nobody is promised a turn; with contention=1 the longest wait shows.
// Signal handlers may use it: signals wait while a thread is inside of the runtime. A handler that asks for
// what its own thread holds is a self-deadlock *.
// When a table is full (option max_objects) the lock works on, without a name, and is in no finding; that it
// is so is a finding (capacity).
// For clang's -Wthread-safety: thread_safety.h.
//
// Misuse:
//   accounts.lock();
//   if (!found) return;          // the lock stays held: misuse-thread-exit-holding * when the thread ends
//   accounts.unlock();           // a Guard would have released it
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>
#include <gridlock/lock_ref.h>
#include <gridlock/thread_safety.h>
#include <gridlock/waiting.h>

namespace gridlock {

class Condition;

namespace internal {

/// The common body of Lock and RLock: one futex word that holds the owner.
class LockBase {
 public:
  LockBase(const LockBase&) = delete;
  LockBase& operator=(const LockBase&) = delete;

 protected:
  constexpr explicit LockBase(CallSite where) noexcept : core_(0, where) {}
  ~LockBase() = default;

  friend struct LockAccess;
  friend class ::gridlock::Condition;  // has to know the holder

  Core core_;  // word: the owner's slot + 1, highest bit: somebody waits; 0: free
};

}  // namespace internal

/// A lock that its holder cannot take again. 16 bytes.
class GRIDLOCK_CAPABILITY("lock") Lock : public internal::LockBase {
 public:
  /// @cond internal
  static constexpr internal::ObjectType kObjectType = internal::ObjectType::kLock;
  /// @endcond

  /// An unnamed lock; reports call it M1, M2 ... and say where it was made. Constant initialised:
  /// usable before main.
  // NOLINTNEXTLINE(google-explicit-constructor): a default constructor with a default argument
  constexpr Lock(CallSite where = CallSite::current()) noexcept : LockBase(where) {}
  /// A named lock. The name is copied; at most 255 bytes are kept.
  explicit Lock(std::string_view name, CallSite where = CallSite::current()) noexcept;
  ~Lock();

  /// Waits until the lock is free and takes it. Throws std::system_error only with
  /// `on_deadlock=throw`.
  void lock() GRIDLOCK_ACQUIRE();
  /// The same for a caller that knows the place in the source, such as Guard.
  void lock(CallSite where) GRIDLOCK_ACQUIRE();
  /// Takes the lock if it is free. Never waits, never fails for no reason. `caller` tells std::lock from
  /// others.
  [[nodiscard]] bool try_lock(CallSite caller = CallSite::current()) noexcept
      GRIDLOCK_TRY_ACQUIRE(true);
  /// @{
  /// Waits at most that long, or up to that moment; false if the lock was not free in time, and then no memory
  /// ordering. Rounded up to a nanosecond; zero or less is try_lock. A clock that is set meanwhile is not followed.
  template <typename Rep, typename Period>
  [[nodiscard]] bool try_lock_for(const std::chrono::duration<Rep, Period>& duration) noexcept
      GRIDLOCK_TRY_ACQUIRE(true) {
    return try_lock_nanoseconds(internal::nanoseconds(duration));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool try_lock_until(
      const std::chrono::time_point<Clock, Duration>& deadline) noexcept
      GRIDLOCK_TRY_ACQUIRE(true) {
    return try_lock_nanoseconds(internal::nanoseconds_until(deadline));
  }
  /// @}
  /// Releases the lock; happens before the lock() that takes it over. A thread that does not hold it makes the
  /// finding misuse-unlock-not-owner or misuse-unlock-free, and changes nothing.
  void unlock() noexcept GRIDLOCK_RELEASE();
  /// As the reports call it from now on; GRIDLOCK_NAME (name.h) calls this. The name is copied.
  void set_name(std::string_view name) noexcept {
    internal::register_named(core_, kObjectType, name);
  }
  /// Declares that this lock is taken before `later`; see order.h. Throws std::logic_error if that contradicts an
  /// earlier declaration.
  LockRef before(LockRef later) { return LockRef(*this, later.where()).before(later); }
  /// With the option `lock_classes`, locks of different levels are of different classes though they
  /// were made at one place: for nesting that has an order (an account and its sub-accounts). 0 at
  /// first. To be set before the lock is used; later it counts for what comes then.
  void set_level(std::uint32_t level) noexcept {
    internal::set_lock_level(core_, kObjectType, level);
  }

 private:
  bool try_lock_nanoseconds(std::uint64_t nanoseconds) noexcept;
};

/// A lock that its holder may take again; it is free when it was released as often as it was taken.
class GRIDLOCK_CAPABILITY("lock") RLock : public internal::LockBase {
 public:
  /// @cond internal
  static constexpr internal::ObjectType kObjectType = internal::ObjectType::kRLock;
  /// @endcond

  /// An unnamed lock; reports call it M1, M2 ... and say where it was made. Constant initialised: usable before main.
  // NOLINTNEXTLINE(google-explicit-constructor): a default constructor with a default argument
  constexpr RLock(CallSite where = CallSite::current()) noexcept : LockBase(where) {}
  /// A named lock. The name is copied; at most 255 bytes are kept.
  explicit RLock(std::string_view name, CallSite where = CallSite::current()) noexcept;
  ~RLock();

  /// Waits until the lock is free or this thread's own, and takes it once more. Throws std::system_error only with
  /// `on_deadlock=throw`.
  void lock() GRIDLOCK_ACQUIRE();
  /// The same for a caller that knows the place in the source, such as Guard.
  void lock(CallSite where) GRIDLOCK_ACQUIRE();
  /// Takes the lock once more if it is free or this thread's own. Never waits, never fails for no reason. `caller`
  /// tells std::lock from others.
  [[nodiscard]] bool try_lock(CallSite caller = CallSite::current()) noexcept
      GRIDLOCK_TRY_ACQUIRE(true);
  /// @{
  /// Waits at most that long, or up to that moment; false if the lock was another thread's all the time, and then no memory
  /// ordering. Rounded up to a nanosecond; zero or less is try_lock. A clock that is set meanwhile is not followed.
  template <typename Rep, typename Period>
  [[nodiscard]] bool try_lock_for(const std::chrono::duration<Rep, Period>& duration) noexcept
      GRIDLOCK_TRY_ACQUIRE(true) {
    return try_lock_nanoseconds(internal::nanoseconds(duration));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool try_lock_until(
      const std::chrono::time_point<Clock, Duration>& deadline) noexcept
      GRIDLOCK_TRY_ACQUIRE(true) {
    return try_lock_nanoseconds(internal::nanoseconds_until(deadline));
  }
  /// @}
  /// Takes back one lock(); the last one releases the lock, and happens before the lock() that takes it over. A
  /// thread that does not hold it makes the finding misuse-unlock-not-owner or misuse-unlock-free, and changes nothing.
  void unlock() noexcept GRIDLOCK_RELEASE();
  /// As the reports call it from now on; GRIDLOCK_NAME (name.h) calls this. The name is copied.
  void set_name(std::string_view name) noexcept {
    internal::register_named(core_, kObjectType, name);
  }
  /// Declares that this lock is taken before `later`; see order.h. Throws std::logic_error if that contradicts an
  /// earlier declaration.
  LockRef before(LockRef later) { return LockRef(*this, later.where()).before(later); }
  /// With the option `lock_classes`, locks of different levels are of different classes though they
  /// were made at one place: for nesting that has an order (an account and its sub-accounts). 0 at
  /// first. To be set before the lock is used; later it counts for what comes then.
  void set_level(std::uint32_t level) noexcept {
    internal::set_lock_level(core_, kObjectType, level);
  }

 private:
  friend class Condition;  // releases all levels and takes them again

  bool try_lock_nanoseconds(std::uint64_t nanoseconds) noexcept;

  std::uint32_t depth_ = 0;  // only the owner touches it
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
