// SPDX-License-Identifier: Apache-2.0
#include "harness/interpose/mark.h"

#include "harness/interpose/watch.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/registry/publication.h"

namespace gridlock::internal {

// Of two threads that come here with the same object one wins; the other's number is used for nothing.
GRIDLOCK_NOINLINE ObjectId mark_object(Mark& mark, const void* object, ObjectType type) noexcept {
  u64 seen = mark.id_and_check.load(std::memory_order_relaxed);
  const u32 check = check_of(object);
  const ObjectId id = add_object(type, 0, CallSite{}, false);
  if (id == 0) {
    report_capacity("max_objects");
    return 0;
  }
  while (static_cast<u32>(seen >> 32) != check) {
    if (mark.id_and_check.compare_exchange_weak(seen, (u64{check} << 32) | id)) return id;
  }
  return static_cast<ObjectId>(seen);
}

void mark_new(Mark& mark, const void* object, ObjectType type, const void* own_frame) noexcept {
  unmark(mark);
  ThreadState* const state = watched_thread();
  if (state == nullptr) return;
  const Frame frame(state, own_frame);
  const ObjectId id = mark_object(mark, object, type);
  made_by_callers(id, frame.address());
  if (id != 0) note_made(id, made_now());
}

}  // namespace gridlock::internal
