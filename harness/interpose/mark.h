// SPDX-License-Identifier: Apache-2.0
//
// Who an object of libc is. The id lies in bytes of the object that libc leaves alone, beside a hash of the
// object's address: zero, from whatever initialised it, is a new object, and so is a copy that lies elsewhere. So
// memory that is used again is never the old object, and nothing has to be looked up.
#pragma once

#include <atomic>

#include "harness/platform/base.h"
#include "harness/runtime/registry/objects.h"

namespace gridlock::internal {

struct Mark {
  std::atomic<u64> id_and_check;  ///< the id in the low half
};

/// The low half of the address, and never 0.
GRIDLOCK_INLINE u32 check_of(const void* object) noexcept {
  return static_cast<u32>(reinterpret_cast<uptr>(object)) | 1;
}

/// 0: it has none yet.
GRIDLOCK_INLINE ObjectId marked_id(const Mark& mark, const void* object) noexcept {
  const u64 seen = mark.id_and_check.load(std::memory_order_relaxed);
  return GRIDLOCK_LIKELY(static_cast<u32>(seen >> 32) == check_of(object)) ? static_cast<u32>(seen)
                                                                           : 0;
}

/// Gives it one.
ObjectId mark_object(Mark& mark, const void* object, ObjectType type) noexcept;

GRIDLOCK_INLINE ObjectId id_of(Mark& mark, const void* object, ObjectType type) noexcept {
  const ObjectId id = marked_id(mark, object);
  return GRIDLOCK_LIKELY(id != 0) ? id : mark_object(mark, object, type);
}

GRIDLOCK_INLINE void unmark(Mark& mark) noexcept {
  mark.id_and_check.store(0, std::memory_order_relaxed);
}

/// libc has initialised it, called from the function with this frame: it is a new object, and where it was made is
/// known. Whatever else lies in the object is left alone.
void mark_new(Mark& mark, const void* object, ObjectType type, const void* frame) noexcept;

}  // namespace gridlock::internal
