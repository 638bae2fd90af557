// SPDX-License-Identifier: Apache-2.0
//
// Something that the kernel refuses and that is asked for again with the next look at a wait. A
// refusal for a moment costs that moment and is no finding; one that lasts has to be said.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Not thread-safe: whoever asks the kernel holds a mutex anyhow.
class LastingRefusal {
 public:
  constexpr LastingRefusal() = default;
  /// What came of asking now. True if it has been refused for two seconds, without a success between.
  bool lasts(bool refused) noexcept;

 private:
  u64 since_ns_ = 0;  // 0: the last time it was granted
};

}  // namespace gridlock::internal
