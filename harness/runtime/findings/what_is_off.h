// SPDX-License-Identifier: Apache-2.0
//
// What this process cannot find, because the kernel refuses what it would take (a sandbox, no /proc).
// Said once, at the start, so that nobody takes silence for a good sign.
#pragma once

#include "harness/runtime/core/json_writer.h"

namespace gridlock::internal {

/// Tries what is needed, and says on stderr what is off, a line each.
void look_what_is_off() noexcept;
/// The member "off" of the `start` record; nothing where all is well.
void write_what_is_off(JsonWriter& json) noexcept;

}  // namespace gridlock::internal
