// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/core/lasting_refusal.h"

#include "harness/platform/futex.h"

namespace gridlock::internal {

bool LastingRefusal::lasts(bool refused) noexcept {
  constexpr u64 kPatienceNs = 2'000'000'000;
  if (!refused) {
    since_ns_ = 0;
    return false;
  }
  const u64 now = now_ns();
  if (since_ns_ == 0) since_ns_ = now;
  return now - since_ns_ >= kPatienceNs;
}

}  // namespace gridlock::internal
