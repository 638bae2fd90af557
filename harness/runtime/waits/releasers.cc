// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/waits/releasers.h"

#include "harness/analysis/wait_for_graph.h"
#include "harness/platform/safe_read.h"
#include "harness/runtime/orders/pools.h"
#include "harness/runtime/waits/outside_waits.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {
namespace {

// The thread whose slot + 1 stands in the word. It may have released and ended since the word was
// read.
Releaser owner_of(const Wait& wait, u32 word, u32 mask) noexcept {
  const u32 owner = word & mask;
  if (owner == 0) return {Source::kAvailable};
  // The word was read first, so a thread that is in it has its slot by now.
  if (owner > slot_count()) return {owner == mask ? Source::kAvailable : Source::kNoThread};
  ThreadState* const thread = thread_in_slot(owner - 1);
  if (thread->phase.load() == ThreadPhase::kLive) return {Source::kOneThread, thread};
  u32 now = 0;
  const bool still_held = read_word_safely(wait.word, word, &now) && (now & mask) == owner;
  return {still_held ? Source::kEndedThread : Source::kAvailable, thread};
}

bool is_reader(const Wait& wait) noexcept { return wait.op == Op::kLockShared; }

Releaser holders_of_shared_lock(const Wait& wait, u32 word) noexcept {
  const bool exclusive = (word & kExclusiveBit) != 0;
  const bool possible = (word & kSharedMask) <= slot_count();  // a reader counts once
  if (!possible && (exclusive || !is_reader(wait))) return {Source::kNoThread};
  if (is_reader(wait) && wait.target != 0) return {Source::kSeveral};  // and writers before it
  if (exclusive) return owner_of(wait, word, kSharedMask);
  if (is_reader(wait)) return {Source::kAvailable};
  const bool is_free = (word & kSharedMask) == 0 && wait.target != kReadersUncounted;
  if (is_free) return {Source::kAvailable};
  return {Source::kSeveral};
}

bool is_waiting_writer(const Wait& wait, ObjectId object) noexcept {
  return waits(wait.sequence.load()) && wait.type == ObjectType::kSharedLock &&
         wait.object == object && (wait.op == Op::kLock || wait.op == Op::kUpgrade);
}

// A reader comes here only where it lets writers go first, or behind one that has it.
SharedWish wish_of(const Wait& wait) noexcept {
  if (wait.op == Op::kUpgrade) return SharedWish::kUpgrade;
  return is_reader(wait) ? SharedWish::kReadBehindWriters : SharedWish::kWrite;
}

Releaser producer_of(ObjectId future) noexcept {
  const Producer producer = producer_of_future(future);
  if (producer.pool != 0 && !pools_are_known()) return {Source::kAnyThread};
  if (producer.pool != 0) return {Source::kAnyOfPool, nullptr, producer.pool};
  if (producer.thread != nullptr) return {Source::kOneThread, producer.thread};
  return {Source::kAnyThread};
}

// Or puts something in, or is done with it.
Releaser who_makes_room(const Wait& wait) noexcept {
  const bool for_room = wait.op == Op::kPut || wait.op == Op::kTryPut;
  const u32 pool = for_room ? pool_that_empties(wait.object) : 0;
  if (pool != 0 && pools_are_known()) return {Source::kAnyOfPool, nullptr, pool};
  return {Source::kAnyThread};
}

}  // namespace

Releaser releaser_of(const Wait& wait, bool alive) noexcept {
  if (wait.type == ObjectType::kThread) {
    const ThreadRecord& record = thread_record(wait.target);
    if (record.ended.load() != 0) return {Source::kAvailable};
    return {Source::kOneThread, thread_in_slot(record.slot)};
  }
  if (is_outside_type(wait.type)) return {Source::kOutside};
  // Only a look over all processes knows whether it can end.
  if (wait.type == ObjectType::kProcess || is_shared_type(wait.type)) return {Source::kAvailable};
  u32 word = 0;
  if (alive) {
    word = wait.word->load();
  } else if (!read_word_safely(wait.word, wait.expected, &word)) {
    return {Source::kAvailable};  // the wait is over by now, and the object's memory is gone
  }
  if (wait.type == ObjectType::kSharedLock) return holders_of_shared_lock(wait, word);
  const ObjectRole role = row_of(wait.type).role;
  if (role == ObjectRole::kLock || role == ObjectRole::kOnce)
    return owner_of(wait, word, kOwnerMask);
  // Nothing tells whether a value at an address is the one that was waited for: the waiter is woken, or sleeps on.
  if (wait.type == ObjectType::kAddress) return {Source::kAnyThread};
  if (word != wait.expected) return {Source::kAvailable};
  if (role == ObjectRole::kQueue) return who_makes_room(wait);
  if (wait.type == ObjectType::kFuture) return producer_of(wait.object);
  return {Source::kAnyThread};
}

// A thread can be in the middle of growing its held set: the old entries stay mapped, and bounds
// that do not fit together are taken for none.
const Held* held_by(const ThreadState* state, ObjectId object) noexcept {
  const auto* const volatile* const ends =
      reinterpret_cast<const Held* const volatile*>(&state->next_held);
  const Held* const first = *reinterpret_cast<const Held* const volatile*>(&state->held);
  const Held* const last = *ends;
  const auto bytes = reinterpret_cast<uptr>(last) - reinterpret_cast<uptr>(first);
  if (object == 0 || bytes > u64{state->held_capacity} * sizeof(Held) ||
      bytes % sizeof(Held) != 0) {
    return nullptr;
  }
  for (const Held* held = first; held != last; ++held) {
    if (*const_cast<const volatile ObjectId*>(&held->object) == object) return held;
  }
  return nullptr;
}

bool blocks(const ThreadState* other, const ThreadState* waiter) noexcept {
  const Wait& wait = waiter->wait;
  const Held* const held = held_by(other, wait.object);
  const SharedStanding standing{held != nullptr, held != nullptr && is_shared(*held),
                                is_waiting_writer(other->wait, wait.object), other == waiter};
  return blocks(standing, wish_of(wait));
}

bool pool_waits(u32 pool) noexcept {
  if (!pools_are_known()) return false;
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    const ThreadState* const state = thread_in_slot(slot);
    if (state->phase.load() != ThreadPhase::kLive || !in_pool(state, pool)) continue;
    if (!waits(state->wait.sequence.load()) || state->wait.timed) return false;
  }
  return true;
}

ThreadState* only_permit_holder(ObjectId object) noexcept {
  ThreadState* found = nullptr;
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    ThreadState* const state = thread_in_slot(slot);
    if (state->phase.load() == ThreadPhase::kFree) continue;
    const Held* const held = held_by(state, object);
    if (held == nullptr || !is_permit(*held)) continue;
    if (found != nullptr || state->phase.load() != ThreadPhase::kLive) return nullptr;
    found = state;
  }
  return found;
}

}  // namespace gridlock::internal
