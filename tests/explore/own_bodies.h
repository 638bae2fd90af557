// SPDX-License-Identifier: Apache-2.0
//
// Bodies that several tests of Gridlock's own primitives explore.
#pragma once

#include <gridlock/gridlock.h>

#include <string_view>

#include "tests/explore/expect.h"

namespace gridlock {

inline bool has_finding(const ExploreResult& result, std::string_view kind) {
  for (const ExploreFinding& finding : result.findings) {
    if (finding.kind == kind) return true;
  }
  return false;
}

inline void lock_both(Lock& first, Lock& second) {
  const Guard outer(first);
  const Guard inner(second);
}

inline void opposite_orders() {
  Lock first;
  Lock second;
  Thread other([&] { lock_both(second, first); });
  lock_both(first, second);
  other.join();
}

}  // namespace gridlock
