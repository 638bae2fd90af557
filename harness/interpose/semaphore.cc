// SPDX-License-Identifier: Apache-2.0
//
// Semaphores of one process that sem_init has made: the count is glibc's own, and behind its fields there is room for
// who the semaphore is and with how many permits it began. Those that processes share: shared_semaphore.cc.
#include "harness/interpose/semaphore.h"

#include <errno.h>

#include "harness/interpose/cancel.h"
#include "harness/interpose/libc_wait.h"
#include "harness/interpose/libc_ways.h"
#include "harness/interpose/named.h"
#include "harness/interpose/once_flags.h"
#include "harness/interpose/real.h"
#include "harness/interpose/shared_locks.h"
#include "harness/interpose/watch.h"

namespace gridlock::internal {
namespace {

constexpr ObjectType kType = ObjectType::kSemaphore;

GRIDLOCK_INLINE ThreadState* watching(sem_t* semaphore) noexcept {
  ThreadState* const state = watched_thread();
  const SemaphoreParts& parts = parts_of(semaphore);
  return state != nullptr && parts.shared == 0 && parts.made_here == check_of(semaphore) ? state
                                                                                         : nullptr;
}

Signal signal_of(ObjectId object, u32 first_permits) noexcept {
  return {object, Channel::kSignal, Rule::kCounted, first_permits};
}

int wait_for_permit(sem_t* semaphore, const Request& request, clockid_t clock,
                    const timespec* until) {
  SemaphoreParts& parts = parts_of(semaphore);
  const Operation& what = request.operation();
  LibcWait wait(request.state(), {kType, what.op, what.object, &parts.permits}, until != nullptr);
  const int meanwhile = wait.begin([] { return 0u; }, [&] { return try_permit(semaphore); });
  if (meanwhile != EBUSY) return meanwhile;
  int error = 0;
  GRIDLOCK_IF_CANCELLED({ wait.end(); });
  error =
      until != nullptr
          ? error_of(real().sem_clockwait(semaphore, clock, until))
          : wait.sleep([&] { return error_of(real().sem_wait(semaphore)); },
                       [&](const timespec* slice) {
                         return error_of(real().sem_clockwait(semaphore, CLOCK_MONOTONIC, slice));
                       });
  GRIDLOCK_END_IF_CANCELLED;
  wait.end();
  return error;
}

// As Semaphore's (primitives/semaphore.cc). 0, or -1 and errno.
int acquire(ThreadState* state, sem_t* semaphore, u64 nanoseconds, clockid_t clock,
            const timespec* until, const void* own_frame) {
  SemaphoreParts& parts = parts_of(semaphore);
  const int errno_before = errno;
  pass_statics(state);
  const Frame frame(state, own_frame);
  const u32 first = parts.first_permits;
  const ObjectId object = id_of(parts.mark, semaphore, kType);
  if (GRIDLOCK_UNLIKELY(object == 0))
    return acquire_unwatched(semaphore, nanoseconds, clock, until);
  const Op op = nanoseconds == kNoTimeout ? Op::kAcquire : Op::kTryAcquire;
  const Request request({kType, op, object, nullptr, nanoseconds}, frame.address());
  const Signal signal = signal_of(object, first);
  if (first != 1) request.receives(signal);
  if (request.no_timeout()) before_permit(state, object, first);
  int error = try_permit(semaphore);
  if (error == EBUSY)
    error = nanoseconds == kNoWait ? EAGAIN : wait_for_permit(semaphore, request, clock, until);
  if (error != 0) {
    errno = error;
    return -1;
  }
  after_acquire(state, object, may_be_lock(object, first) ? kLockLike : 0);
  if (first != 1) after_receive(state, signal);
  errno = errno_before;
  return 0;
}

// Whatever is told is told before whoever gets the permit goes on.
void tell_of_release(ThreadState* state, sem_t* semaphore, const void* caller) noexcept {
  SemaphoreParts& parts = parts_of(semaphore);
  const u32 first = parts.first_permits;
  const ObjectId object = id_of(parts.mark, semaphore, kType);
  if (object == 0) return;
  const Release release({kType, Op::kRelease, object, nullptr, 0}, caller);
  const Held* const held = find_held(state, object);
  const bool own = held != nullptr && count_of(*held) != 0;
  before_release(state, object);
  if (first != 1) release.signals(signal_of(object, first));
  note_permit_released(state, object, first, own);
}

}  // namespace

int try_permit(sem_t* semaphore) noexcept {
  const int error = error_of(real().sem_trywait(semaphore));
  return error == EAGAIN ? EBUSY : error;
}

int acquire_unwatched(sem_t* semaphore, u64 nanoseconds, clockid_t clock, const timespec* until) {
  return by_libc_alone(
      nanoseconds, until, [&] { return real().sem_trywait(semaphore); },
      [&](const timespec* end) { return real().sem_clockwait(semaphore, clock, end); },
      [&] { return real().sem_wait(semaphore); });
}

ObjectId number_of(sem_t* semaphore) noexcept {
  SemaphoreParts& parts = parts_of(semaphore);
  if (parts.shared != 0)
    return watched_thread() != nullptr ? id_of_shared(parts.mark, ObjectType::kProcessSemaphore)
                                       : 0;
  const bool watched = parts.shared == 0 && parts.made_here == check_of(semaphore);
  return watched ? id_of(parts.mark, semaphore, kType) : 0;
}

}  // namespace gridlock::internal

