// SPDX-License-Identifier: Apache-2.0
//
// Read-write locks. glibc does everything; beside its fields, in bytes that it leaves alone, lie who the lock is and
// who has it: a word as SharedLock's (waits/wait.h), which is changed behind each acquisition and before each release.
#include <errno.h>
#include <pthread.h>

#include "harness/interpose/libc_wait.h"
#include "harness/interpose/libc_ways.h"
#include "harness/interpose/mark.h"
#include "harness/interpose/named.h"
#include "harness/interpose/once_flags.h"
#include "harness/interpose/real.h"
#include "harness/interpose/watch.h"
#include "harness/runtime/core/notices.h"

namespace gridlock::internal {
namespace {

constexpr ObjectType kType = ObjectType::kSharedLock;

struct RwlockParts {
  u32 readers;
  u32 writers;
  u32 writer_phase_futex;
  u32 writers_futex;
  Mark mark;  // glibc's padding
  int writer;
  int shared;  // between processes
  u64 more_padding;
  std::atomic<u32> holders;
  u32 unused;
  u32 preference;
};
static_assert(offsetof(RwlockParts, mark) == offsetof(pthread_rwlock_t, __data.__pad3) &&
                  offsetof(RwlockParts, writer) ==
                      offsetof(pthread_rwlock_t, __data.__cur_writer) &&
                  offsetof(RwlockParts, shared) == offsetof(pthread_rwlock_t, __data.__shared) &&
                  offsetof(RwlockParts, holders) == offsetof(pthread_rwlock_t, __data.__pad2) &&
                  offsetof(RwlockParts, preference) == offsetof(pthread_rwlock_t, __data.__flags),
              "the layout of glibc");

GRIDLOCK_INLINE RwlockParts& parts_of(pthread_rwlock_t* lock) noexcept {
  return *reinterpret_cast<RwlockParts*>(lock);
}

GRIDLOCK_INLINE bool is_exclusive(u32 word) noexcept { return (word & kExclusiveBit) != 0; }
GRIDLOCK_INLINE bool is_written_by(const RwlockParts& lock, const ThreadState* state) noexcept {
  return lock.holders.load(std::memory_order_relaxed) == (kExclusiveBit | state->slot_word);
}
GRIDLOCK_INLINE bool readers_wait_for_writers(const RwlockParts& lock) noexcept {
  return lock.preference == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

GRIDLOCK_INLINE Held* shared_hold(ThreadState* state, ObjectId object) noexcept {
  Held* const held = find_held(state, object);
  return held != nullptr && is_shared(*held) ? held : nullptr;
}

// One way of taking the lock, and how libc does it.
struct Taking {
  bool reads;
  Op op;
  bool tries;  // once
  clockid_t clock = 0;
  const timespec* until = nullptr;

  GRIDLOCK_INLINE bool no_timeout() const noexcept { return !tries && until == nullptr; }
  int try_now(pthread_rwlock_t* lock) const noexcept {
    return reads ? real().pthread_rwlock_tryrdlock(lock) : real().pthread_rwlock_trywrlock(lock);
  }
  int sleep(pthread_rwlock_t* lock) const noexcept {
    return reads ? real().pthread_rwlock_rdlock(lock) : real().pthread_rwlock_wrlock(lock);
  }
  int unwatched(pthread_rwlock_t* lock) const noexcept {
    return by_libc_alone(
        tries ? kNoWait : kNoTimeout, until, [&] { return try_now(lock); },
        [&](const timespec* end) { return sleep_until(lock, clock, end); },
        [&] { return sleep(lock); });
  }
  int sleep_until(pthread_rwlock_t* lock, clockid_t which, const timespec* end) const noexcept {
    return reads ? real().pthread_rwlock_clockrdlock(lock, which, end)
                 : real().pthread_rwlock_clockwrlock(lock, which, end);
  }
};

GRIDLOCK_NOINLINE int wait_for_lock(pthread_rwlock_t* lock, const Request& request,
                                    const Taking& taking) noexcept {
  RwlockParts& parts = parts_of(lock);
  const u32 target = taking.reads && readers_wait_for_writers(parts) ? 1 : 0;
  const Operation& what = request.operation();
  LibcWait wait(request.state(), {kType, what.op, what.object, &parts.holders, target},
                !taking.no_timeout());
  const int meanwhile =
      wait.begin([&] { return parts.holders.load(); }, [&] { return taking.try_now(lock); });
  if (meanwhile != EBUSY) return meanwhile;
  const int error = taking.until != nullptr
                        ? taking.sleep_until(lock, taking.clock, taking.until)
                        : wait.sleep([&] { return taking.sleep(lock); },
                                     [&](const timespec* slice) {
                                       return taking.sleep_until(lock, CLOCK_MONOTONIC, slice);
                                     });
  wait.end();
  return error;
}

Ask ask_for(const RwlockParts& lock, const Taking& taking) noexcept {
  const bool behind_writers = readers_wait_for_writers(lock);
  if (taking.reads) return behind_writers ? Ask::kSharedBehindWriters : Ask::kRead;
  return behind_writers ? Ask::kExclusivePreferred : Ask::kWrite;
}

// A free lock with nothing out of the ordinary (as Lock's, primitives/lock.cc). False leaves everything as it was.
GRIDLOCK_INLINE bool take_fast(ThreadState* state, pthread_rwlock_t* lock, const Taking& taking,
                               const void* frame) noexcept {
  RwlockParts& parts = parts_of(lock);
  const ObjectId object = marked_id(parts.mark, lock);
  Held* const held = state->next_held;
  if (object == 0 || held >= state->fast_limit || is_written_by(parts, state)) return false;
  if (!order_seen_at_once(order_key(state, object, ask_for(parts, taking)))) return false;
  if (taking.reads && shared_hold(state, object) != nullptr) return false;
  if (taking.try_now(lock) != 0) return false;
  walk_frames_of_any_code(state, frame, &held->frames[0]);
  set_held(held, object, taking.reads ? kSharedHold | 1 : 1);
  held->held_hash = hash_with(held[-1].held_hash, id_in_hash(*held));
  state->next_held = held + 1;
  state->ring.add_alone(taking.op, object, held->frames[0], kGrantedBit);
  if (taking.reads) {
    parts.holders.fetch_add(1);
  } else {
    parts.holders.store(kExclusiveBit | state->slot_word, std::memory_order_relaxed);
  }
  return true;
}

// Its own lock once more is refused at once, or it reads once more.
GRIDLOCK_NOINLINE int take(ThreadState* state, pthread_rwlock_t* lock, const Taking& taking,
                           const void* own_frame) noexcept {
  RwlockParts& parts = parts_of(lock);
  if (taking.no_timeout() && GRIDLOCK_LIKELY(take_fast(state, lock, taking, own_frame))) return 0;
  pass_statics(state);
  const Frame frame(state, own_frame);
  const u64 nanoseconds = taking.no_timeout() ? kNoTimeout : taking.tries ? 0 : 1;
  const ObjectId object = id_of(parts.mark, lock, kType);
  if (GRIDLOCK_UNLIKELY(object == 0)) return taking.unwatched(lock);
  const Request request({kType, taking.op, object, nullptr, nanoseconds}, frame.address());
  if (is_written_by(parts, state)) return taking.tries ? taking.try_now(lock) : taking.sleep(lock);
  request.orders(ask_for(parts, taking));
  int error = taking.try_now(lock);
  if (error != 0 && !taking.tries) error = wait_for_lock(lock, request, taking);
  if (error != 0) return error;
  request.granted();
  Held* const again = taking.reads ? shared_hold(state, request.object()) : nullptr;
  if (again != nullptr) {
    ++again->amount;
    return 0;
  }
  if (taking.reads) {
    request.held()->amount |= kSharedHold;
    parts.holders.fetch_add(1);
  } else {
    parts.holders.store(kExclusiveBit | state->slot_word);
  }
  request.holds();
  return 0;
}

// What the thread has, as far as is known; libc releases whatever there is.
void report_not_held(ThreadState* state, RwlockParts& lock, ObjectId object,
                     const void* caller) noexcept {
  const u32 word = lock.holders.load();
  state->ring.add(Op::kUnlock, object, reinterpret_cast<uptr>(caller), 0);
  report_misuse(word == 0 ? Kind::kMisuseUnlockFree : Kind::kMisuseUnlockNotOwner, state,
                Op::kUnlock, object, is_exclusive(word) ? word & kSharedMask : 0);
  if (is_exclusive(word)) lock.holders.store(0);
  if (!is_exclusive(word) && word != 0) lock.holders.fetch_sub(1);
}

GRIDLOCK_NOINLINE void let_go(ThreadState* state, pthread_rwlock_t* lock,
                              const void* caller) noexcept {
  RwlockParts& parts = parts_of(lock);
  const ObjectId object = marked_id(parts.mark, lock);
  if (object == 0) return;
  if (is_written_by(parts, state)) {
    const Release release({kType, Op::kUnlock, object, nullptr, 0}, caller);
    release.drops();
    parts.holders.store(0, std::memory_order_release);
    return;
  }
  Held* const held = shared_hold(state, object);
  if (held == nullptr) return report_not_held(state, parts, object, caller);
  const Release release({kType, Op::kUnlockShared, object, nullptr, 0}, caller);
  if (count_of(*held) > 1) {
    --held->amount;
    return;
  }
  drop_held(state, held);
  parts.holders.fetch_sub(1);
}

GRIDLOCK_INLINE ThreadState* watching(pthread_rwlock_t* lock) noexcept {
  ThreadState* const state = watched_thread();
  return state != nullptr && parts_of(lock).shared == 0 ? state : nullptr;
}

}  // namespace

ObjectId number_of(pthread_rwlock_t* lock) noexcept {
  RwlockParts& parts = parts_of(lock);
  return parts.shared == 0 ? id_of(parts.mark, lock, kType) : 0;
}

}  // namespace gridlock::internal

// NOLINTNEXTLINE(google-build-using-namespace): outside the wall
using namespace gridlock::internal;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

GRIDLOCK_EXPORT int pthread_rwlock_init(pthread_rwlock_t* lock,
                                        const pthread_rwlockattr_t* attributes) noexcept {
  const int error = real().pthread_rwlock_init(lock, attributes);
  if (error != 0) return error;
  parts_of(lock).holders.store(0);
  if (parts_of(lock).shared == 0)
    mark_new(parts_of(lock).mark, lock, kType, __builtin_frame_address(0));
  return 0;
}

GRIDLOCK_EXPORT int pthread_rwlock_destroy(pthread_rwlock_t* lock) noexcept {
  ThreadState* const state = watching(lock);
  const ObjectId object = state != nullptr ? marked_id(parts_of(lock).mark, lock) : 0;
  const u32 word = object != 0 ? parts_of(lock).holders.load() : 0;
  if (word != 0) {
    report_misuse(Kind::kMisuseDestroyHeld, state, Op::kDestroy, object,
                  is_exclusive(word) ? word & kSharedMask : 0);
  }
  const int error = real().pthread_rwlock_destroy(lock);
  if (error == 0 && object != 0 && word == 0) retire(parts_of(lock).mark, lock);
  return error;
}

GRIDLOCK_EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  ThreadState* const state = watching(lock);
  if (state == nullptr) return real().pthread_rwlock_rdlock(lock);
  return take(state, lock, {true, Op::kLockShared, false}, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  ThreadState* const state = watching(lock);
  if (state == nullptr) return real().pthread_rwlock_wrlock(lock);
  return take(state, lock, {false, Op::kLock, false}, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  ThreadState* const state = watching(lock);
  if (state == nullptr) return real().pthread_rwlock_tryrdlock(lock);
  return take(state, lock, {true, Op::kTryLockShared, true}, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  ThreadState* const state = watching(lock);
  if (state == nullptr) return real().pthread_rwlock_trywrlock(lock);
  return take(state, lock, {false, Op::kTryLock, true}, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock,
                                               const timespec* until) noexcept {
  ThreadState* const state = watching(lock);
  if (state == nullptr) return real().pthread_rwlock_timedrdlock(lock, until);
  return take(state, lock, {true, Op::kTryLockShared, false, CLOCK_REALTIME, until},
              __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock,
                                               const timespec* until) noexcept {
  ThreadState* const state = watching(lock);
  if (state == nullptr) return real().pthread_rwlock_timedwrlock(lock, until);
  return take(state, lock, {false, Op::kTryLock, false, CLOCK_REALTIME, until},
              __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                                               const timespec* until) noexcept {
  ThreadState* const state = watching(lock);
  if (state == nullptr) return real().pthread_rwlock_clockrdlock(lock, clock, until);
  return take(state, lock, {true, Op::kTryLockShared, false, clock, until},
              __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                                               const timespec* until) noexcept {
  ThreadState* const state = watching(lock);
  if (state == nullptr) return real().pthread_rwlock_clockwrlock(lock, clock, until);
  return take(state, lock, {false, Op::kTryLock, false, clock, until}, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  if (ThreadState* const state = watching(lock)) let_go(state, lock, __builtin_return_address(0));
  return real().pthread_rwlock_unlock(lock);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
