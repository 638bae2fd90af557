// SPDX-License-Identifier: Apache-2.0
//
// A finding in one line for a person who has only the terminal: what was found, about which objects
// (by the names they were given, and where they were made) and which threads. Where in the code it
// happened is known to the reader of the log alone: here are return addresses.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Makes it of a finding's record (or a dump's, of a process that hangs) ("{"record":"finding",...}", as FindingLine writes it):
/// "Deadlock: alice (M1, bank.cc:9) => bob (M2, bank.cc:10) => alice; threads gift (T2) and rent (T3)
/// [deadlock]". Returns its length, at most `room`; no newline, no control characters.
u32 short_text(const char* record, u64 size, char* out, u32 room) noexcept;

}  // namespace gridlock::internal