// NOLINTNEXTLINE(google-build-using-namespace): outside the wall
using namespace gridlock::internal;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

GRIDLOCK_EXPORT int sem_init(sem_t* semaphore, int shared, unsigned permits) noexcept {
  const int result = real().sem_init(semaphore, shared, permits);
  if (result != 0) return result;
  if (shared != 0) {
    note_new_shared_semaphore(semaphore, __builtin_frame_address(0));
    return 0;
  }
  SemaphoreParts& parts = parts_of(semaphore);
  mark_new(parts.mark, semaphore, kType, __builtin_frame_address(0));
  parts.first_permits = permits;
  parts.made_here = check_of(semaphore);
  return 0;
}

GRIDLOCK_EXPORT int sem_destroy(sem_t* semaphore) noexcept {
  SemaphoreParts& parts = parts_of(semaphore);
  if (watching(semaphore) != nullptr) {
    parts.made_here = 0;
    retire(parts.mark, semaphore);
  }
  return real().sem_destroy(semaphore);
}

GRIDLOCK_EXPORT int sem_wait(sem_t* semaphore) {
  if (GRIDLOCK_UNLIKELY(is_shared(semaphore)))
    return acquire_shared_permit(semaphore, kNoTimeout, 0, nullptr, __builtin_frame_address(0));
  ThreadState* const state = watching(semaphore);
  if (state == nullptr) return real().sem_wait(semaphore);
  return acquire(state, semaphore, kNoTimeout, 0, nullptr, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int sem_trywait(sem_t* semaphore) noexcept {
  if (GRIDLOCK_UNLIKELY(is_shared(semaphore)))
    return acquire_shared_permit(semaphore, kNoWait, 0, nullptr, __builtin_frame_address(0));
  ThreadState* const state = watching(semaphore);
  if (state == nullptr) return real().sem_trywait(semaphore);
  return acquire(state, semaphore, 0, 0, nullptr, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int sem_timedwait(sem_t* semaphore, const timespec* until) {
  if (GRIDLOCK_UNLIKELY(is_shared(semaphore)))
    return acquire_shared_permit(semaphore, 1, CLOCK_REALTIME, until, __builtin_frame_address(0));
  ThreadState* const state = watching(semaphore);
  if (state == nullptr) return real().sem_timedwait(semaphore, until);
  return acquire(state, semaphore, 1, CLOCK_REALTIME, until, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
  if (GRIDLOCK_UNLIKELY(is_shared(semaphore)))
    return acquire_shared_permit(semaphore, 1, clock, until, __builtin_frame_address(0));
  ThreadState* const state = watching(semaphore);
  if (state == nullptr) return real().sem_clockwait(semaphore, clock, until);
  return acquire(state, semaphore, 1, clock, until, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int sem_post(sem_t* semaphore) noexcept {
  if (GRIDLOCK_UNLIKELY(is_shared(semaphore)))
    return release_shared_permit(semaphore, __builtin_return_address(0));
  if (ThreadState* const state = watching(semaphore))
    tell_of_release(state, semaphore, __builtin_return_address(0));
  return real().sem_post(semaphore);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
