// SPDX-License-Identifier: Apache-2.0
//
// What a function expects of the locks of its caller, and what a program states of its own data,
// checked where it is called.
//
//   void Account::add(long amount) {
//     gridlock::assert_held(lock_);
//     ...
//
//   assertion              holds if the calling thread        else
//   assert_held            holds the lock (at any depth,      lock-assertion *
//                          a SharedLock in either way)
//   assert_not_held        does not hold the lock             lock-assertion *
//   assert_no_locks_held   holds no lock at all               lock-assertion *
//
//   assert_that            was given true                     assertion-failed *
//
//   * a finding with all that the thread holds and its stack, once for each lock and calling stack
//     (assert_that: once for each line that calls it); the program goes on.
//
// A lock that another thread holds is not held. Permits of a semaphore do not count. No memory
// ordering. Cost: linear in the number of locks that the thread holds; never allocates.
//
// Fairness: nothing waits here. Not for signal handlers: one that fails there writes a finding. Full tables: of a
// lock beyond max_objects nothing is asserted.
//
// Misuse:
//   gridlock::assert_held(lock_);      // in a function that takes the lock itself a line later: lock-assertion *
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/lock_ref.h>

#include <string_view>

namespace gridlock {

/// Makes the finding lock-assertion unless the calling thread holds `lock`: at any depth, and a SharedLock in either
/// way. Once for each lock and calling stack; the program goes on. No memory ordering. Linear in the number of
/// locks that the thread holds.
void assert_held(LockRef lock) noexcept;
/// Makes the finding lock-assertion if the calling thread holds `lock`, in any way; else as assert_held().
void assert_not_held(LockRef lock) noexcept;
/// Makes the finding lock-assertion if the calling thread holds any lock; permits of a semaphore do not count.
/// `where` is the place that the finding names.
void assert_no_locks_held(CallSite where = CallSite::current()) noexcept;

/// For what goes wrong in the data when threads get between each other, although every single access
/// is in order: no lock is broken and nothing races, yet money is gone. ThreadSanitizer and the lock
/// analyses have nothing to say then; only the program knows what must be true.
///
///   gridlock::assert_that(balance >= 0, "no account is overdrawn");
///
/// `text` says what should have been true; it is the finding's detail (copied, at most 511 bytes are
/// kept). Unlike assert() it is there in every build and ends nothing. No memory ordering, also when
/// it fails: what the condition reads has to be protected like any other access. Costs a call when it
/// holds.
void assert_that(bool condition, std::string_view text,
                 CallSite where = CallSite::current()) noexcept;

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
