// SPDX-License-Identifier: Apache-2.0
//
// IpcLock: mutual exclusion between processes, watched, and robust: a holder that dies does not take
// the lock with it.
//
//   gridlock::IpcLock stock{"stock"};            // before the processes that use it are started
//   gridlock::Process shop{"shop", [&] {
//     const std::scoped_lock guard{stock};
//     ...
//   }};
//
// The lock's state lies in memory that the first process shares with all that are started from it
// as gridlock::Process, and theirs. It is made there by the constructor, so a lock can be used by
// the process that made it and by those that are forked afterwards from there; copies of the object
// in the memory of each are all the same lock. It has no name in the system, and nothing of it stays
// when the last process has ended, however that ended.
//
// It meets the standard's Lockable and TimedLockable requirements.
//
//   operation      free        held by this thread   held by another       held by one that died
//                                                    thread or process
//   lock           acquired    self-deadlock *       waits; deadlock *,    owner-died *, acquired,
//                                                    over all processes,   and abandoned()
//                                                    if that never ends
//   try_lock       true        false                 false                 owner-died *, true, and
//                                                                          abandoned()
//   try_lock_for   true        false after the time  true, or false        the same
//                                                    after the time
//   unlock         misuse-     released              misuse-unlock-not-    misuse-unlock-not-owner *
//                  unlock-     abandoned() is over   owner *
//                  free *
//   destructor     -           misuse-destroy-held * misuse-destroy-held * owner-died *
//   any, after it was destroyed by its maker: misuse-use-after-destroy *, and nothing is done
//
//   * a finding; see lock.h for what happens after it. After a deadlock over several processes all
//     of them end: with `on_deadlock=report` the first process with the option `exit_code`, the
//     others are killed. With `throw` one waiting call in one process throws std::system_error.
//
// A holder has died when its process has ended in any way with the lock held, also by a regular exit:
// waiters notice it within 50 ms, and the next caller at once. It is reported once,
// by the thread that gets the lock. A thread that ends while its process goes on is reported by
// itself (misuse-thread-exit-holding); the lock is then handed on in the same way, without a second
// finding. What the lock protects may be half changed: abandoned() is true for the new holder until
// the lock has been released once.
//
// The destructor ends the lock only in the process that made it; elsewhere it does nothing. For a
// lock with static storage it does nothing at all, so there is no misuse-destroy-held either.
//
// A fork that was not made by gridlock::Process can use the lock; its waits and holds are not
// analysed. Robustness ends there: when such a fork dies as the holder, the lock is never free
// again, and a lock() waits forever, without a finding.
//
// In the lock-order graph of each process it is a lock as the others are: crossed orders of an
// IpcLock and a Lock within one process are predicted. Orders that cross only between processes are
// found when they hang.
//
// Memory ordering: an unlock happens before the lock that takes it over (release / acquire), in
// whichever process. ThreadSanitizer is told of what the own process does. It watches one process at
// a time: races between processes, on memory that they share, are not its to see.
//
// Cost: one compare-and-swap when nobody waits, as for Lock; 64 to 256 bytes of the memory of the
// process tree (option tree_memory), and std::system_error with ENOMEM from the constructor when
// that is full. A wait costs nothing more in its first 2 ms; a failing try_lock looks into /proc,
// 20 us.
//
// Why not pthread_mutex_t with PTHREAD_MUTEX_ROBUST and PTHREAD_PROCESS_SHARED: the same idea, the
// kernel marks the mutex of a thread that died (Linux, robust-futexes.rst), but it does not say who
// it was and where it had acquired. Boost.Interprocess: docs/design/processes.md.
//
// Fairness: none, as for lock.h. Signal handlers may use it. Full tables: as for lock.h; without
// room in tree_memory the constructor throws (capacity *).
//
// Misuse:
//   gridlock::Process child{"child", work};
//   gridlock::IpcLock ledger{"ledger"};   // made after the fork: the child does not know it, and it
//                                         // guards nothing of what the child does
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>
#include <gridlock/thread_safety.h>
#include <gridlock/waiting.h>

namespace gridlock {

namespace internal {
struct IpcLockState;
}

/// A lock between processes.
class GRIDLOCK_CAPABILITY("lock") IpcLock {
 public:
  /// Makes the lock in memory that the process tree shares. The name is copied; `where` is the place that reports
  /// show. Throws std::system_error (not_enough_memory, with the finding capacity) when that is full.
  explicit IpcLock(std::string_view name = {}, CallSite where = CallSite::current());
  ~IpcLock();
  IpcLock(const IpcLock&) = delete;
  IpcLock& operator=(const IpcLock&) = delete;

  /// Waits until the lock is free and takes it. Throws std::system_error only with
  /// `on_deadlock=throw`.
  void lock() GRIDLOCK_ACQUIRE();
  /// The same for a caller that knows the place in the source, such as Guard.
  void lock(CallSite where) GRIDLOCK_ACQUIRE();
  /// Takes the lock if it is free, or if its holder has died. Never waits; a try that fails looks into /proc.
  [[nodiscard]] bool try_lock() noexcept GRIDLOCK_TRY_ACQUIRE(true);
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
  /// Releases the lock, after which it is not abandoned() any more; happens before the lock() that takes it over,
  /// in whichever process. A thread that does not hold it makes the finding misuse-unlock-not-owner or
  /// misuse-unlock-free, and changes nothing.
  void unlock() noexcept GRIDLOCK_RELEASE();

  /// To be asked by the holder: the one before died holding it, and nobody has released it since.
  [[nodiscard]] bool abandoned() const noexcept;

 private:
  bool try_lock_nanoseconds(std::uint64_t nanoseconds) noexcept;

  internal::IpcLockState* state_;
  std::uint32_t number_;  // 3 in "L3"; the state has another one when it was destroyed
  std::uint32_t id_;
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
