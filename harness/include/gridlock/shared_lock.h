// SPDX-License-Identifier: Apache-2.0
//
// SharedLock: many readers or one writer, watched (Courtois, Heymans, Parnas, "Concurrent control
// with readers and writers", 1971).
//
//   gridlock::SharedLock prices{"prices"};
//   { std::shared_lock reading{prices};  ... }      // or gridlock::SharedGuard, which knows its line
//   { std::unique_lock writing{prices};  ... }      // or gridlock::Guard
//
// It meets the standard's SharedLockable and SharedTimedLockable requirements, and those of Lock.
//
// What happens, by operation and state:
//
//   operation         free      held shared by    held shared by    held exclusively  held excl.
//                               this thread       others only       by this thread    by another
//   lock              acquired  self-deadlock *   waits for them    self-deadlock *   waits
//   try_lock          true      false             false             false             false
//   lock_shared       acquired  count + 1 (1)     acquired (1)      self-deadlock *   waits
//   try_lock_shared   true      true (1)          true (1)          false             false
//   upgrade           misuse *  becomes           misuse *          misuse *          misuse *
//                               exclusive (2)
//   try_upgrade       misuse *  true if no other  misuse *          misuse *          misuse *
//                               thread reads
//   downgrade         misuse *  misuse *          misuse *          becomes shared    misuse *
//   unlock            misuse *  misuse *          misuse *          released          misuse *
//   unlock_shared     misuse *  count - 1         misuse *          misuse *          misuse *
//   lock_upgradeable  as lock_shared, and before that waits for the thread that is upgradeable (3)
//   unlock_           misuse *  released, as      misuse *          misuse *          misuse *
//   upgradeable                 unlock_shared (3)
//   destructor        -         misuse-destroy-held * in all of these
//   any, after it     misuse-use-after-destroy *, as long as the memory still tells
//
//   (1) With Prefer::kWriters, and while a writer waits: waits behind the writer (try: false).
//       Reading again is then a deadlock *, because the writer waits for the first hold.
//   (2) Waits until no other thread reads. The thread never lets go in between, so what it has read
//       still holds. Two threads that upgrade wait for each other: a deadlock *. The victim keeps
//       its shared hold.
//   (3) A thread that reads and may want to write: one at a time, beside any number of plain readers. Only that one
//       calls upgrade(), so no two wait for each other; what it has read still holds. Its side of the lock is
//       a lock of its own in the reports, "prices upgradeable": the same thread again is a self-deadlock *, and to take
//       it where the other order was taken is a lock-order-cycle *. It stays upgradeable after upgrade() and downgrade();
//       unlock() lets go of all of it.
//   *   a finding; see lock.h for what happens after it. A misuse changes nothing:
//       misuse-unlock-free where nobody holds the lock, misuse-unlock-not-owner otherwise.
//
// The timed forms wait as the plain ones do and give up after their time; they are never part of a
// deadlock. A thread that holds it shared several times has one shared hold with a count; upgrade()
// keeps the count, downgrade() gives it back, unlock() in between drops all of it.
//
// Memory ordering: an unlock, shared or not, happens before the lock() or upgrade() that comes after
// it; an unlock() or downgrade() happens before the lock_shared() that comes after it. Two shared
// holds order nothing between them. ThreadSanitizer is told exactly that.
//
// Cost: one compare-and-swap to acquire and one to release. A release wakes all waiters if it
// leaves something to take. No allocation.
//
// Fairness: as Prefer says between readers and writers, none among each of them. Signal handlers, full
// tables: as for lock.h.
//
// Misuse:
//   book.lock_shared();
//   if (book_is_stale()) book.lock();        // self-deadlock *: upgrade() is what was meant
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/identity.h>
#include <gridlock/lock.h>
#include <gridlock/lock_ref.h>
#include <gridlock/thread_safety.h>
#include <gridlock/waiting.h>

namespace gridlock {

/// The side that a SharedLock lets in first.
enum class Prefer : std::uint8_t {
  kReaders,  ///< a reader goes in whenever no writer is inside: writers can wait forever
  kWriters,  ///< a new reader waits behind a writer that waits
};

/// A lock for many readers or one writer. 40 bytes.
class GRIDLOCK_CAPABILITY("lock") SharedLock {
 public:
  /// @cond internal
  static constexpr internal::ObjectType kObjectType = internal::ObjectType::kSharedLock;
  /// @endcond

