// SPDX-License-Identifier: Apache-2.0
//
// What a function expects of the locks of its caller, checked where it is called.
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
//   * a finding with all that the thread holds and its stack, once for each lock and calling stack;
//     the program goes on.
//
// A lock that another thread holds is not held. Permits of a semaphore do not count. No memory
// ordering. Cost: linear in the number of locks that the thread holds; never allocates.
#pragma once

#include <gridlock/lock_ref.h>

namespace gridlock {

void assert_held(LockRef lock) noexcept;
void assert_not_held(LockRef lock) noexcept;
void assert_no_locks_held(CallSite where = CallSite::current()) noexcept;

}  // namespace gridlock
