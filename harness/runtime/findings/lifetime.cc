// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

namespace {

// As its destructor has left it, or as the first use after that.
bool is_as_left(const Core& core, u32 left) noexcept {
  const u32 id = core.id.load(std::memory_order_relaxed);
  return is_retired(id) ? (id & ~kRetiredBits) == left : id != 0 && id == object_of_mark(left);
}

bool may_be_mark(u32 left) noexcept { return (left & kObjectMask) <= object_count(); }

}  // namespace

GRIDLOCK_NOINLINE bool use_after_destroy(Core& core, std::atomic<u32>& mark, ObjectType type,
                                         Op op) noexcept {
  u32 seen = mark.load(std::memory_order_relaxed);
  if ((seen & kDestroyedBit) == 0) return true;  // another thread has reported it
  const u32 left = seen & ~kDestroyedBit;
  const bool in_static = is_static(&core);
  const bool intact = in_static || (left != 0 && is_as_left(core, left));
  if (intact && !mark.compare_exchange_strong(seen, 0, std::memory_order_relaxed)) return true;
  if (in_static) return true;
  if (!may_be_mark(left)) return false;  // no mark of ours
  ObjectId object = intact ? id_of(core, type) : object_of_mark(left);
  // It was never used nor named before, or is forgotten; where it was made is in memory that may be anything by now.
  if (object == 0) object = add_object(type, 0, {}, false);
  report_misuse(Kind::kMisuseUseAfterDestroy, this_thread(), op, object, 0);
  return intact;
}

}  // namespace gridlock::internal
