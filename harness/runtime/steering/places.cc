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

// None is another one as long as the plan knows what it would be.
bool follows(const SteeringPlan& plan, const PlannedPlace& place, const uptr* frames,
             u32 size) noexcept {
  u32 next = 1;
  for (u32 i = 1; i < size && frames[i] != 0 && next < place.size; ++i) {
    u32 found = next;
    while (found < place.size && !is_frame(plan, place.frames[found], frames[i])) ++found;
    if (found == place.size) return false;
    next = found + 1;
  }
  return true;
}

bool has_what_is_certain(const SteeringPlan& plan, const PlannedPlace& place, const uptr* frames,
                         u32 size) noexcept {
  if (place.certain > size) return false;
  for (u32 i = 1; i < place.certain; ++i) {
    if (!is_frame(plan, place.frames[i], frames[i])) return false;
  }
  return true;
}

bool begins_at(const SteeringPlan& plan, const PlannedPlace& place, const uptr* frames,
               u32 size) noexcept {
  return place.size != 0 && size != 0 && is_frame(plan, place.frames[0], frames[0]);
}

}  // namespace

bool is_at(const SteeringPlan& plan, const PlannedPlace& place, const uptr* frames,
           u32 size) noexcept {
  return begins_at(plan, place, frames, size) &&
         (has_what_is_certain(plan, place, frames, size) || follows(plan, place, frames, size));
}

bool is_here(const SteeringPlan& plan, const PlannedPlace& place, const uptr* frames,
             u32 size) noexcept {
  if (!begins_at(plan, place, frames, size)) return false;
  if (is_at(plan, place, frames, size)) return true;
  uptr whole[kStackLimit];
  const u32 all = unwind_stack(&whole[0], kStackLimit, 0);
  for (u32 i = 0; i < all; ++i) {
    if (whole[i] == frames[0]) return is_at(plan, place, &whole[i], all - i);
  }
  return false;
}

}  // namespace gridlock::internal
