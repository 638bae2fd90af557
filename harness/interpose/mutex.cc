// SPDX-License-Identifier: Apache-2.0
//
// Mutexes. The word is glibc's and is changed as glibc does it, so that its own functions go on working on it:
//   lock:   0 -> 1 by compare-and-swap, owner, users; if it is held, glibc's own function waits
//   unlock: users, owner, exchange to 0; if it was 2, wake one
// Beside it lies who holds it, for the look for deadlocks (waits/wait.cc): `holder` is set behind every acquisition
// and cleared before every release. So a holder that is named has it, whatever glibc's word says at that moment;
// whoever has just got it and is not named yet runs, and looks for itself when it waits for something.
#include "harness/interpose/mutex.h"

#include <errno.h>

#include "harness/interpose/fast_mutex.h"
#include "harness/interpose/libc_wait.h"
#include "harness/interpose/once_flags.h"
#include "harness/interpose/real.h"
#include "harness/interpose/robust.h"
#include "harness/interpose/shared_locks.h"
#include "harness/interpose/shared_mutex.h"
#include "harness/interpose/taken_away.h"
#include "harness/interpose/watch.h"
#include "harness/platform/futex.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/acts.h"

namespace gridlock::internal {
namespace {

// What a function that is jumped to returns: if the compiler knew that it is 0, it would call it and come back.
GRIDLOCK_INLINE int success() noexcept {
  int zero = 0;
  asm("" : "+r"(zero));  // NOLINT(hicpp-no-assembler)
  return zero;
}

// The calling thread has it by now, or once more.
void note_locked(MutexParts& mutex, const Request& request, bool again) noexcept {
  ThreadState* const state = request.state();
  request.granted();
  if (again) {
    if (Held* const held = find_held(state, request.object()))
      held->amount = (held->amount & ~kCount) | (mutex.count & kCount);
    return;
  }
  mutex.holder.store(state->slot_word, std::memory_order_relaxed);
  request.holds();
}

// Most critical sections are shorter than what a sleep costs, and what is written down before one.
bool spin_for(pthread_mutex_t* mutex) noexcept {
  const MutexParts& parts = parts_of(mutex);
  return spin([&] {
    const u32 word = parts.lock.load(std::memory_order_relaxed);
    if (word == 0 && real().pthread_mutex_trylock(mutex) == 0) return Spin::kGot;
    return word > 1 ? Spin::kStop : Spin::kAgain;
  });
}

// `until`: nullptr for a lock without a limit.
GRIDLOCK_NOINLINE int wait_for_mutex(pthread_mutex_t* mutex, const Request& request,
                                     clockid_t clock, const timespec* until) noexcept {
  MutexParts& parts = parts_of(mutex);
  if (!is_held_by(parts, request.state()) && spin_for(mutex)) return 0;
  const Operation& what = request.operation();
  LibcWait wait(request.state(), {what.type, what.op, what.object, &parts.holder},
                until != nullptr);
  const int meanwhile = wait.begin([&] { return parts.holder.load(); },
                                   [&] { return real().pthread_mutex_trylock(mutex); });
  if (meanwhile != EBUSY) return meanwhile;
  const int error = until != nullptr ? real().pthread_mutex_clocklock(mutex, clock, until)
                                     : wait.sleep([&] { return real().pthread_mutex_lock(mutex); },
                                                  [&](const timespec* slice) {
                                                    return real().pthread_mutex_clocklock(
                                                        mutex, CLOCK_MONOTONIC, slice);
                                                  });
  wait.end();
  return error;
}

// Every form of lock but the fastest. A try: `nanoseconds` kNoWait.
GRIDLOCK_NOINLINE int lock_in_full(ThreadState* state, pthread_mutex_t* mutex, Op op,
                                   u64 nanoseconds, clockid_t clock, const timespec* until,
                                   const void* own_frame) noexcept {
  MutexParts& parts = parts_of(mutex);
  look_what_was_taken_away(state);
  pass_statics(state);
  const Frame frame(state, own_frame);
  const ObjectType type = type_of(parts);
  const ObjectId object = id_of(parts.mark, mutex, type);
  if (GRIDLOCK_UNLIKELY(object == 0)) return really_lock(mutex, nanoseconds, clock, until);
  const bool again = is_held_by(parts, state);
  const Request request({type, op, object, nullptr, nanoseconds}, frame.address());
  if (!again || type != ObjectType::kRLock) request.orders(Ask::kLock);
  int error = real().pthread_mutex_trylock(mutex);
  if (error == EBUSY && (parts.kind & kTypeMask) == PTHREAD_MUTEX_ERRORCHECK_NP && again &&
      nanoseconds != kNoWait)
    return EDEADLK;
  if (error == EBUSY && nanoseconds != kNoWait)
    error = wait_for_mutex(mutex, request, clock, until);
  if (error == 0) note_locked(parts, request, again);
  return error;
}

// By a thread that does not have it. A mutex of the type "errorcheck" is asked to say so, which is no misuse. One that
// does not know its owner is free afterwards.
void report_bad_unlock(ThreadState* state, MutexParts& parts, ObjectId object,
                       const void* caller) noexcept {
  state->ring.add(Op::kUnlock, object, reinterpret_cast<uptr>(caller), 0);
  const int type = parts.kind & kTypeMask;
  if (type == PTHREAD_MUTEX_ERRORCHECK_NP) return;
  const u32 holder = parts.holder.load(std::memory_order_relaxed);
  const bool is_consequence = was_taken_away(state, object);
  if (type != PTHREAD_MUTEX_RECURSIVE_NP) {
    parts.holder.store(0, std::memory_order_relaxed);
    if (holder != 0) take_away(holder, object);
  }
  if (is_consequence) return;
  report_misuse(holder == 0 ? Kind::kMisuseUnlockFree : Kind::kMisuseUnlockNotOwner, state,
                Op::kUnlock, object, holder);
}

GRIDLOCK_NOINLINE int unlock_in_full(ThreadState* state, pthread_mutex_t* mutex,
                                     const void* caller) noexcept {
  MutexParts& parts = parts_of(mutex);
  ObjectId object = marked_id(parts.mark, mutex);
  const bool is_free = parts.lock.load(std::memory_order_relaxed) == 0;
  if (object == 0 && !is_free) return real().pthread_mutex_unlock(mutex);  // locked unseen
  if (object == 0) object = id_of(parts.mark, mutex, type_of(parts));
  if (object == 0) return real().pthread_mutex_unlock(mutex);
  if (!is_held_by(parts, state)) {
    report_bad_unlock(state, parts, object, caller);
    return real().pthread_mutex_unlock(mutex);
  }
  const ObjectType type = type_of(parts);
  const Release release({type, Op::kUnlock, object, nullptr, 0}, caller);
  if (type == ObjectType::kRLock && parts.count > 1) {
    const int error = real().pthread_mutex_unlock(mutex);
    if (Held* const held = find_held(state, object))
      held->amount = (held->amount & ~kCount) | (parts.count & kCount);
    return error;
  }
  release.drops();
  parts.holder.store(0, std::memory_order_relaxed);
  return real().pthread_mutex_unlock(mutex);
}

GRIDLOCK_INLINE ThreadState* watching(pthread_mutex_t* mutex) noexcept {
  ThreadState* const state = watched_thread();
  return GRIDLOCK_LIKELY(state != nullptr) && GRIDLOCK_LIKELY(is_watchable(parts_of(mutex)))
             ? state
             : nullptr;
}

GRIDLOCK_NOINLINE int lock_slowly(pthread_mutex_t* mutex, const void* frame) noexcept;
GRIDLOCK_NOINLINE int try_slowly(pthread_mutex_t* mutex, const void* frame) noexcept;
GRIDLOCK_NOINLINE int unlock_slowly(pthread_mutex_t* mutex, const void* caller) noexcept;

// glibc's answer to a destroyed mutex is EINVAL, which few look at.
void report_if_destroyed(pthread_mutex_t* mutex, Op op) noexcept {
  MutexParts& parts = parts_of(mutex);
  if (parts.kind != kDestroyedKind) return;
  ThreadState* const state = watched_thread();
  const ObjectId object = destroyed_id(parts.mark, mutex);
  if (state != nullptr && object != 0)
    report_misuse(Kind::kMisuseUseAfterDestroy, state, op, object, 0);
}

void report_destroy_held(ThreadState* state, MutexParts& parts, ObjectId object) noexcept {
  const u32 holder = parts.holder.load(std::memory_order_relaxed);
  const bool is_thread = holder != 0 && holder <= slot_count();
  // A thread that ended with it was reported for that.
  if (!is_thread || thread_in_slot(holder - 1)->phase.load() == ThreadPhase::kEnded) return;
  report_misuse(Kind::kMisuseDestroyHeld, state, Op::kDestroy, object, holder);
  take_away(holder, object);  // that it ends with it, or unlocks it, is no news
}

// Functions of their own, so that the fast paths have no calls and no registers to save.
int lock_slowly(pthread_mutex_t* mutex, const void* frame) noexcept {
  if (lock_fast(parts_of(mutex), Op::kLock, frame)) return 0;
  if (GRIDLOCK_UNLIKELY(is_robust(parts_of(mutex))))
    return lock_robust(mutex, Op::kLock, kNoTimeout, 0, nullptr, frame);
  if (ThreadState* const state = watching(mutex))
    return lock_in_full(state, mutex, Op::kLock, kNoTimeout, 0, nullptr, frame);
  if (is_shared(parts_of(mutex)))
    return lock_shared(mutex, Op::kLock, kNoTimeout, 0, nullptr, frame);
  report_if_destroyed(mutex, Op::kLock);
  return real().pthread_mutex_lock(mutex);
}

int try_slowly(pthread_mutex_t* mutex, const void* frame) noexcept {
  if (lock_fast(parts_of(mutex), Op::kTryLock, frame)) return 0;
  if (is_robust(parts_of(mutex)))
    return lock_robust(mutex, Op::kTryLock, kNoWait, 0, nullptr, frame);
  if (ThreadState* const state = watching(mutex))
    return lock_in_full(state, mutex, Op::kTryLock, kNoWait, 0, nullptr, frame);
  if (is_shared(parts_of(mutex)))
    return lock_shared(mutex, Op::kTryLock, kNoWait, 0, nullptr, frame);
  report_if_destroyed(mutex, Op::kTryLock);
  return real().pthread_mutex_trylock(mutex);
}

int unlock_slowly(pthread_mutex_t* mutex, const void* caller) noexcept {
  if (unlock_fast(parts_of(mutex), caller)) return 0;
  if (GRIDLOCK_UNLIKELY(is_robust(parts_of(mutex)))) return unlock_robust(mutex, caller);
  if (ThreadState* const state = watching(mutex)) return unlock_in_full(state, mutex, caller);
  if (is_shared(parts_of(mutex))) return unlock_shared(mutex, caller);
  report_if_destroyed(mutex, Op::kUnlock);
  return real().pthread_mutex_unlock(mutex);
}

}  // namespace

int wake_one(std::atomic<u32>* word) noexcept {
  futex_wake(word, 1);
  return success();
}

int got_word(MutexParts& mutex, const void* frame, Op op) noexcept {
  keep_frame();
  ThreadState* const state = tls_thread;
  const auto mark = static_cast<u32>(mutex.mark.id_and_check.load(std::memory_order_relaxed));
  enter(state, mutex, state->next_held, op, mark & kObjectMask, frame);
  return success();
}

MutexUse use_of(ThreadState* state, pthread_mutex_t* mutex) noexcept {
  const MutexParts& parts = parts_of(mutex);
  if (is_robust(parts)) return use_of_robust(state, mutex);
  const ObjectId object = is_watchable(parts) ? marked_id(parts.mark, mutex) : 0;
  return {object, object == 0 || is_held_by(parts, state)};
}

int lock_again(pthread_mutex_t* mutex, const void* frame) noexcept {
  if (lock_fast(parts_of(mutex), Op::kLock, frame)) return 0;
  if (is_robust(parts_of(mutex)))
    return lock_robust(mutex, Op::kLock, kNoTimeout, 0, nullptr, frame);
  if (is_shared(parts_of(mutex)))
    return lock_shared(mutex, Op::kLock, kNoTimeout, 0, nullptr, frame);
  ThreadState* const state = watching(mutex);
  if (state == nullptr) return real().pthread_mutex_lock(mutex);
  return lock_in_full(state, mutex, Op::kLock, kNoTimeout, 0, nullptr, frame);
}

ObjectId let_go_of_mutex(ThreadState* state, pthread_mutex_t* mutex, const void* caller) noexcept {
  MutexParts& parts = parts_of(mutex);
  if (is_shared(parts)) return let_go_of_shared(state, mutex, caller);
  const ObjectId object = is_watchable(parts) ? marked_id(parts.mark, mutex) : 0;
  if (object == 0 || !is_held_by(parts, state)) return 0;
  const Release release({type_of(parts), Op::kUnlock, object, nullptr, 0}, caller);
  release.drops();
  parts.holder.store(0, std::memory_order_relaxed);
  return object;
}

void have_mutex_again(ThreadState* state, pthread_mutex_t* mutex, ObjectId object,
                      const void* frame) noexcept {
  MutexParts& parts = parts_of(mutex);
  if (is_shared(parts)) return have_shared_again(mutex, object, frame);
  const Request request({type_of(parts), Op::kLock, object, nullptr, kNoTimeout}, frame);
  request.orders(Ask::kLock);
  request.granted();
  parts.holder.store(state->slot_word, std::memory_order_relaxed);
  request.holds();
}

}  // namespace gridlock::internal

