// SPDX-License-Identifier: Apache-2.0
//
// Semaphores that processes share. Nobody holds a permit: any process that maps the semaphore may post it. So a wait is published
// with nobody who would have to act, and it is the kernel that is asked whether anybody will (runtime/process_tree/lasting_sleep.h).
#include <errno.h>

#include "harness/interpose/cancel.h"
#include "harness/interpose/handled_signals.h"
#include "harness/interpose/libc_wait.h"
#include "harness/interpose/libc_ways.h"
#include "harness/interpose/once_flags.h"
#include "harness/interpose/real.h"
#include "harness/interpose/semaphore.h"
#include "harness/interpose/shared_locks.h"

namespace gridlock::internal {
namespace {

constexpr ObjectType kType = ObjectType::kProcessSemaphore;

// A handler interrupts it where it would not have interrupted the whole wait.
int sleep_for(sem_t* semaphore, const timespec* slice) {
  const int error = error_of(real().sem_clockwait(semaphore, CLOCK_MONOTONIC, slice));
  return error == EINTR && handlers_let_calls_go_on() ? ETIMEDOUT : error;
}

int wait_for(sem_t* semaphore, const Request& request, clockid_t clock, const timespec* until) {
  SemaphoreParts& parts = parts_of(semaphore);
  const Operation& what = request.operation();
  LibcWait wait(request.state(), {kType, what.op, what.object, &parts.permits}, until != nullptr);
  const int meanwhile = wait.begin([] { return 0u; }, [&] { return try_permit(semaphore); });
  if (meanwhile != EBUSY) return meanwhile;
  int error = 0;
  GRIDLOCK_IF_CANCELLED({ wait.end(); });
  error = until != nullptr
              ? error_of(real().sem_clockwait(semaphore, clock, until))
              : wait.sleep_and_look(
                    [&] { return error_of(real().sem_wait(semaphore)); },
                    [&](const timespec* slice) { return sleep_for(semaphore, slice); },
                    [&] { return look_at_followed_permit(request.state(), parts.permits); });
  GRIDLOCK_END_IF_CANCELLED;
  wait.end();
  return error;
}

}  // namespace

int acquire_shared_permit(sem_t* semaphore, u64 nanoseconds, clockid_t clock, const timespec* until,
                          const void* own_frame) {
  ThreadState* const state = watched_thread();
  const ObjectId object = state != nullptr ? id_of_shared(parts_of(semaphore).mark, kType) : 0;
  if (object == 0) return acquire_unwatched(semaphore, nanoseconds, clock, until);
  const int errno_before = errno;
  pass_statics(state);
  const Frame frame(state, own_frame);
  const Op op = nanoseconds == kNoTimeout ? Op::kAcquire : Op::kTryAcquire;
  const Request request({kType, op, object, nullptr, nanoseconds}, frame.address());
  int error = try_permit(semaphore);
  if (error == EBUSY)
    error = nanoseconds == kNoWait ? EAGAIN : wait_for(semaphore, request, clock, until);
  if (error != 0) {
    errno = error;
    return -1;
  }
  request.granted();
  errno = errno_before;
  return 0;
}

int release_shared_permit(sem_t* semaphore, const void* caller) noexcept {
  ThreadState* const state = watched_thread();
  const ObjectId object = state != nullptr ? id_of_shared(parts_of(semaphore).mark, kType) : 0;
  if (object != 0) const Release release({kType, Op::kRelease, object, nullptr, 0}, caller);
  return real().sem_post(semaphore);
}

void note_new_shared_semaphore(sem_t* semaphore, const void* own_frame) noexcept {
  Mark& mark = parts_of(semaphore).mark;
  mark.id_and_check.store(0);
  note_new_shared(mark, own_frame, kType);
}

}  // namespace gridlock::internal
