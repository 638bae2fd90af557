// SPDX-License-Identifier: Apache-2.0
//
// Names as small numbers. The same name is kept once, for as long as an object has it. Not thread-safe but for
// name_text() (objects.h).
#pragma once

#include <string_view>

#include "harness/platform/base.h"

namespace gridlock::internal {

/// False when there is no address space.
bool init_names() noexcept;
/// Cut to 255 bytes. 0: it is empty, or there is no room, then `*lost` is set.
u32 keep_name(std::string_view name, bool* lost) noexcept;
/// One object more has it.
u32 share_name(u32 name) noexcept;
/// One less. Who is just reading it may read another one.
void let_name_go(u32 name) noexcept;

}  // namespace gridlock::internal
