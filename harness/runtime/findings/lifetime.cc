// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

GRIDLOCK_NOINLINE bool use_after_destroy(Core& core, std::atomic<u32>& mark, ObjectType type,
                                         Op op) noexcept {
  u32 seen = mark.load(std::memory_order_relaxed);
  if ((seen & kDestroyedBit) == 0) return true;  // another thread has reported it
  ObjectId object = seen & ~kDestroyedBit;
  const bool in_static = is_static(&core);
  const bool intact =
      in_static || (object != 0 && core.id.load(std::memory_order_relaxed) == object);
  if (intact && !mark.compare_exchange_strong(seen, 0, std::memory_order_relaxed)) return true;
  if (in_static) return true;
  if (object > object_count()) return false;  // no mark of ours
  // It was never used nor named before; where it was made is in memory that may be anything by now.
  if (object == 0) object = add_object(type, 0, {}, false);
  report_misuse(Kind::kMisuseUseAfterDestroy, this_thread(), op, object, 0);
  return intact;
}

}  // namespace gridlock::internal
