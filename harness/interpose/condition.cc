// SPDX-License-Identifier: Apache-2.0
//
// Conditions: what a wait does to its mutex.
#include "harness/interpose/cancel.h"
#include "harness/interpose/mutex.h"
#include "harness/interpose/real.h"
#include "harness/interpose/watch.h"

namespace gridlock::internal {
namespace {

template <typename Wait>
GRIDLOCK_INLINE int wait_without(pthread_mutex_t* mutex, const void* own_frame, Wait wait) {
  ThreadState* const state = watched_thread();
  if (state == nullptr) return wait();
  const Frame frame(state, own_frame);
  const ObjectId object = let_go_of_mutex(state, mutex, frame.caller());
  if (object == 0) return wait();
  int error = 0;
  // glibc has the mutex again before it calls this.
  GRIDLOCK_IF_CANCELLED({ have_mutex_again(state, mutex, object, frame.address()); });
  error = wait();
  GRIDLOCK_END_IF_CANCELLED;
  have_mutex_again(state, mutex, object, frame.address());
  return error;
}

}  // namespace
}  // namespace gridlock::internal

using namespace gridlock::
    internal;  // NOLINT(google-build-using-namespace): what follows is outside the wall

// NOLINTBEGIN(readability-identifier-naming): libc's names
extern "C" {

GRIDLOCK_EXPORT int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  return wait_without(mutex, __builtin_frame_address(0),
                      [&] { return real().pthread_cond_wait(condition, mutex); });
}

GRIDLOCK_EXPORT int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                           const timespec* until) {
  return wait_without(mutex, __builtin_frame_address(0),
                      [&] { return real().pthread_cond_timedwait(condition, mutex, until); });
}

GRIDLOCK_EXPORT int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                           clockid_t clock, const timespec* until) {
  return wait_without(mutex, __builtin_frame_address(0), [&] {
    return real().pthread_cond_clockwait(condition, mutex, clock, until);
  });
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
