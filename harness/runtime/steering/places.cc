// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/steering/places.h"

#include "harness/platform/raw_io.h"
#include "harness/platform/stacks.h"

namespace gridlock::internal {
namespace {

constexpr u64 kInPage = 4095;  // a module begins at a page

bool is_frame(const SteeringPlan& plan, const PlannedFrame& planned, uptr address) noexcept {
  const uptr call = address - 1;
  if (((call ^ planned.offset) & kInPage) != 0) return false;  // nearly always
  char path[SteeringPlan::kLongestPath];
  u64 offset = 0;
  if (!find_module(call, &path[0], sizeof path, &offset) || offset != planned.offset) return false;
  const char* const wanted = &plan.module[planned.module][0];
  return same_text(&path[0], wanted, length_of(wanted) + 1);
}

}  // namespace

bool is_at(const SteeringPlan& plan, const PlannedPlace& place, const uptr* frames,
           u32 size) noexcept {
  if (place.size == 0 || size == 0 || !is_frame(plan, place.frames[0], frames[0])) return false;
  u32 next = 1;
  for (u32 i = 1; i < size && frames[i] != 0 && next < place.size; ++i) {
    u32 found = next;
    while (found < place.size && !is_frame(plan, place.frames[found], frames[i])) ++found;
    if (found == place.size) return false;
    next = found + 1;
  }
  return true;
}

}  // namespace gridlock::internal
