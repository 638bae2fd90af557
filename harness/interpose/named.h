// SPDX-License-Identifier: Apache-2.0
//
// For <gridlock/name.h>: who an object is before it is used for the first time. 0: it is not watched.
#pragma once

#include <pthread.h>
#include <semaphore.h>

#include "harness/runtime/registry/objects.h"

namespace gridlock::internal {

ObjectId number_of(pthread_mutex_t* mutex) noexcept;
ObjectId number_of(pthread_rwlock_t* lock) noexcept;
ObjectId number_of(pthread_cond_t* condition) noexcept;
ObjectId number_of(sem_t* semaphore) noexcept;
ObjectId number_of(pthread_barrier_t* barrier) noexcept;
/// A spin lock that was initialised here.
ObjectId number_of_spin_lock(const void* address) noexcept;
/// A once flag that may lie there; its number is kept from then on.
ObjectId number_of_once(const void* address) noexcept;

}  // namespace gridlock::internal
