// SPDX-License-Identifier: Apache-2.0
//
// The text of ThreadSanitizer's reports, as it prints them. What a finding claims comes from the data
// of the report; two things are in the text only: which mutexes each access was made under, and what a
// global variable is called.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// The report that the calling thread has printed last, and that nobody has taken; "" if there is none.
/// The text stays until the next report.
const char* take_printed_report() noexcept;

/// What the text says of one access.
struct PrintedHolds {
  static constexpr u32 kMax = 16;
  struct Mutex {
    u64 number;  ///< 3 in "M3"
    bool write;
  };
  bool known = false;  ///< the line was found, and everything in it understood
  u32 count = 0;
  Mutex mutexes[kMax] = {};
};

/// The mutexes of the access with this index, in printed order. "... by thread T1 (mutexes: write
/// M0, read M2):"
PrintedHolds printed_holds(const char* report, u32 index) noexcept;

/// Copies the name of the global variable; "" if the report names none.
void printed_global(const char* report, char* name, u32 size) noexcept;

}  // namespace gridlock::internal
