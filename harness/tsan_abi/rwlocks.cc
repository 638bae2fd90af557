// SPDX-License-Identifier: Apache-2.0
//
// pthread_rwlock_t, which std::shared_mutex is. Readers come in while a writer waits, as glibc has it, unless
// the lock was made to prefer writers.
#include <errno.h>
#include <pthread.h>

#include "harness/tsan_abi/objects.h"
#include "harness/tsan_abi/precise.h"
#include "harness/tsan_abi/real.h"
#include "harness/tsan_abi/shadow.h"
#include "harness/tsan_abi/virtual_time.h"

namespace gridlock::internal::controlled {
namespace {

SyncObject& object_of(pthread_rwlock_t* lock) noexcept {
  return object_at(lock, ObjectKind::kReadWriteLock);
}

bool may_read(const pthread_rwlock_t* lock, const SyncObject& object) noexcept {
  if (object.owner != kNobody) return false;
  if (lock->__data.__flags != PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) return true;
  // Whether a writer waits is no step of it.
  if (g_engine.exhaustive != nullptr) g_engine.exhaustive->doubt();
  ThreadNumber waiters[kMaxThreads];
  return waiters_of(object, Wait::kWriteLock, waiters) == 0;
}

int acquire_shared(pthread_rwlock_t* lock, u64 deadline, bool only_try, uptr site) noexcept {
  SyncObject& object = object_of(lock);
  if (only_try) {
    object_point(object, false, 1, site);
  } else {
    acquire_point(object, Wait::kReadLock, site, false);
  }
  note_use(lock, site);
  const u32 self = g_engine.current->number;
  if (object.owner == self && !only_try) return EDEADLK;
  while (!may_read(lock, object)) {
    if (only_try) {
      tried_in_vain(object);
      return EBUSY;
    }
    if (!block(Wait::kReadLock, &object, deadline, site) && !may_read(lock, object)) {
      return ETIMEDOUT;
    }
  }
  ++object.count;
  object.holds[self >> 3] = static_cast<u8>(object.holds[self >> 3] | 1u << (self & 7));
  acquire_from(object.released);
  if (only_try) tried_well();
  return 0;
}

int acquire_exclusive(pthread_rwlock_t* lock, u64 deadline, bool only_try, uptr site) noexcept {
  SyncObject& object = object_of(lock);
  if (only_try) {
    object_point(object, true, 1, site);
  } else {
    acquire_point(object, Wait::kWriteLock, site);
  }
  note_use(lock, site);
  const u32 self = g_engine.current->number;
  if (object.owner == self && !only_try) return EDEADLK;
  while (object.owner != kNobody || object.count != 0) {
    if (only_try) {
      tried_in_vain(object);
      return EBUSY;
    }
    if (!block(Wait::kWriteLock, &object, deadline, site) &&
        (object.owner != kNobody || object.count != 0)) {
      wake_all(object);  // readers that waited for this writer
      return ETIMEDOUT;
    }
  }
  object.owner = self;
  object.site = site;
  acquire_from(object.released);
  acquire_from(object.read);
  if (only_try) tried_well();
  return 0;
}

int release(pthread_rwlock_t* lock, uptr site) noexcept {
  SyncObject& object = object_of(lock);
  release_point(object, site, object.owner == g_engine.current->number);
  note_use(lock, site);
  const u32 self = g_engine.current->number;
  if (object.owner == self) {
    object.owner = kNobody;
    release_into(object.released);
    object.read.clear();
    ++object.version;
    wake_all(object);
    return 0;
  }
  if (object.count == 0) {
    Text text = failing();
    text.text("  ").thread(self).text(" unlocks ");
    describe_object(text, object);
    text.text(", which it does not hold, at ").site(site).text("\n");
    fail(Failure::kMisuse);
  }
  release_into(object.read);
  object.holds[self >> 3] = static_cast<u8>(object.holds[self >> 3] & ~(1u << (self & 7)));
  ++object.version;
  if (--object.count == 0) wake_all(object);
  return 0;
}

}  // namespace
}  // namespace gridlock::internal::controlled

// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

int pthread_rwlock_init(pthread_rwlock_t* lock, const pthread_rwlockattr_t* attributes) noexcept {
  if (g_engine.on) forget_object(lock, ObjectKind::kReadWriteLock);
  return GRIDLOCK_REAL_FUNCTION(pthread_rwlock_init)(lock, attributes);
}

int pthread_rwlock_destroy(pthread_rwlock_t* lock) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_rwlock_destroy)(lock);
  note_destroyed(lock, GRIDLOCK_SITE);
  forget_object(lock, ObjectKind::kReadWriteLock);
  return 0;
}

#define GRIDLOCK_RWLOCK(name, acquire, only_try)                 \
  int name(pthread_rwlock_t* lock) noexcept {                    \
    if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(name)(lock); \
    return acquire(lock, kNever, only_try, GRIDLOCK_SITE);       \
  }
GRIDLOCK_RWLOCK(pthread_rwlock_rdlock, acquire_shared, false)
GRIDLOCK_RWLOCK(pthread_rwlock_tryrdlock, acquire_shared, true)
GRIDLOCK_RWLOCK(pthread_rwlock_wrlock, acquire_exclusive, false)
GRIDLOCK_RWLOCK(pthread_rwlock_trywrlock, acquire_exclusive, true)

#define GRIDLOCK_TIMED_RWLOCK(name, acquire)                                      \
  int name(pthread_rwlock_t* lock, const timespec* time) noexcept {               \
    if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(name)(lock, time);            \
    if (!is_valid(*time)) return EINVAL;                                          \
    return acquire(lock, moment_of(*time, CLOCK_REALTIME), false, GRIDLOCK_SITE); \
  }
GRIDLOCK_TIMED_RWLOCK(pthread_rwlock_timedrdlock, acquire_shared)
GRIDLOCK_TIMED_RWLOCK(pthread_rwlock_timedwrlock, acquire_exclusive)

#define GRIDLOCK_CLOCK_RWLOCK(name, acquire)                                         \
  int name(pthread_rwlock_t* lock, clockid_t clock, const timespec* time) noexcept { \
    if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(name)(lock, clock, time);        \
    if (!is_valid(*time)) return EINVAL;                                             \
    return acquire(lock, moment_of(*time, clock), false, GRIDLOCK_SITE);             \
  }
GRIDLOCK_CLOCK_RWLOCK(pthread_rwlock_clockrdlock, acquire_shared)
GRIDLOCK_CLOCK_RWLOCK(pthread_rwlock_clockwrlock, acquire_exclusive)

int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_rwlock_unlock)(lock);
  return release(lock, GRIDLOCK_SITE);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
