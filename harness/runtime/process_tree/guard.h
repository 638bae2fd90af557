// SPDX-License-Identifier: Apache-2.0
//
// Mutual exclusion between processes whose owner may be killed with it held. glibc's robust mutexes
// would do (pthread_mutexattr_setrobust), but they are libc's, which the observer stays away from,
// and the kernel's robust list behind them belongs to glibc, one a thread. So the word holds its
// owner; a waiter sleeps in slices and checks after each whether the owner lives.
#pragma once

#include <atomic>

#include "harness/platform/base.h"

namespace gridlock::internal {

/// 0 when free, so zeroed memory is a free one. Lives in memory that the processes share.
struct RobustWord {
  std::atomic<u32> word;  // bit 31: somebody may sleep; the rest: the owner
};

inline constexpr u64 kLifeSliceNs = 50'000'000;

/// Not recursive. acquire / release. True: the owner before has died with it, and what it guards may
/// be half changed.
bool robust_lock(RobustWord& robust) noexcept;
void robust_unlock(RobustWord& robust) noexcept;
/// Its owner has died with it, and nobody has taken it since. Reads /proc if somebody owns it.
bool owner_died(const RobustWord& robust) noexcept;

class RobustGuard {
 public:
  GRIDLOCK_INLINE explicit RobustGuard(RobustWord& word) noexcept
      : word_(word), inherited_(robust_lock(word)) {}
  GRIDLOCK_INLINE ~RobustGuard() { robust_unlock(word_); }
  RobustGuard(const RobustGuard&) = delete;
  RobustGuard& operator=(const RobustGuard&) = delete;
  /// From a dead owner.
  GRIDLOCK_INLINE bool inherited() const noexcept { return inherited_; }

 private:
  RobustWord& word_;
  bool inherited_;
};

/// Guards the tables of waits. Only where process_tree_ready(). Taken before every other mutex of
/// the runtime but that of the waits.
class TreeGuard {
 public:
  TreeGuard() noexcept;
  ~TreeGuard();
  TreeGuard(const TreeGuard&) = delete;
  TreeGuard& operator=(const TreeGuard&) = delete;
  GRIDLOCK_INLINE bool inherited() const noexcept { return inherited_; }

 private:
  bool inherited_;
};

}  // namespace gridlock::internal