// NOLINTNEXTLINE(google-build-using-namespace): outside the wall
using namespace gridlock::internal;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

GRIDLOCK_EXPORT int pthread_mutex_init(pthread_mutex_t* mutex,
                                       const pthread_mutexattr_t* attributes) noexcept {
  const int error = real().pthread_mutex_init(mutex, attributes);
  MutexParts& parts = parts_of(mutex);
  if (error == 0 && is_watchable(parts))
    mark_new(parts.mark, mutex, type_of(parts), __builtin_frame_address(0));
  if (error == 0 && is_robust(parts))
    note_new_robust(mutex, attributes, __builtin_frame_address(0));
  if (error == 0 && is_shared(parts)) note_new_shared(parts.mark, __builtin_frame_address(0));
  return error;
}

GRIDLOCK_EXPORT int pthread_mutex_destroy(pthread_mutex_t* mutex) noexcept {
  if (is_robust(parts_of(mutex))) {
    const int error = real().pthread_mutex_destroy(mutex);
    if (error == 0) forget_robust(mutex);
    return error;
  }
  ThreadState* const state = watching(mutex);
  const ObjectId object = state != nullptr ? marked_id(parts_of(mutex).mark, mutex) : 0;
  if (object == 0) return real().pthread_mutex_destroy(mutex);
  report_destroy_held(state, parts_of(mutex), object);
  const int error = real().pthread_mutex_destroy(mutex);
  if (error != 0) return error;
  note_destroyed(object, Frame(state, __builtin_frame_address(0)).address());
  parts_of(mutex).asked.store(0);
  retire(parts_of(mutex).mark, mutex);
  return 0;
}

