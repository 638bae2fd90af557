// SPDX-License-Identifier: Apache-2.0
//
// Which threads live, and so which requests can have nothing to do with any that is still to come.
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/segments.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class LiveThreads {
 public:
  /// `segments` must outlive it. False when there is no address space.
  bool init(u32 objects, Segments* segments) noexcept;
  void release() noexcept;
  void begins(ThreadNode& thread_node) noexcept;
  void ends(ThreadNode& thread_node) noexcept;
  /// All others are gone; nullptr: all are.
  void only(ThreadNode* thread_node) noexcept;
  /// Its thread has ended, and it is before all that live.
  bool is_over(const RequestContext& context) noexcept;
  GRIDLOCK_INLINE bool lives(u32 thread) noexcept { return numbers_.find(thread) != nullptr; }
  template <typename Each>
  GRIDLOCK_INLINE void each(Each each) noexcept {
    for (u32 i = 1; i < live_.size(); ++i) each(*live_[i].thread_node);
  }

 private:
  struct Living {
    ThreadNode* thread_node;
  };

  Segments* segments_ = nullptr;
  Table<Living> live_;  // from 1 on
  KeyMap numbers_;      // of their threads
};

}  // namespace gridlock::internal
