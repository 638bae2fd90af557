// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/recent_stacks.h"

#include "harness/platform/stacks.h"

namespace gridlock::internal {
namespace {

constexpr u32 kRecent = 512;

struct Recent {
  RecentStack what;
  u32 size;
  StackId id;
  FoundFrame frames[kStackLimit];
};
Recent g_recent[kRecent];  // guarded by graph_mutex()

bool is_still(const Recent& recent, const RecentStack& wanted) noexcept {
  if (recent.size == 0 || recent.what.frame != wanted.frame || recent.what.site != wanted.site ||
      recent.what.caller != wanted.caller || recent.what.limit != wanted.limit) {
    return false;
  }
  return are_still_there(&recent.frames[0], recent.size);
}

}  // namespace

GRIDLOCK_NOINLINE StackId recent_stack(const RecentStack& wanted, u32 skip) noexcept {
  const u64 where = reinterpret_cast<uptr>(wanted.frame) + wanted.caller * 0x9e3779b97f4a7c15u;
  Recent& recent = g_recent[mix(where) % kRecent];
  if (is_still(recent, wanted)) return recent.id;
  recent.size = 0;
  uptr addresses[kStackLimit];
  const u32 size = unwind_frames(&recent.frames[0], wanted.limit, skip + 1);
  bool all_found = size != 0;
  for (u32 i = 0; i < size; ++i) {
    addresses[i] = recent.frames[i].address;
    all_found = all_found && recent.frames[i].slot != nullptr;
  }
  recent.what = wanted;
  recent.id = wanted.site == nullptr
                  ? keep_stack(&addresses[0], size)
                  : keep_stack(&addresses[0], size, __builtin_bit_cast(CallSite, wanted.site));
  recent.size = all_found ? size : 0;
  return recent.id;
}

}  // namespace gridlock::internal