GRIDLOCK_EXPORT GRIDLOCK_HOT int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  const void* const frame = __builtin_frame_address(0);
  return lock_as_ever<Op::kLock>(parts_of(mutex), frame,
                                 [&]() noexcept { return lock_slowly(mutex, frame); });
}

GRIDLOCK_EXPORT GRIDLOCK_HOT int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  const void* const frame = __builtin_frame_address(0);
  return lock_as_ever<Op::kTryLock>(parts_of(mutex), frame,
                                    [&]() noexcept { return try_slowly(mutex, frame); });
}

GRIDLOCK_EXPORT int pthread_mutex_timedlock(pthread_mutex_t* mutex,
                                            const timespec* until) noexcept {
  if (is_robust(parts_of(mutex)))
    return lock_robust(mutex, Op::kTryLock, 1, CLOCK_REALTIME, until, __builtin_frame_address(0));
  if (ThreadState* const state = watching(mutex))
    return lock_in_full(state, mutex, Op::kTryLock, 1, CLOCK_REALTIME, until,
                        __builtin_frame_address(0));
  if (is_shared(parts_of(mutex)))
    return lock_shared(mutex, Op::kTryLock, 1, CLOCK_REALTIME, until, __builtin_frame_address(0));
  report_if_destroyed(mutex, Op::kTryLock);
  return real().pthread_mutex_timedlock(mutex, until);
}

GRIDLOCK_EXPORT int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                                            const timespec* until) noexcept {
  if (is_robust(parts_of(mutex)))
    return lock_robust(mutex, Op::kTryLock, 1, clock, until, __builtin_frame_address(0));
  if (ThreadState* const state = watching(mutex))
    return lock_in_full(state, mutex, Op::kTryLock, 1, clock, until, __builtin_frame_address(0));
  if (is_shared(parts_of(mutex)))
    return lock_shared(mutex, Op::kTryLock, 1, clock, until, __builtin_frame_address(0));
  report_if_destroyed(mutex, Op::kTryLock);
  return real().pthread_mutex_clocklock(mutex, clock, until);
}

GRIDLOCK_EXPORT GRIDLOCK_HOT int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  const void* const caller = __builtin_return_address(0);
  return unlock_as_ever(parts_of(mutex), caller,
                        [&]() noexcept { return unlock_slowly(mutex, caller); });
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
