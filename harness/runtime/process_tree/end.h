// SPDX-License-Identifier: Apache-2.0
//
// A deadlock ends the whole family: what hangs together ends together, and nobody is left behind.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Another process has claimed it.
bool family_ends_elsewhere() noexcept;
/// Ends every other member; P1 exits as the options say, with that code or by SIGABRT. After
/// claim_family_end(). Does nothing where there is no family.
void end_other_members() noexcept;

/// By P1, when it makes the family: how the others reach it while it runs code of the user.
void watch_for_family_end() noexcept;

}  // namespace gridlock::internal
