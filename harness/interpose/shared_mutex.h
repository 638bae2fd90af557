// SPDX-License-Identifier: Apache-2.0
//
// Mutexes that processes share (shared_locks.h). Robust ones, whose list field is the kernel's, are left to libc.
#pragma once

#include "harness/interpose/mutex.h"

namespace gridlock::internal {

GRIDLOCK_INLINE bool is_shared(const MutexParts& mutex) noexcept {
  return (mutex.kind & (kRobustBit | kSharedBit)) == kSharedBit && mutex.kind != kDestroyedKind;
}

/// The functions of libc for it.
int lock_shared(pthread_mutex_t* mutex, Op op, u64 nanoseconds, clockid_t clock,
                const timespec* until, const void* own_frame) noexcept;
int unlock_shared(pthread_mutex_t* mutex, const void* caller) noexcept;

/// As those of mutex.h, for one of these.
ObjectId let_go_of_shared(ThreadState* state, pthread_mutex_t* mutex, const void* caller) noexcept;
void have_shared_again(pthread_mutex_t* mutex, ObjectId object, const void* own_frame) noexcept;

}  // namespace gridlock::internal
