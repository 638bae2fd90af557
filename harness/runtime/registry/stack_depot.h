// SPDX-License-Identifier: Apache-2.0
//
// Stacks as small numbers: the same stack is kept once, for the life of the process.
#pragma once

#include <gridlock/identity.h>

#include "harness/platform/base.h"

namespace gridlock::internal {

using StackId = u32;  // 0: unknown

bool init_stack_depot() noexcept;
/// Thread-safe. 0 when full.
StackId keep_stack(const uptr* frames, u32 size) noexcept;
/// The same with a place in the source in front of it. Thread-safe.
StackId keep_stack(const uptr* frames, u32 size, CallSite site) noexcept;

/// What was kept. `frames` stays valid.
struct KeptStack {
  const uptr* frames;
  u32 size;
  const CallSite* site;  ///< nullptr: none
};
KeptStack kept_stack(StackId id) noexcept;

/// True once, when a stack found no room: what is kept from then on has none.
bool take_depot_full() noexcept;

}  // namespace gridlock::internal
