// SPDX-License-Identifier: Apache-2.0
//
// Everything is glibc's own; around it the order is asked and a wait published. The holder stands in the list field, set behind
// each acquisition and cleared before each release.
#include "harness/interpose/shared_mutex.h"

#include <errno.h>

#include "harness/interpose/libc_wait.h"
#include "harness/interpose/once_flags.h"
#include "harness/interpose/real.h"
#include "harness/interpose/shared_locks.h"

namespace gridlock::internal {
namespace {

void note_locked(MutexParts& mutex, const Request& request) noexcept {
  request.granted();
  mutex.holder.store(followed_token(request.state()));
  request.holds();
  note_shared_held();
}

void note_unlocking(MutexParts& mutex, const Release& release) noexcept {
  release.drops();
  mutex.holder.store(0);
  note_shared_left();
}

GRIDLOCK_NOINLINE int wait_for(pthread_mutex_t* mutex, const Request& request, clockid_t clock,
                               const timespec* until) noexcept {
  MutexParts& parts = parts_of(mutex);
  const Operation& what = request.operation();
  LibcWait wait(request.state(), {what.type, what.op, what.object, &parts.holder},
                until != nullptr);
  const int meanwhile = wait.begin([&] { return parts.holder.load(); },
                                   [&] { return real().pthread_mutex_trylock(mutex); });
  if (meanwhile != EBUSY) return meanwhile;
  const auto& owner = reinterpret_cast<const std::atomic<int>&>(parts.owner);
  const int error =
      until != nullptr
          ? real().pthread_mutex_clocklock(mutex, clock, until)
          : wait.sleep_and_look(
                [&] { return real().pthread_mutex_lock(mutex); },
                [&](const timespec* slice) {
                  return real().pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, slice);
                },
                [&] { return look_at_followed(request.state(), {parts.holder, &owner, mutex}); });
  wait.end();
  return error;
}

GRIDLOCK_NOINLINE int lock(ThreadState* state, pthread_mutex_t* mutex, ObjectId object, Op op,
                           u64 nanoseconds, clockid_t clock, const timespec* until,
                           const void* own_frame) noexcept {
  MutexParts& parts = parts_of(mutex);
  const int type = parts.kind & kTypeMask;
  // At once, in whatever way.
  if (names(parts.holder, state) &&
      (type == PTHREAD_MUTEX_RECURSIVE_NP || type == PTHREAD_MUTEX_ERRORCHECK_NP))
    return really_lock(mutex, nanoseconds, clock, until);
  pass_statics(state);
  const Frame frame(state, own_frame);
  const Request request({kSharedType, op, object, nullptr, nanoseconds}, frame.address());
  request.orders(Ask::kLock);
  int error = real().pthread_mutex_trylock(mutex);
  if (error == EBUSY && nanoseconds != kNoWait) error = wait_for(mutex, request, clock, until);
  if (error == 0) note_locked(parts, request);
  return error;
}

}  // namespace

int lock_shared(pthread_mutex_t* mutex, Op op, u64 nanoseconds, clockid_t clock,
                const timespec* until, const void* own_frame) noexcept {
  ThreadState* const state = watched_thread();
  const ObjectId object = state != nullptr ? id_of_shared(parts_of(mutex).mark) : 0;
  if (object == 0) return really_lock(mutex, nanoseconds, clock, until);
  return lock(state, mutex, object, op, nanoseconds, clock, until, own_frame);
}

int unlock_shared(pthread_mutex_t* mutex, const void* caller) noexcept {
  ThreadState* const state = watched_thread();
  MutexParts& parts = parts_of(mutex);
  const bool stays = (parts.kind & kTypeMask) == PTHREAD_MUTEX_RECURSIVE_NP && parts.count > 1;
  const bool is_mine = state != nullptr && names(parts.holder, state);
  const ObjectId object = is_mine && !stays ? id_of_shared(parts.mark) : 0;
  if (object == 0) {
    // It is nobody's afterwards, whose ever it was.
    if (state != nullptr && !stays) parts.holder.store(0);
    return real().pthread_mutex_unlock(mutex);
  }
  note_unlocking(parts, Release({kSharedType, Op::kUnlock, object, nullptr, 0}, caller));
  return real().pthread_mutex_unlock(mutex);
}

ObjectId let_go_of_shared(ThreadState* state, pthread_mutex_t* mutex, const void* caller) noexcept {
  MutexParts& parts = parts_of(mutex);
  const ObjectId object = names(parts.holder, state) ? id_of_shared(parts.mark) : 0;
  if (object != 0)
    note_unlocking(parts, Release({kSharedType, Op::kUnlock, object, nullptr, 0}, caller));
  return object;
}

void have_shared_again(pthread_mutex_t* mutex, ObjectId object, const void* own_frame) noexcept {
  const Request request({kSharedType, Op::kLock, object, nullptr, kNoTimeout}, own_frame);
  request.orders(Ask::kLock);
  note_locked(parts_of(mutex), request);
}

}  // namespace gridlock::internal
