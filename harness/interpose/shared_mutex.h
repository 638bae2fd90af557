// SPDX-License-Identifier: Apache-2.0
//
// Mutexes that processes share (PTHREAD_PROCESS_SHARED), in what one `gridlock exec` watches (runtime/process_tree/followed.h).
// Robust ones, whose list field is the kernel's, are left to libc.
#pragma once

#include "harness/interpose/mutex.h"

namespace gridlock::internal {

GRIDLOCK_INLINE bool is_shared(const MutexParts& mutex) noexcept {
  return (mutex.kind & (kRobustBit | kSharedBit)) == kSharedBit && mutex.kind != kDestroyedKind;
}

/// libc has initialised it, called from the function with this frame.
void note_new_shared(pthread_mutex_t* mutex, const void* frame) noexcept;

/// The functions of libc for it.
int lock_shared(pthread_mutex_t* mutex, Op op, u64 nanoseconds, clockid_t clock,
                const timespec* until, const void* own_frame) noexcept;
int unlock_shared(pthread_mutex_t* mutex, const void* caller) noexcept;

/// As those of mutex.h, for one of these.
ObjectId let_go_of_shared(ThreadState* state, pthread_mutex_t* mutex, const void* caller) noexcept;
void have_shared_again(ThreadState* state, pthread_mutex_t* mutex, ObjectId object,
                       const void* own_frame) noexcept;

/// The calling thread ends: what it has it leaves behind, which is nothing to tell of.
void leave_shared(ThreadState* state) noexcept;

/// 0: it has none.
ObjectId number_of_shared(pthread_mutex_t* mutex) noexcept;

}  // namespace gridlock::internal
