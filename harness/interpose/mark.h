// SPDX-License-Identifier: Apache-2.0
//
// The identity of an object of libc. The id, with the generation of its place, lies in bytes of the object that libc leaves
// alone, beside a hash of the object's address: zero, from whatever initialised it, is a new object, and so is a copy
// that lies elsewhere. So memory that is used again is never the old object, and nothing has to be looked up.
//
// The end of many objects is not told: a std::mutex has no destructor. They have no mark any more once their memory is
// used for something else, or is gone, which is looked for before places are given back (retire_unmarked).
//
// An object that was first used when there was no room has a mark without an id, and is not watched: it would be held
// unseen, and then released as one that is known.
#pragma once

#include <atomic>

#include "harness/platform/base.h"
#include "harness/runtime/orders/order.h"
#include "harness/runtime/registry/objects.h"

namespace gridlock::internal {

struct Mark {
  std::atomic<u64> id_and_check;  ///< generation_mark() of the id in the low half
};

GRIDLOCK_INLINE u32 low_half_of(const void* address) noexcept {
  return static_cast<u32>(reinterpret_cast<uptr>(address));
}
/// The low half of the address, and never 0.
GRIDLOCK_INLINE u32 check_of(const void* object) noexcept { return low_half_of(object) | 1; }

/// 0: it has none yet, or is destroyed. `seen` is the mark's id_and_check.
GRIDLOCK_INLINE ObjectId marked_id(u64 seen, const void* object) noexcept {
  return GRIDLOCK_LIKELY(static_cast<u32>(seen >> 32) == check_of(object))
             ? object_of_own_mark(static_cast<u32>(seen))
             : 0;
}

GRIDLOCK_INLINE ObjectId marked_id(const Mark& mark, const void* object) noexcept {
  return marked_id(mark.id_and_check.load(std::memory_order_relaxed), object);
}

/// The same of one that the calling thread holds, whose place is nobody else's.
GRIDLOCK_INLINE ObjectId marked_id_of_held(const Mark& mark, const void* object) noexcept {
  const u64 seen = mark.id_and_check.load(std::memory_order_relaxed);
  return GRIDLOCK_LIKELY(static_cast<u32>(seen >> 32) == check_of(object))
             ? static_cast<u32>(seen) & kObjectMask
             : 0;
}

/// What lies in an object that was asked for in a nesting that is known (nesting_word), by the thread whose entry behind
/// the newest one is `held`. `asked`: the low half of the mark, and how. It is also that of the object's address, so a copy has
/// another one, and never 0, so a new object has none.
GRIDLOCK_INLINE u32 asked_word_at(const void* object, const Held* held, u32 asked) noexcept {
  return nesting_word(held[-1].held_hash, low_half_of(object) ^ asked) | 1;
}

/// Gives it one. 0: there is no room, or there was none when it was first used.
ObjectId mark_object(Mark& mark, const void* object, ObjectType type) noexcept;

GRIDLOCK_INLINE ObjectId id_of(Mark& mark, const void* object, ObjectType type) noexcept {
  const ObjectId id = marked_id(mark, object);
  return GRIDLOCK_LIKELY(id != 0) ? id : mark_object(mark, object, type);
}

/// It is destroyed: it has no id any more, and as long as it is not forgotten destroyed_id() says which it had.
void retire(Mark& mark, const void* object) noexcept;
ObjectId destroyed_id(const Mark& mark, const void* object) noexcept;

/// libc has initialised it, called from the function with this frame: it is a new object, and where it was made is
/// known. Whatever else lies in the object is left alone.
void mark_new(Mark& mark, const void* object, ObjectType type, const void* frame) noexcept;

/// False: no address space.
bool init_marks() noexcept;
/// Buries those that are not where they were marked. With graph_mutex() held.
void retire_unmarked() noexcept;

}  // namespace gridlock::internal
