// SPDX-License-Identifier: Apache-2.0
//
// Read-write locks. The word of the readers is glibc's, and a reader that no writer is in the way of changes it as glibc does:
//   lock:   + 8 by compare-and-swap, while none of the three low bits is set (phase and presence of a writer, a sleeper)
//   unlock: - 8 in the same way
// All else is done by glibc itself. Beside its fields, in bytes that it leaves alone, lie who the lock is and which writer
// has it, set behind each acquisition and cleared before each release. Which threads read is nowhere in the lock: a
// second atomic count would cost as much as glibc's own. It is known from what the threads hold, entered behind each
// acquisition and taken out before each release. Only threads that wait are asked for it (waits/releasers.h): a reader
// that has just come or is about to leave runs.
#include "harness/interpose/rwlock.h"

#include <errno.h>

#include "harness/interpose/libc_wait.h"
#include "harness/interpose/libc_ways.h"
#include "harness/interpose/named.h"
#include "harness/interpose/once_flags.h"
#include "harness/interpose/shared_locks.h"
#include "harness/interpose/watch.h"
#include "harness/runtime/core/notices.h"

namespace gridlock::internal {
namespace {

constexpr ObjectType kType = ObjectType::kSharedLock;

constexpr u32 kWriterBits = 7;
constexpr u32 kOneReader = 8;
constexpr u32 kMaxReaders = 1u << 30;  // long before glibc's own limit

// By a reader, where no writer is in the way.
GRIDLOCK_INLINE bool change_readers(RwlockParts& lock, u32 by, std::memory_order order) noexcept {
  u32 seen = lock.readers.load(std::memory_order_relaxed);
  do {
    if ((seen & kWriterBits) != 0 || seen >= kMaxReaders) return false;
  } while (GRIDLOCK_UNLIKELY(
      !lock.readers.compare_exchange_weak(seen, seen + by, order, std::memory_order_relaxed)));
  return true;
}
GRIDLOCK_INLINE bool is_read(const RwlockParts& lock) noexcept {
  return lock.readers.load(std::memory_order_relaxed) >= kOneReader;
}

GRIDLOCK_INLINE bool is_written_by(const RwlockParts& lock, const ThreadState* state) noexcept {
  return lock.writing.load(std::memory_order_relaxed) == (kExclusiveBit | state->slot_word);
}
GRIDLOCK_NOINLINE int wait_for_lock(pthread_rwlock_t* lock, const Request& request,
                                    const Taking& taking) noexcept {
  RwlockParts& parts = parts_of(lock);
  const u32 reader = readers_wait_for_writers(parts) ? kBehindWriters : 0;
  const u32 target = taking.reads ? reader : kReadersUncounted;
  const Operation& what = request.operation();
  LibcWait wait(request.state(), {kType, what.op, what.object, &parts.writing, target},
                !taking.no_timeout());
  const int meanwhile =
      wait.begin([&] { return parts.writing.load(); }, [&] { return taking.try_now(lock); });
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

// A reader's entry names the lock, for stop_reading_as_ever().
template <bool Reads>
GRIDLOCK_INLINE void enter_fast(ThreadState* state, RwlockParts& lock, Held* held, ObjectId object,
                                uptr caller) noexcept {
  held->site = Reads ? &lock : nullptr;
  held->object = object;
  held->amount = Reads ? kSharedHold | 1 : 1;
  held->held_hash = hash_with(held[-1].held_hash, id_in_hash(*held));
  state->next_held = held + 1;
  state->ring.add_alone(Reads ? Op::kLockShared : Op::kLock, apart(object), caller, kGrantedBit);
  if (!Reads) lock.writing.store(kExclusiveBit | state->slot_word, std::memory_order_relaxed);
}

// To read. What the lock prefers decides whether readers wait behind writers (ask_for).
GRIDLOCK_INLINE u32 asked_word(const RwlockParts& lock, const Held* held, u32 mark) noexcept {
  return asked_word_at(&lock, held, mark ^ lock.preference);
}

// To read, with nothing out of the ordinary, as mutex.cc does it (lock_as_ever). In the same nesting it did not read this
// lock already, which is counted in one entry.
template <typename Otherwise>
GRIDLOCK_INLINE int read_as_ever(RwlockParts& lock, const void* frame,
                                 Otherwise otherwise) noexcept {
  ThreadState* const state = tls_thread;
  if (GRIDLOCK_UNLIKELY(state == nullptr)) return otherwise();
  if (GRIDLOCK_UNLIKELY(lock.shared != 0)) return otherwise();
  Held* const held = state->next_held;
  if (GRIDLOCK_UNLIKELY(held >= state->fast_limit)) return otherwise();
  const auto mark = static_cast<u32>(lock.mark.id_and_check.load(std::memory_order_relaxed));
  const u32 word = asked_word(lock, held, mark);
  if (GRIDLOCK_UNLIKELY(lock.asked.load(std::memory_order_relaxed) != word)) return otherwise();
  if (GRIDLOCK_UNLIKELY(!change_readers(lock, kOneReader, std::memory_order_acquire)))
    return otherwise();
  walk_near_frames(state, frame, &held->frames[0]);
  enter_fast<true>(state, lock, held, mark & kObjectMask, static_cast<const uptr*>(frame)[1]);
  return 0;
}

// The same in another way than the last time, and to write.
template <bool Reads>
GRIDLOCK_INLINE bool take_fast(ThreadState* state, pthread_rwlock_t* lock,
                               const void* frame) noexcept {
  RwlockParts& parts = parts_of(lock);
  const u64 mark = parts.mark.id_and_check.load(std::memory_order_relaxed);
  Held* const held = state->next_held;
  const Ask ask = ask_for(parts, Reads);
  const u32 word = asked_word(parts, held, static_cast<u32>(mark));
  const ObjectId object = marked_id(mark, lock);
  if (object == 0 || held >= state->fast_limit) return false;
  if (!order_seen_at_once(order_key(state, object, ask))) return false;
  if (Reads && shared_hold(state, object) != nullptr) return false;
  if ((Reads ? real().pthread_rwlock_tryrdlock(lock) : real().pthread_rwlock_trywrlock(lock)) != 0)
    return false;
  if (Reads) parts.asked.store(word, std::memory_order_relaxed);
  walk_near_frames(state, frame, &held->frames[0]);
  enter_fast<Reads>(state, parts, held, object, held->frames[0]);
  return true;
}

GRIDLOCK_NOINLINE int really_unlock(RwlockParts* lock) noexcept {
  return real().pthread_rwlock_unlock(reinterpret_cast<pthread_rwlock_t*>(lock));
}

// The newest thing that the thread holds, for reading and not more than once.
template <typename Otherwise>
GRIDLOCK_INLINE int stop_reading_as_ever(RwlockParts& lock, const void* caller,
                                         Otherwise otherwise) noexcept {
  ThreadState* const state = tls_thread;
  if (GRIDLOCK_UNLIKELY(state == nullptr)) return otherwise();
  Held* const last = state->next_held - 1;
  if (GRIDLOCK_UNLIKELY(last->site != &lock)) return otherwise();
  if (GRIDLOCK_UNLIKELY(last >= state->fast_limit)) return otherwise();
  const auto mark = static_cast<u32>(lock.mark.id_and_check.load(std::memory_order_relaxed));
  state->next_held = last;
  state->ring.add_alone(Op::kUnlockShared, mark & kObjectMask, reinterpret_cast<uptr>(caller),
                        kGrantedBit);
  if (GRIDLOCK_LIKELY(change_readers(lock, 0 - kOneReader, std::memory_order_release))) return 0;
  return really_unlock(&lock);
}

// Its own lock once more is refused at once, or it reads once more.
GRIDLOCK_NOINLINE int take(ThreadState* state, pthread_rwlock_t* lock, const Taking& taking,
                           const void* own_frame) noexcept {
  RwlockParts& parts = parts_of(lock);
  pass_statics(state);
  const Frame frame(state, own_frame);
  const u64 nanoseconds = taking.no_timeout() ? kNoTimeout : taking.tries ? 0 : 1;
  const ObjectId object = id_of(parts.mark, lock, kType);
  if (GRIDLOCK_UNLIKELY(object == 0)) return taking.unwatched(lock);
  const Request request({kType, taking.op, object, nullptr, nanoseconds}, frame.address());
  if (is_written_by(parts, state)) return taking.tries ? taking.try_now(lock) : taking.sleep(lock);
  request.orders(ask_for(parts, taking.reads));
  int error = taking.try_now(lock);
  if (error != 0 && !taking.tries) error = wait_for_lock(lock, request, taking);
  if (error != 0) return error;
  request.granted();
  Held* const again = taking.reads ? shared_hold(state, request.object()) : nullptr;
  if (again != nullptr) {
    ++again->amount;
    again->site = nullptr;
    return 0;
  }
  if (taking.reads) {
    request.held()->amount |= kSharedHold;
  } else {
    parts.writing.store(kExclusiveBit | state->slot_word);
  }
  request.holds();
  if (taking.reads) request.held()->site = lock;
  return 0;
}

// What the thread has, as far as is known; libc releases whatever there is.
void report_not_held(ThreadState* state, RwlockParts& lock, ObjectId object,
                     const void* caller) noexcept {
  const u32 writer = lock.writing.load();
  const bool is_free = writer == 0 && !is_read(lock);
  state->ring.add(Op::kUnlock, object, reinterpret_cast<uptr>(caller), 0);
  report_misuse(is_free ? Kind::kMisuseUnlockFree : Kind::kMisuseUnlockNotOwner, state, Op::kUnlock,
                object, writer & kSharedMask);
  if (writer != 0) lock.writing.store(0);
}

GRIDLOCK_NOINLINE void let_go(ThreadState* state, pthread_rwlock_t* lock,
                              const void* caller) noexcept {
  RwlockParts& parts = parts_of(lock);
  const ObjectId object = marked_id(parts.mark, lock);
  if (object == 0) return;
  if (is_written_by(parts, state)) {
    const Release release({kType, Op::kUnlock, object, nullptr, 0}, caller);
    release.drops();
    parts.writing.store(0, std::memory_order_release);
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
}

GRIDLOCK_INLINE ThreadState* watching(pthread_rwlock_t* lock) noexcept {
  ThreadState* const state = watched_thread();
  return state != nullptr && parts_of(lock).shared == 0 ? state : nullptr;
}

GRIDLOCK_NOINLINE int take_otherwise(pthread_rwlock_t* lock, const Taking& taking,
                                     const void* frame) noexcept {
  return parts_of(lock).shared != 0 ? take_shared(lock, taking, frame) : taking.unwatched(lock);
}

// One function for all that are not the fastest.
GRIDLOCK_INLINE int take_in_full(pthread_rwlock_t* lock, const Taking& taking,
                                 const void* frame) noexcept {
  ThreadState* const state = watching(lock);
  return state != nullptr ? take(state, lock, taking, frame) : take_otherwise(lock, taking, frame);
}

// Functions of their own, so that the fast paths have no calls and no registers to save.
GRIDLOCK_NOINLINE int take_slowly(pthread_rwlock_t* lock, bool reads, const void* frame) noexcept {
  const Taking taking{reads, reads ? Op::kLockShared : Op::kLock, false};
  ThreadState* const state = watching(lock);
  if (state != nullptr &&
      (reads ? take_fast<true>(state, lock, frame) : take_fast<false>(state, lock, frame)))
    return 0;
  return state != nullptr ? take(state, lock, taking, frame) : take_otherwise(lock, taking, frame);
}

GRIDLOCK_NOINLINE int unlock_slowly(pthread_rwlock_t* lock, const void* caller) noexcept {
  if (parts_of(lock).shared != 0) {
    let_go_of_shared(lock, caller);
  } else if (ThreadState* const state = watching(lock)) {
    let_go(state, lock, caller);
  }
  return real().pthread_rwlock_unlock(lock);
}

}  // namespace

int Taking::unwatched(pthread_rwlock_t* lock) const noexcept {
  return by_libc_alone(
      tries ? kNoWait : kNoTimeout, until, [&] { return try_now(lock); },
      [&](const timespec* end) { return sleep_until(lock, clock, end); },
      [&] { return sleep(lock); });
}

ObjectId number_of(pthread_rwlock_t* lock) noexcept {
  RwlockParts& parts = parts_of(lock);
  return parts.shared == 0 ? id_of(parts.mark, lock, kType) : id_of_shared(parts.mark);
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
  parts_of(lock).writing.store(0);
  parts_of(lock).asked.store(0);
  if (parts_of(lock).shared == 0) {
    mark_new(parts_of(lock).mark, lock, kType, __builtin_frame_address(0));
  } else {
    parts_of(lock).mark.id_and_check.store(0);  // perhaps glibc has left it
    note_new_shared(parts_of(lock).mark, __builtin_frame_address(0));
  }
  return 0;
}

GRIDLOCK_EXPORT int pthread_rwlock_destroy(pthread_rwlock_t* lock) noexcept {
  ThreadState* const state = watching(lock);
  const ObjectId object = state != nullptr ? marked_id(parts_of(lock).mark, lock) : 0;
  const u32 writer = object != 0 ? parts_of(lock).writing.load() : 0;
  const bool is_held = writer != 0 || (object != 0 && is_read(parts_of(lock)));
  if (is_held) {
    report_misuse(Kind::kMisuseDestroyHeld, state, Op::kDestroy, object, writer & kSharedMask);
  }
  const int error = real().pthread_rwlock_destroy(lock);
  if (error == 0 && object != 0 && !is_held) {
    parts_of(lock).asked.store(0);
    retire(parts_of(lock).mark, lock);
  }
  return error;
}

GRIDLOCK_EXPORT GRIDLOCK_HOT int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  const void* const frame = __builtin_frame_address(0);
  return read_as_ever(parts_of(lock), frame,
                      [&]() noexcept { return take_slowly(lock, true, frame); });
}

GRIDLOCK_EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  return take_slowly(lock, false, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  return take_in_full(lock, {true, Op::kTryLockShared, true}, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  return take_in_full(lock, {false, Op::kTryLock, true}, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock,
                                               const timespec* until) noexcept {
  return take_in_full(lock, {true, Op::kTryLockShared, false, CLOCK_REALTIME, until},
                      __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock,
                                               const timespec* until) noexcept {
  return take_in_full(lock, {false, Op::kTryLock, false, CLOCK_REALTIME, until},
                      __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                                               const timespec* until) noexcept {
  return take_in_full(lock, {true, Op::kTryLockShared, false, clock, until},
                      __builtin_frame_address(0));
}

GRIDLOCK_EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                                               const timespec* until) noexcept {
  return take_in_full(lock, {false, Op::kTryLock, false, clock, until}, __builtin_frame_address(0));
}

GRIDLOCK_EXPORT GRIDLOCK_HOT int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  const void* const caller = __builtin_return_address(0);
  return stop_reading_as_ever(parts_of(lock), caller,
                              [&]() noexcept { return unlock_slowly(lock, caller); });
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
