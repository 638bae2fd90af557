// SPDX-License-Identifier: Apache-2.0
//
// sem_t and pthread_barrier_t. How many permits a semaphore has, and how many threads a barrier waits for, is
// read from the object when an execution first uses it.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "harness/tsan_abi/objects.h"
#include "harness/tsan_abi/precise.h"
#include "harness/tsan_abi/real.h"
#include "harness/tsan_abi/shadow.h"
#include "harness/tsan_abi/virtual_time.h"

namespace gridlock::internal::controlled {
namespace {

SyncObject& semaphore_at(sem_t* semaphore) noexcept {
  SyncObject& object = object_at(semaphore, ObjectKind::kSemaphore);
  if (!object.is_known) {
    object.is_known = true;
    int permits = 0;
    GRIDLOCK_REAL_FUNCTION(sem_getvalue)(semaphore, &permits);
    object.value = permits > 0 ? static_cast<u32>(permits) : 0;
  }
  return object;
}

int refuse(int error) noexcept {
  errno = error;
  return -1;
}

int take_permit(sem_t* semaphore, u64 deadline, bool only_try, uptr site) noexcept {
  SyncObject& object = semaphore_at(semaphore);
  if (only_try) {
    object_point(object, true, 1, site);
  } else {
    acquire_point(object, Wait::kSemaphore, site);
  }
  note_use(semaphore, site);
  while (object.value == 0) {
    if (only_try) {
      tried_in_vain(object);
      return refuse(EAGAIN);
    }
    if (!block(Wait::kSemaphore, &object, deadline, site) && object.value == 0) {
      return refuse(ETIMEDOUT);
    }
  }
  --object.value;
  acquire_from(object.released);
  if (only_try) tried_well();
  return 0;
}

int post(sem_t* semaphore, uptr site) noexcept {
  SyncObject& object = semaphore_at(semaphore);
  release_point(object, site);
  note_use(semaphore, site);
  release_into(object.released);
  ++object.value;
  ++object.version;
  wake_all(object);
  return 0;
}

// glibc's layout: what `in` and the round are comes first, then the number of threads.
u32 threads_of(const pthread_barrier_t* barrier) noexcept {
  u32 words[3];
  __builtin_memcpy(words, barrier, sizeof words);
  return words[2];
}

int arrive(pthread_barrier_t* barrier, uptr site) noexcept {
  SyncObject& object = object_at(barrier, ObjectKind::kBarrier);
  object_point(object);
  note_use(barrier, site);
  release_into(object.released);
  if (++object.count < threads_of(barrier)) {
    block(Wait::kBarrier, &object, kNever, site);
    return 0;
  }
  // The round is over for those that wait; what they know of it is told them here, because the object may be
  // in its next round before they run.
  object.count = 0;
  ThreadNumber waiters[kMaxThreads];
  const u32 count = waiters_of(object, Wait::kBarrier, waiters);
  for (u32 i = 0; i < count; ++i) {
    g_fibers[waiters[i]].clock.join(object.released);
    make_runnable(g_fibers[waiters[i]]);
  }
  acquire_from(object.released);
  return PTHREAD_BARRIER_SERIAL_THREAD;
}

}  // namespace
}  // namespace gridlock::internal::controlled

// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

int sem_init(sem_t* semaphore, int shared, unsigned value) noexcept {
  if (g_engine.on) forget_object(semaphore, ObjectKind::kSemaphore);
  return GRIDLOCK_REAL_FUNCTION(sem_init)(semaphore, shared, value);
}

int sem_destroy(sem_t* semaphore) noexcept {
  if (g_engine.on) {
    note_destroyed(semaphore, GRIDLOCK_SITE);
    forget_object(semaphore, ObjectKind::kSemaphore);
  }
  return GRIDLOCK_REAL_FUNCTION(sem_destroy)(semaphore);
}

int sem_wait(sem_t* semaphore) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(sem_wait)(semaphore);
  return take_permit(semaphore, kNever, false, GRIDLOCK_SITE);
}

int sem_trywait(sem_t* semaphore) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(sem_trywait)(semaphore);
  return take_permit(semaphore, kNever, true, GRIDLOCK_SITE);
}

int sem_timedwait(sem_t* semaphore, const timespec* time) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(sem_timedwait)(semaphore, time);
  if (!is_valid(*time)) return refuse(EINVAL);
  return take_permit(semaphore, moment_of(*time, CLOCK_REALTIME), false, GRIDLOCK_SITE);
}

int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* time) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(sem_clockwait)(semaphore, clock, time);
  if (!is_valid(*time)) return refuse(EINVAL);
  return take_permit(semaphore, moment_of(*time, clock), false, GRIDLOCK_SITE);
}

int sem_post(sem_t* semaphore) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(sem_post)(semaphore);
  return post(semaphore, GRIDLOCK_SITE);
}

int sem_getvalue(sem_t* semaphore, int* value) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(sem_getvalue)(semaphore, value);
  const SyncObject& object = semaphore_at(semaphore);
  object_point(object, false);
  note_use(semaphore, GRIDLOCK_SITE);
  *value = static_cast<int>(object.value);
  return 0;
}

int pthread_barrier_init(pthread_barrier_t* barrier, const pthread_barrierattr_t* attributes,
                         unsigned count) noexcept {
  if (g_engine.on) forget_object(barrier, ObjectKind::kBarrier);
  return GRIDLOCK_REAL_FUNCTION(pthread_barrier_init)(barrier, attributes, count);
}

int pthread_barrier_destroy(pthread_barrier_t* barrier) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_barrier_destroy)(barrier);
  note_destroyed(barrier, GRIDLOCK_SITE);
  forget_object(barrier, ObjectKind::kBarrier);
  return 0;
}

int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_barrier_wait)(barrier);
  return arrive(barrier, GRIDLOCK_SITE);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
