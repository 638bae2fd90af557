// SPDX-License-Identifier: Apache-2.0
//
// Mutexes under control, for what waits with one of them.
#pragma once

#include <pthread.h>

#include "harness/tsan_abi/objects.h"

namespace gridlock::internal::controlled {

/// 0, or an error of pthread_mutex_lock; ETIMEDOUT.
int lock_mutex(pthread_mutex_t* mutex, u64 deadline, uptr site) noexcept;
int unlock_mutex(pthread_mutex_t* mutex, uptr site) noexcept;
/// For a condition: lets go of all levels without a point, and takes them again with none before it.
u32 leave_mutex(SyncObject& object) noexcept;
void take_mutex_again(SyncObject& object, u32 levels, uptr site) noexcept;

}  // namespace gridlock::internal::controlled
