// SPDX-License-Identifier: Apache-2.0
//
// What stands in the place of a channel's signaller when it is no thread, and how much of a channel is
// followed.
#pragma once

#include "harness/analysis/prediction_types.h"

namespace gridlock::internal {

inline constexpr u32 kNothing = ~0u;       ///< nothing is concluded any more
inline constexpr u32 kSeveral = ~0u - 1;   ///< several threads signal
inline constexpr u32 kFollowed = ~0u - 2;  ///< the same, and each signal is counted
/// With a thread: its marks are used up, what comes now orders nothing.
inline constexpr u32 kOver = 0x80000000u;
/// With a thread: as one that ends the waits of a queue.
inline constexpr u32 kCloser = 0x80000000u;
inline constexpr u32 kMostMarks = 64;            ///< of a channel
inline constexpr u32 kMostSignalSteps = 20'000;  ///< of a question about two segments

/// Do receipts need that many signals, and not only the first?
GRIDLOCK_INLINE bool is_counted(Rule rule) noexcept {
  return rule == Rule::kCounted || rule == Rule::kItems;
}

}  // namespace gridlock::internal
