// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/recent_stacks.h"

#include "harness/platform/stacks.h"

namespace gridlock::internal {
namespace {

constexpr u32 kRecent = 512;

struct Recent {
  const void* frame;
  u32 limit;
  u32 size;
  StackId id;
  FoundFrame frames[kStackLimit];
};
Recent g_recent[kRecent];  // guarded by graph_mutex()

// From the innermost on: each slot is where the unwinder would look after those before it.
bool is_still(const Recent& recent, const void* frame, u32 limit) noexcept {
  if (recent.frame != frame || recent.limit != limit || recent.size == 0) return false;
  for (u32 i = 0; i < recent.size; ++i) {
    if (*recent.frames[i].slot != recent.frames[i].address) return false;
  }
  return true;
}

}  // namespace

GRIDLOCK_NOINLINE StackId recent_stack(const void* frame, u32 limit, u32 skip) noexcept {
  Recent& recent = g_recent[mix(reinterpret_cast<uptr>(frame)) % kRecent];
  if (is_still(recent, frame, limit)) return recent.id;
  recent.size = 0;
  uptr addresses[kStackLimit];
  const u32 size = unwind_frames(&recent.frames[0], limit, skip + 1);
  bool all_found = size != 0;
  for (u32 i = 0; i < size; ++i) {
    addresses[i] = recent.frames[i].address;
    all_found = all_found && recent.frames[i].slot != nullptr;
  }
  recent.frame = frame;
  recent.limit = limit;
  recent.id = keep_stack(&addresses[0], size);
  recent.size = all_found ? size : 0;
  return recent.id;
}

}  // namespace gridlock::internal
