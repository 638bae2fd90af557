// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/runtime/core/json_writer.h"

namespace gridlock::internal {

/// The members `program` (path of the executable) and `arguments` (without the program's own name;
/// absent if there are none) of a `start` record. At most 2 KiB of arguments; "..." stands for more.
void write_command(JsonWriter& json) noexcept;

}  // namespace gridlock::internal
