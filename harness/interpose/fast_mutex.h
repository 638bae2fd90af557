// SPDX-License-Identifier: Apache-2.0
//
// The fast paths of mutexes, for mutex.cc. A pair costs what instructions it has, and jumps that are taken as much as
// three or four of them (docs/design/interpose.md, Cost). So what is seldom is a function of its own that is jumped to,
// nothing is looked at that one comparison has proved already, and loads do not wait for stores that were just made.
//
// There are two of each. The first ones know a mutex by `asked`, and what was acquired by Held::site, which then names the
// mutex: that says that it is a normal one and that nobody else is counted in `users`, as long as it is held. The second
// ones look.
//
// That there is one thread only, where glibc does without atomic instructions, is not looked at: it would be two more
// loads and jumps for each program that has more.
#pragma once

#include "harness/interpose/mutex.h"
#include "harness/interpose/watch.h"
#include "harness/runtime/orders/order.h"

namespace gridlock::internal {

/// Wakes one that sleeps there; returns 0.
GRIDLOCK_NOINLINE int wake_one(std::atomic<u32>* word) noexcept;
/// The word was changed by lock_as_ever(), but somebody else is counted in `users`: the rest of it. Returns 0.
GRIDLOCK_NOINLINE int got_word(MutexParts& mutex, const void* frame, Op op) noexcept;

/// As glibc does it: 0 to 1.
GRIDLOCK_INLINE bool change_word(MutexParts& mutex) noexcept {
  u32 free = 0;
  return mutex.lock.compare_exchange_strong(free, 1, std::memory_order_acquire,
                                            std::memory_order_relaxed);
}

/// After the exchange the mutex may be another thread's, and its memory gone: only the address is used.
GRIDLOCK_INLINE int change_word_back(MutexParts& mutex) noexcept {
  const u32 was = mutex.lock.exchange(0, std::memory_order_release);
  return GRIDLOCK_LIKELY(was <= 1) ? 0 : wake_one(&mutex.lock);
}

/// In the word of a nesting in which it was not asked for yet (MutexParts::asked).
inline constexpr u32 kOnlyTried = 0x80000000u;

GRIDLOCK_INLINE bool is_held_by(const MutexParts& mutex, const ThreadState* state) noexcept {
  return mutex.holder.load(std::memory_order_relaxed) == state->slot_word;
}

/// Behind the word: who has it, and what it is held in. `quickly`: unlock_as_ever() gives it back.
GRIDLOCK_INLINE void enter_fast(ThreadState* state, MutexParts& mutex, Held* held, Op op,
                                ObjectId object, uptr caller, bool quickly) noexcept {
  mutex.holder.store(state->slot_word, std::memory_order_relaxed);
  held->site = quickly ? &mutex : nullptr;
  held->object = object;
  held->amount = 1;
  held->held_hash = hash_with(held[-1].held_hash, object);
  state->next_held = held + 1;
  state->ring.add_alone(op, apart(object), caller, kGrantedBit);
}

/// The same in full.
GRIDLOCK_INLINE void enter(ThreadState* state, MutexParts& mutex, Held* held, Op op,
                           ObjectId object, const void* frame) noexcept {
  const bool quickly = owner_and_users(mutex) == 0;
  mutex.owner = state->os_id;
  ++mutex.users;
  walk_near_frames(state, frame, &held->frames[0]);
  enter_fast(state, mutex, held, op, object, held->frames[0], quickly);
}

/// A free, normal mutex, with nothing out of the ordinary (as Lock's, primitives/lock.cc), in the nesting in which it was
/// asked for the last time. `otherwise()` if that is not so; then everything is as it was.
template <Op Asks, typename Otherwise>
GRIDLOCK_INLINE int lock_as_ever(MutexParts& mutex, const void* frame,
                                 Otherwise otherwise) noexcept {
  ThreadState* const state = tls_thread;
  if (GRIDLOCK_UNLIKELY(state == nullptr)) return otherwise();
  if (GRIDLOCK_UNLIKELY(mutex.kind != PTHREAD_MUTEX_TIMED_NP)) return otherwise();
  Held* const held = state->next_held;
  if (GRIDLOCK_UNLIKELY(held >= state->fast_limit)) return otherwise();
  const auto mark = static_cast<u32>(mutex.mark.id_and_check.load(std::memory_order_relaxed));
  const u32 word = asked_word_at(&mutex, held, mark);
  const u32 last = mutex.asked.load(std::memory_order_relaxed);
  const bool known = word == last || (Asks == Op::kTryLock && word == (last ^ kOnlyTried));
  if (GRIDLOCK_UNLIKELY(!known)) return otherwise();
  if (GRIDLOCK_UNLIKELY(!change_word(mutex))) return otherwise();
  if (GRIDLOCK_UNLIKELY(owner_and_users(mutex) != 0)) return got_word(mutex, frame, Asks);
  walk_near_frames(state, frame, &held->frames[0]);
  owner_and_users(mutex) = owner_and_one_user(state);
  enter_fast(state, mutex, held, Asks, mark & kObjectMask, static_cast<const uptr*>(frame)[1],
             true);
  return 0;
}

/// The same where it was asked for in another way before.
GRIDLOCK_INLINE bool lock_fast(MutexParts& mutex, Op op, const void* frame) noexcept {
  ThreadState* const state = tls_thread;
  if (GRIDLOCK_UNLIKELY(state == nullptr || mutex.kind != PTHREAD_MUTEX_TIMED_NP)) return false;
  const u64 mark = mutex.mark.id_and_check.load(std::memory_order_relaxed);
  Held* const held = state->next_held;
  const u32 word = asked_word_at(&mutex, held, static_cast<u32>(mark));
  const ObjectId object = marked_id(mark, &mutex);
  if (GRIDLOCK_UNLIKELY(object == 0 || held >= state->fast_limit)) return false;
  const bool asks = op == Op::kLock;
  if (asks && GRIDLOCK_UNLIKELY(!order_seen_at_once(hash_with(held[-1].held_hash, object) | 1)))
    return false;
  if (GRIDLOCK_UNLIKELY(!change_word(mutex))) return false;
  mutex.asked.store(asks ? word : word ^ kOnlyTried, std::memory_order_relaxed);
  enter(state, mutex, held, op, object, frame);
  return true;
}

/// The newest thing that the thread holds, as lock_as_ever() left it.
template <typename Otherwise>
GRIDLOCK_INLINE int unlock_as_ever(MutexParts& mutex, const void* caller,
                                   Otherwise otherwise) noexcept {
  ThreadState* const state = tls_thread;
  if (GRIDLOCK_UNLIKELY(state == nullptr)) return otherwise();
  if (GRIDLOCK_UNLIKELY(!is_held_by(mutex, state))) return otherwise();
  Held* const last = state->next_held - 1;  // it holds a mutex, so it holds something
  if (GRIDLOCK_UNLIKELY(last->site != &mutex)) return otherwise();
  if (GRIDLOCK_UNLIKELY(last >= state->fast_limit)) return otherwise();
  state->next_held = last;
  const auto mark = static_cast<u32>(mutex.mark.id_and_check.load(std::memory_order_relaxed));
  state->ring.add_alone(Op::kUnlock, mark & kObjectMask, reinterpret_cast<uptr>(caller),
                        kGrantedBit);
  mutex.holder.store(0, std::memory_order_relaxed);
  owner_and_users(mutex) = 0;
  return change_word_back(mutex);
}

/// The same of one that was acquired in another way.
GRIDLOCK_INLINE bool unlock_fast(MutexParts& mutex, const void* caller) noexcept {
  ThreadState* const state = tls_thread;
  if (GRIDLOCK_UNLIKELY(state == nullptr || mutex.kind != PTHREAD_MUTEX_TIMED_NP)) return false;
  if (GRIDLOCK_UNLIKELY(!is_held_by(mutex, state))) return false;
  Held* const last = state->next_held - 1;  // it holds a mutex, so it holds something
  const ObjectId object = marked_id_of_held(mutex.mark, &mutex);
  if (GRIDLOCK_UNLIKELY(object == 0 || last->object != object || last >= state->fast_limit))
    return false;
  state->next_held = last;
  state->ring.add_alone(Op::kUnlock, object, reinterpret_cast<uptr>(caller), kGrantedBit);
  mutex.holder.store(0, std::memory_order_relaxed);
  --mutex.users;
  mutex.owner = 0;
  change_word_back(mutex);
  return true;
}

}  // namespace gridlock::internal
