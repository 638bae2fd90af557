// SPDX-License-Identifier: Apache-2.0
//
// pthread_mutex_t: normal, recursive and error-checking ones. An unlock lets all that wait look again, so
// that any of them, or a thread that comes by, may have it next.
#include "harness/tsan_abi/mutexes.h"

#include <errno.h>

#include "harness/platform/c11_threads.h"
#include "harness/tsan_abi/precise.h"
#include "harness/tsan_abi/real.h"
#include "harness/tsan_abi/shadow.h"
#include "harness/tsan_abi/virtual_time.h"

namespace gridlock::internal::controlled {
namespace {

int type_of(const pthread_mutex_t* mutex) noexcept { return mutex->__data.__kind & 3; }

[[noreturn]] void misused(const SyncObject& object, const char* how, uptr site) noexcept {
  Text text = failing();
  text.text("  ").thread(g_engine.current->number).text(how);
  describe_object(text, object);
  if (object.owner == kNobody) {
    text.text(", which nobody holds, at ");
  } else {
    text.text(", which ").thread(object.owner).text(" holds, at ");
  }
  text.site(site).text("\n");
  fail(Failure::kMisuse);
}

void grant(SyncObject& object, u32 levels, uptr site) noexcept {
  object.owner = g_engine.current->number;
  object.count = levels;
  object.site = site;
  acquire_from(object.released);
}

int try_mutex(pthread_mutex_t* mutex, uptr site) noexcept {
  SyncObject& object = object_at(mutex, ObjectKind::kMutex);
  object_point(object, true, 1, site);
  note_use(mutex, site);
  if (object.owner == kNobody) {
    grant(object, 1, site);
    tried_well();
    return 0;
  }
  if (object.owner == g_engine.current->number && type_of(mutex) == PTHREAD_MUTEX_RECURSIVE) {
    ++object.count;
    return 0;
  }
  tried_in_vain(object);
  return EBUSY;
}

}  // namespace

int lock_mutex(pthread_mutex_t* mutex, u64 deadline, uptr site) noexcept {
  SyncObject& object = object_at(mutex, ObjectKind::kMutex);
  acquire_point(object, Wait::kMutex, site);
  note_use(mutex, site);
  if (object.owner == g_engine.current->number) {
    if (type_of(mutex) == PTHREAD_MUTEX_RECURSIVE) {
      ++object.count;
      return 0;
    }
    if (type_of(mutex) == PTHREAD_MUTEX_ERRORCHECK) return EDEADLK;
  }
  while (object.owner != kNobody) {
    if (!block(Wait::kMutex, &object, deadline, site) && object.owner != kNobody) return ETIMEDOUT;
  }
  grant(object, 1, site);
  return 0;
}

int unlock_mutex(pthread_mutex_t* mutex, uptr site) noexcept {
  SyncObject& object = object_at(mutex, ObjectKind::kMutex);
  release_point(object, site);
  note_use(mutex, site);
  if (object.owner != g_engine.current->number) {
    if (type_of(mutex) != PTHREAD_MUTEX_NORMAL) return EPERM;
    misused(object, " unlocks ", site);
  }
  if (--object.count == 0) leave_mutex(object);
  return 0;
}

u32 leave_mutex(SyncObject& object) noexcept {
  const u32 levels = object.count;
  object.owner = kNobody;
  object.count = 0;
  ++object.version;
  release_into(object.released);
  wake_all(object);
  return levels;
}

void take_mutex_again(SyncObject& object, u32 levels, uptr site) noexcept {
  while (object.owner != kNobody) block(Wait::kMutex, &object, kNever, site);
  grant(object, levels, site);
}

}  // namespace gridlock::internal::controlled

using gridlock::internal::c11_word;
using gridlock::internal::inside;
// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

int pthread_mutex_init(pthread_mutex_t* mutex, const pthread_mutexattr_t* attributes) noexcept {
  if (g_engine.on) forget_object(mutex, ObjectKind::kMutex);
  return GRIDLOCK_REAL_FUNCTION(pthread_mutex_init)(mutex, attributes);
}

int pthread_mutex_destroy(pthread_mutex_t* mutex) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_mutex_destroy)(mutex);
  const SyncObject& object = object_at(mutex, ObjectKind::kMutex);
  if (object.owner != kNobody) misused(object, " destroys ", GRIDLOCK_SITE);
  note_destroyed(mutex, GRIDLOCK_SITE);
  forget_object(mutex, ObjectKind::kMutex);
  return 0;
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_mutex_lock)(mutex);
  return lock_mutex(mutex, kNever, GRIDLOCK_SITE);
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_mutex_trylock)(mutex);
  return try_mutex(mutex, GRIDLOCK_SITE);
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* time) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_mutex_timedlock)(mutex, time);
  if (!is_valid(*time)) return EINVAL;
  return lock_mutex(mutex, moment_of(*time, CLOCK_REALTIME), GRIDLOCK_SITE);
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                            const timespec* time) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_mutex_clocklock)(mutex, clock, time);
  if (!is_valid(*time)) return EINVAL;
  return lock_mutex(mutex, moment_of(*time, clock), GRIDLOCK_SITE);
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_mutex_unlock)(mutex);
  return unlock_mutex(mutex, GRIDLOCK_SITE);
}

int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_spin_lock)(lock);
  SyncObject& object = object_at(const_cast<const int*>(lock), ObjectKind::kMutex);
  acquire_point(object, Wait::kMutex, GRIDLOCK_SITE);
  take_mutex_again(object, 1, GRIDLOCK_SITE);
  return 0;
}

int pthread_spin_trylock(pthread_spinlock_t* lock) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_spin_trylock)(lock);
  SyncObject& object = object_at(const_cast<const int*>(lock), ObjectKind::kMutex);
  object_point(object);
  if (object.owner != kNobody) {
    tried_in_vain(object);
    return EBUSY;
  }
  take_mutex_again(object, 1, GRIDLOCK_SITE);
  tried_well();
  return 0;
}

int pthread_spin_unlock(pthread_spinlock_t* lock) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(pthread_spin_unlock)(lock);
  SyncObject& object = object_at(const_cast<const int*>(lock), ObjectKind::kMutex);
  release_point(object, GRIDLOCK_SITE);
  if (object.owner != g_engine.current->number) misused(object, " unlocks ", GRIDLOCK_SITE);
  leave_mutex(object);
  return 0;
}

int mtx_init(mtx_t* mutex, int type) {
  if (g_engine.on) forget_object(mutex, ObjectKind::kMutex);
  return GRIDLOCK_REAL_FUNCTION(mtx_init)(mutex, type);
}

void mtx_destroy(mtx_t* mutex) { pthread_mutex_destroy(inside(mutex)); }

int mtx_lock(mtx_t* mutex) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(mtx_lock)(mutex);
  return c11_word(lock_mutex(inside(mutex), kNever, GRIDLOCK_SITE));
}

int mtx_trylock(mtx_t* mutex) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(mtx_trylock)(mutex);
  return c11_word(try_mutex(inside(mutex), GRIDLOCK_SITE));
}

int mtx_timedlock(mtx_t* __restrict mutex, const timespec* __restrict time) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(mtx_timedlock)(mutex, time);
  if (!is_valid(*time)) return thrd_error;
  return c11_word(lock_mutex(inside(mutex), moment_of(*time, CLOCK_REALTIME), GRIDLOCK_SITE));
}

int mtx_unlock(mtx_t* mutex) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(mtx_unlock)(mutex);
  return c11_word(unlock_mutex(inside(mutex), GRIDLOCK_SITE));
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
