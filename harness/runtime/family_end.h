// SPDX-License-Identifier: Apache-2.0
//
// A deadlock ends the whole family: what hangs together ends together, and nobody is left behind.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// The calling process is about to write the finding that ends the family. False: another one was
/// faster. True once; where
/// there is no family always.
bool claim_family_end() noexcept;
/// Another process has claimed it.
bool family_ends_elsewhere() noexcept;
/// Ends the calling process, which another one ends with the family; P1 with the exit code
/// of a process that cannot go on (ending.h).
[[noreturn]] void wait_for_family_end() noexcept;
/// Ends every other member; P1 exits as the options say, with that code or by SIGABRT. After
/// claim_family_end(). Does nothing where there is no family.
void end_other_members() noexcept;

/// By P1, when it makes the family: how the others reach it while it runs code of the user.
void watch_for_family_end() noexcept;

}  // namespace gridlock::internal
