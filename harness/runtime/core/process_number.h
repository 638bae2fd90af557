// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// The number in "P2". 0: there is no process tree, or this is a fork that is not part of it.
u32 this_process() noexcept;
void set_this_process(u32 number) noexcept;

}  // namespace gridlock::internal
