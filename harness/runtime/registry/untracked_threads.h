// SPDX-License-Identifier: Apache-2.0
//
// Threads of the process that never used a Gridlock object: any of them may do what is waited for.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Are there threads of the process that never used a Gridlock object?
enum class UntrackedThreads : u8 {
  kNone,
  kSome,
  kUnknown,  ///< the kernel did not tell; there may be some
};
/// Reads /proc. `counted`: kNone is certain; costs about as much again.
UntrackedThreads look_for_untracked_threads(bool counted = true) noexcept;
GRIDLOCK_INLINE bool untracked_threads_may_run() noexcept {
  return look_for_untracked_threads() != UntrackedThreads::kNone;
}

}  // namespace gridlock::internal
