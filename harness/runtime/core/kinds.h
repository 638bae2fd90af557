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

/// The same, to count them.
inline constexpr Kind kEveryKind[] = {
#define GRIDLOCK_FINDING_KIND(enumerator, name, title, source, meaning, fix) Kind::enumerator,
#include <gridlock/finding_kinds.def>
#undef GRIDLOCK_FINDING_KIND
};
inline constexpr u32 kKinds = sizeof kEveryKind / sizeof kEveryKind[0];

const char* kind_name(Kind kind) noexcept;

}  // namespace gridlock::internal
