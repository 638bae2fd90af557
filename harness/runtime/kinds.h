// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// The rows of finding_kinds.def.
enum class Kind : u8 {
#define GRIDLOCK_FINDING_KIND(enumerator, name, title, source, meaning, fix) enumerator,
#include <gridlock/finding_kinds.def>
#undef GRIDLOCK_FINDING_KIND
};

/// How many rows there are.
inline constexpr u32 kKinds = 0
#define GRIDLOCK_FINDING_KIND(enumerator, name, title, source, meaning, fix) +1
#include <gridlock/finding_kinds.def>
#undef GRIDLOCK_FINDING_KIND
    ;

const char* kind_name(Kind kind) noexcept;

}  // namespace gridlock::internal