  /// Unnamed; usable before main. Reports call it M1, M2 ...
  // NOLINTNEXTLINE(google-explicit-constructor): a default constructor with a default argument
  constexpr SharedLock(CallSite where = CallSite::current()) noexcept
      : core_(0, where), upgrader_(where) {}
  /// The same that lets in first whom `prefer` says; without it that is the readers.
  constexpr explicit SharedLock(Prefer prefer, CallSite where = CallSite::current()) noexcept
      : core_(0, where), prefer_(prefer), upgrader_(where) {}
  /// A named lock. The name is copied; at most 255 bytes are kept.
  explicit SharedLock(std::string_view name, CallSite where = CallSite::current()) noexcept;
  /// A named lock that lets in first whom `prefer` says.
  SharedLock(std::string_view name, Prefer prefer, CallSite where = CallSite::current()) noexcept;
  ~SharedLock();
  SharedLock(const SharedLock&) = delete;
  SharedLock& operator=(const SharedLock&) = delete;

  /// Waits until nobody holds the lock, and takes it for writing. Throws std::system_error only with
  /// `on_deadlock=throw`, like all that wait here.
  void lock() GRIDLOCK_ACQUIRE();
  /// The same for a caller that knows the place in the source, such as Guard.
  void lock(CallSite where) GRIDLOCK_ACQUIRE();
  /// Takes the lock for writing if nobody holds it. Never waits, never fails for no reason. `caller` tells std::lock
  /// from others.
  [[nodiscard]] bool try_lock(CallSite caller = CallSite::current()) noexcept
      GRIDLOCK_TRY_ACQUIRE(true);
  /// @{
  /// Waits at most that long, or up to that moment; false if it could not be had in time, and then no memory ordering.
  /// Rounded up to a nanosecond; zero or less is try_lock().
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
  /// Releases a lock that is held for writing; happens before the lock() or lock_shared() that comes after it. A thread
  /// that does not hold it so makes the finding misuse-unlock-not-owner or misuse-unlock-free, and changes nothing.
  void unlock() noexcept GRIDLOCK_RELEASE();

