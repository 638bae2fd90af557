// SPDX-License-Identifier: Apache-2.0
//
// A full stack costs about 2 us to unwind, and nearly always it is one that was unwound before at the same
// place in the same thread. Where each return address lay is kept with it: while all of them are still
// there, the unwinder would go the same way again.
#pragma once

#include "harness/platform/base.h"
#include "harness/runtime/registry/stack_depot.h"

namespace gridlock::internal {

struct RecentStack {
  const void* frame;  ///< as __builtin_frame_address(0)
  uptr caller;        ///< tells two requests of one function apart; where it is known
  const void* site;   ///< what a CallSite consists of, where the caller said it; else nullptr
  u32 limit;          ///< of frames
};
/// The whole stack, from the caller of the function whose frame is said; `skip` as of unwind_stack(). With graph_mutex()
/// held.
StackId recent_stack(const RecentStack& wanted, u32 skip) noexcept;

}  // namespace gridlock::internal
