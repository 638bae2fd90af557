// SPDX-License-Identifier: Apache-2.0
//
// The end of an object, and what is done to it afterwards. A destructor leaves a mark in a word that
// counted something while the object lived. That word is not among the first 16 bytes, which an
// allocator uses for itself as soon as the memory is free: so the mark is still there, and says which
// object it was, until the memory is given to somebody else.
#pragma once

#include "harness/platform/stacks.h"
#include "harness/platform/tsan.h"
#include "harness/runtime/registry/objects.h"
#include "harness/trace/record.h"

namespace gridlock::internal {

/// Bit of a mark; the rest is that of the object (generation_mark), or 0. No count gets that far.
inline constexpr u32 kDestroyedBit = 0x80000000u;

GRIDLOCK_INLINE bool is_destroyed(const std::atomic<u32>& mark) noexcept {
  return (mark.load(std::memory_order_relaxed) & kDestroyedBit) != 0;
}

/// The rest of is_usable(), for an object that seems to be destroyed.
bool use_after_destroy(Core& core, std::atomic<u32>& mark, ObjectType type, Op op) noexcept;

/// What every operation asks first, and the destructor. An object that was destroyed is reported
/// (misuse-use-after-destroy); when its memory is as the destructor left it, it is as good as new from
/// now on, and the program goes on as it would have. False: the memory is no longer the object's; then
/// nothing of it may be written.
GRIDLOCK_INLINE bool is_usable(Core& core, std::atomic<u32>& mark, ObjectType type, Op op,
                               const void* caller = __builtin_return_address(0)) noexcept {
  if (GRIDLOCK_LIKELY(!is_destroyed(mark))) return true;
  tsan_touched(&core.word, caller);  // what would be told of a lock may not be told any more
  return use_after_destroy(core, mark, type, op);
}

/// The same, and ThreadSanitizer hears of it; for operations that do not tell it of a lock.
GRIDLOCK_INLINE bool may_use(Core& core, std::atomic<u32>& mark, ObjectType type, Op op,
                             const void* caller = __builtin_return_address(0)) noexcept {
  tsan_touched(&core.word, caller);
  return GRIDLOCK_LIKELY(!is_destroyed(mark)) || use_after_destroy(core, mark, type, op);
}

/// ThreadSanitizer hears of the end, except for static storage: that is destroyed when the process ends,
/// under the feet of daemons and of other static objects, and its memory stays.
GRIDLOCK_INLINE void tell_end(Core& core) noexcept {
  if (GRIDLOCK_UNLIKELY(tsan_present()) && !is_static(&core)) tsan_ended(&core.word);
}

/// The first thing in a destructor. False: there is nothing left to destroy.
GRIDLOCK_INLINE bool may_destroy(Core& core, std::atomic<u32>& mark, ObjectType type) noexcept {
  if (is_usable(core, mark, type, Op::kDestroy)) return true;
  tell_end(core);
  return false;
}

/// The same as tell_end() for a lock. Of one that was in use, ThreadSanitizer is told by tsan_destroyed() alone.
GRIDLOCK_INLINE void tell_lock_end(Core& core) noexcept {
  if (GRIDLOCK_LIKELY(!tsan_present())) return;
  if (known_id(core) == 0) tell_end(core);
  tsan_destroyed(&core);
}

GRIDLOCK_INLINE void set_mark(Core& core, std::atomic<u32>& mark) noexcept {
  u32 nobody = 0;  // whoever is still counted is on the way out, and will count down
  const u32 left = kDestroyedBit | generation_mark(known_id(core));
  if (mark.compare_exchange_strong(nobody, left, std::memory_order_relaxed)) retire(core);
}

/// The last thing in a destructor.
GRIDLOCK_INLINE void leave_mark(Core& core, std::atomic<u32>& mark) noexcept {
  tell_end(core);
  set_mark(core, mark);
}

}  // namespace gridlock::internal