  /// Waits until no writer holds the lock (with Prefer::kWriters, or waits for it), and takes it for reading.
  void lock_shared() GRIDLOCK_ACQUIRE_SHARED();
  /// The same for a caller that knows the place in the source, such as SharedGuard.
  void lock_shared(CallSite where) GRIDLOCK_ACQUIRE_SHARED();
  /// Takes the lock for reading if that needs no wait. Never fails for no reason.
  [[nodiscard]] bool try_lock_shared() noexcept GRIDLOCK_TRY_ACQUIRE_SHARED(true);
  /// @{
  /// Waits at most that long, or up to that moment; false if it could not be had in time, and then no memory ordering.
  /// Rounded up to a nanosecond; zero or less is try_lock_shared().
  template <typename Rep, typename Period>
  [[nodiscard]] bool try_lock_shared_for(
      const std::chrono::duration<Rep, Period>& duration) noexcept
      GRIDLOCK_TRY_ACQUIRE_SHARED(true) {
    return try_lock_shared_nanoseconds(internal::nanoseconds(duration));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool try_lock_shared_until(
      const std::chrono::time_point<Clock, Duration>& deadline) noexcept
      GRIDLOCK_TRY_ACQUIRE_SHARED(true) {
    return try_lock_shared_nanoseconds(internal::nanoseconds_until(deadline));
  }
  /// @}
  /// Takes back one lock_shared(); the last one happens before the lock() or upgrade() that comes after it. A thread that
  /// does not read makes the finding misuse-unlock-not-owner or misuse-unlock-free, and changes nothing.
  void unlock_shared() noexcept GRIDLOCK_RELEASE_SHARED();

  /// Waits until no other thread is upgradeable, then as lock_shared(): takes the lock for reading, as the one thread that
  /// may upgrade() without meeting another one that does. On a throw it is neither. unlock_upgradeable() gives it back.
  void lock_upgradeable(CallSite where = CallSite::current())
      GRIDLOCK_ACQUIRE_SHARED() GRIDLOCK_NO_THREAD_SAFETY_ANALYSIS {
    if (!prepares_upgradeable()) return lock_shared(where);
    upgrader_.lock(where);
    Upgradeable taking{upgrader_};
    lock_shared(where);
    taking.lock = nullptr;
  }
  /// The same if that needs no wait: false when a thread is upgradeable already, the calling one included, or when
  /// try_lock_shared() is false. Then nothing is held, and no memory ordering.
  [[nodiscard]] bool try_lock_upgradeable() noexcept
      GRIDLOCK_TRY_ACQUIRE_SHARED(true) GRIDLOCK_NO_THREAD_SAFETY_ANALYSIS {
    if (!prepares_upgradeable() || !upgrader_.try_lock()) return false;
    if (try_lock_shared()) return true;
    upgrader_.unlock();
    return false;
  }
  /// @{
  /// Waits at most that long for both, or up to that moment; false if it could not be had in time: then nothing is held, and no
  /// memory ordering. A time of zero or less is try_lock_upgradeable(). Never part of a deadlock.
  template <typename Rep, typename Period>
  [[nodiscard]] bool try_lock_upgradeable_for(
      const std::chrono::duration<Rep, Period>& duration) noexcept
      GRIDLOCK_TRY_ACQUIRE_SHARED(true) {
    return try_lock_upgradeable_until(internal::moment_in(duration));
  }
  template <typename Clock, typename Duration>
  [[nodiscard]] bool try_lock_upgradeable_until(
      const std::chrono::time_point<Clock, Duration>& deadline) noexcept
      GRIDLOCK_TRY_ACQUIRE_SHARED(true) GRIDLOCK_NO_THREAD_SAFETY_ANALYSIS {
    if (!prepares_upgradeable() || !upgrader_.try_lock_until(deadline)) return false;
    if (try_lock_shared_until(deadline)) return true;
    upgrader_.unlock();
    return false;
  }
  /// @}
  /// Takes back lock_upgradeable(), as unlock_shared() does; happens before the lock_upgradeable(), lock() or upgrade() that
  /// comes after it. A thread that is not upgradeable, or has the lock for writing, makes the finding misuse-unlock-not-owner or
  /// misuse-unlock-free, and changes nothing.
  void unlock_upgradeable() noexcept GRIDLOCK_RELEASE_SHARED() GRIDLOCK_NO_THREAD_SAFETY_ANALYSIS {
    if (leaves_upgradeable()) unlock_shared();
  }

  /// From reading to writing, without letting go. On a throw the shared hold is still there.
  void upgrade() GRIDLOCK_RELEASE_SHARED() GRIDLOCK_ACQUIRE();
  /// The same if no other thread reads at this moment. False changes nothing.
  [[nodiscard]] bool try_upgrade() noexcept;
  /// From writing to reading, without letting go. Never waits.
  void downgrade() noexcept GRIDLOCK_RELEASE() GRIDLOCK_ACQUIRE_SHARED();

  /// As the reports call it from now on; GRIDLOCK_NAME (name.h) calls this. The name is copied.
  void set_name(std::string_view name) noexcept {
    internal::register_named(core_, kObjectType, name);
  }
  /// Declares that this lock is taken before `later`; see order.h.
  LockRef before(LockRef later) { return LockRef(*this, later.where()).before(later); }
  /// With the option `lock_classes`, locks of different levels are of different classes though they
  /// were made at one place: for nesting that has an order (an account and its sub-accounts). 0 at
  /// first. To be set before the lock is used; later it counts for what comes then.
  void set_level(std::uint32_t level) noexcept {
    internal::set_lock_level(core_, kObjectType, level);
  }

 private:
  friend struct internal::LockAccess;
  friend class Condition;  // has to know the holders

  // Gives it back on the way out of a wait that throws.
  struct Upgradeable {
    Lock* lock;
    explicit Upgradeable(Lock& l) noexcept : lock(&l) {}
    ~Upgradeable() GRIDLOCK_NO_THREAD_SAFETY_ANALYSIS {
      if (lock != nullptr) lock->unlock();
    }
    Upgradeable(const Upgradeable&) = delete;
    Upgradeable& operator=(const Upgradeable&) = delete;
  };

  bool prepares_upgradeable() noexcept;
  bool leaves_upgradeable() noexcept;

  bool try_lock_nanoseconds(std::uint64_t nanoseconds) noexcept;
  bool try_lock_shared_nanoseconds(std::uint64_t nanoseconds) noexcept;

  internal::Core core_;  // word: the owner's slot + 1 or the number of reading threads; three bits
  std::atomic<std::uint32_t> writers_{0};  // that wait, for lock() or upgrade()
  Prefer prefer_ = Prefer::kReaders;
  // Of the upgradeable thread. Destroyed by hand: a SharedLock that is destroyed twice has none any more.
  union {
    Lock upgrader_;  // NOLINT(readability-identifier-naming): a member as the others
  };
};

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
