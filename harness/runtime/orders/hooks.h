// SPDX-License-Identifier: Apache-2.0
//
// What each primitive calls before and after it does something. The hot half is inline: the frames
// of the request in the next held entry, a record in the thread's own ring, and one probe of the
// order table if something is held already.
#pragma once

#include "harness/platform/tsan.h"
#include "harness/runtime/orders/order.h"
#include "harness/runtime/registry/contention.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

/// Prepares the held entry of what is about to be requested: room is made here, before the caller
/// commits to anything. `frame` is __builtin_frame_address(0) of the public function; `site` what
/// the caller said of its place, or nullptr.
GRIDLOCK_INLINE Held* before_request(ThreadState* state, const void* frame,
                                     const void* site = nullptr) noexcept {
  if (GRIDLOCK_UNLIKELY((state->moved_up | state->holes) != 0)) sign_moved(state);
  if (GRIDLOCK_UNLIKELY(held_count(state) + 1 >= state->held_capacity)) make_room(state);
  Held* const held = state->next_held;
  walk_frames(frame, state->stack_top, &held->frames[0]);
  held->site = site;
  held->amount = site != nullptr ? kHasSite : 0;
  return held;
}

/// The lock was acquired after a hold of another thread that spanned a signal; a lock that this thread
/// held across one is about to be released.
void got_after_hold(ThreadState* state, Held* held) noexcept;
void release_held_across(ThreadState* state, Held* held) noexcept;

/// The lock was acquired at once, with before_request()'s entry; it was not held before by this
/// thread.
GRIDLOCK_INLINE void push_held(ThreadState* state, ObjectId object, Held* held) noexcept {
  set_held(held, object, held->amount | 1);
  held->held_hash = hash_with(held[-1].held_hash, id_in_hash(*held));
  state->next_held = held + 1;
  if (GRIDLOCK_UNLIKELY((held->amount & kAcross) != 0)) got_after_hold(state, held);
  if (GRIDLOCK_UNLIKELY(g_measure_holds)) note_hold_begins(state, object);
}

inline constexpr u32 kManyHeld = 64;

/// The thread's entry for an object, newest first; nullptr if there is none.
GRIDLOCK_INLINE Held* find_held(ThreadState* state, ObjectId object) noexcept {
  // Very many are often given back in the order in which they were acquired.
  const bool many = held_count(state) > kManyHeld;
  if (GRIDLOCK_UNLIKELY(many) && state->held->object == object) return state->held;
  Held* const oldest = GRIDLOCK_UNLIKELY(many) ? state->next_held - kManyHeld : state->held;
  for (Held* held = state->next_held; held != oldest;) {
    --held;
    if (held->object == object) return held;
  }
  return GRIDLOCK_UNLIKELY(many) ? find_held_among_many(state, object) : nullptr;
}

/// The newest entry is one that is there, or nothing is held.
GRIDLOCK_INLINE void drop_newest_holes(ThreadState* state) noexcept {
  for (; state->next_held != state->held && is_hole(state->next_held[-1]); --state->holes)
    --state->next_held;
  if (state->holes != 0) return;
  if (state->next_held == state->held) state->index.release();
  state->indexed = false;
  set_fast_limit(state);
}

/// Takes an entry out; those above it move down and are signed again, unless they are very many.
GRIDLOCK_INLINE void drop_held(ThreadState* state, Held* held) noexcept {
  if (GRIDLOCK_UNLIKELY(g_measure_holds)) note_hold_ends(state, *held);
  if (GRIDLOCK_UNLIKELY((held->amount & kAcross) != 0)) release_held_across(state, held);
  Held* const last = --state->next_held;
  if (GRIDLOCK_LIKELY(held == last)) {
    if (GRIDLOCK_UNLIKELY(state->holes != 0)) drop_newest_holes(state);
    return;
  }
  const u32 index = static_cast<u32>(held - state->held);
  if (GRIDLOCK_UNLIKELY(last - held > kManyHeld)) {
    state->next_held = last + 1;
    return index < kManyHeld ? drop_low_held(state, held) : leave_hole(state, held);
  }
  for (; held < last; ++held) *held = held[1];
  hash_held_again(state, index);
}

/// One more permit of a semaphore, whose request was recorded. `flags`: kLockLike, or 0 for permits
/// that give no order and are kept for the reports only.
void after_acquire(ThreadState* state, ObjectId object, u32 flags) noexcept;
/// A permit goes back, whoever acquired it. True: this thread had.
bool before_release(ThreadState* state, ObjectId object) noexcept;

}  // namespace gridlock::internal
