// SPDX-License-Identifier: Apache-2.0
//
// C11's threads. Inside glibc they are those of POSIX, which call each other directly; here they call what stands in
// front of those.
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include "harness/interpose/real.h"
#include "harness/interpose/watch.h"
#include "harness/platform/c11_threads.h"

using gridlock::internal::c11_word;
using gridlock::internal::inside;
using gridlock::internal::real;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

GRIDLOCK_EXPORT int mtx_init(mtx_t* mutex, int type) { return real().mtx_init(mutex, type); }
GRIDLOCK_EXPORT void mtx_destroy(mtx_t* mutex) { pthread_mutex_destroy(inside(mutex)); }
GRIDLOCK_EXPORT int mtx_lock(mtx_t* mutex) { return c11_word(pthread_mutex_lock(inside(mutex))); }
GRIDLOCK_EXPORT int mtx_trylock(mtx_t* mutex) {
  return c11_word(pthread_mutex_trylock(inside(mutex)));
}
GRIDLOCK_EXPORT int mtx_timedlock(mtx_t* mutex, const timespec* until) {
  return c11_word(pthread_mutex_timedlock(inside(mutex), until));
}
GRIDLOCK_EXPORT int mtx_unlock(mtx_t* mutex) {
  return c11_word(pthread_mutex_unlock(inside(mutex)));
}

GRIDLOCK_EXPORT int thrd_join(thrd_t native, int* result) {
  void* value = nullptr;
  const int error = pthread_join(native, &value);
  if (error == 0 && result != nullptr)
    *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
  return c11_word(error);
}

GRIDLOCK_EXPORT int thrd_detach(thrd_t native) { return c11_word(pthread_detach(native)); }

GRIDLOCK_EXPORT int cnd_init(cnd_t* condition) { return real().cnd_init(condition); }
GRIDLOCK_EXPORT void cnd_destroy(cnd_t* condition) { pthread_cond_destroy(inside(condition)); }
GRIDLOCK_EXPORT int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return c11_word(pthread_cond_wait(inside(condition), inside(mutex)));
}
GRIDLOCK_EXPORT int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return c11_word(pthread_cond_timedwait(inside(condition), inside(mutex), until));
}
GRIDLOCK_EXPORT int cnd_signal(cnd_t* condition) {
  return c11_word(pthread_cond_signal(inside(condition)));
}
GRIDLOCK_EXPORT int cnd_broadcast(cnd_t* condition) {
  return c11_word(pthread_cond_broadcast(inside(condition)));
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
