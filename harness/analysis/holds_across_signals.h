// SPDX-License-Identifier: Apache-2.0
//
// Locks that are held across a signal. The .cc says what that orders.
#pragma once

#include <atomic>

#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/segments.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

/// The operations are those of Prediction, which says what they mean.
class HoldsAcrossSignals {
 public:
  /// `segments` must outlive it. False when there is no address space.
  bool init(u32 locks, Segments* segments) noexcept;
  void release() noexcept;
  void holds(const ThreadNode& thread_node, NodeId object, Mode mode, SegmentId during) noexcept;
  /// True: a gate rested on its being held, and is to be judged again.
  bool releases(ThreadNode& thread_node, NodeId object) noexcept;
  bool comes_after(const ThreadNode& thread_node, NodeId object, Mode mode) noexcept;
  /// May be asked at any time.
  GRIDLOCK_INLINE bool may_know(NodeId object) const noexcept {
    if (GRIDLOCK_LIKELY(!any_.load(std::memory_order_relaxed))) return false;
    const u64 bit = mix(object);
    return (seen_[bit & (kSeen - 1)].load(std::memory_order_relaxed) >> (bit >> 32 & 63) & 1) != 0;
  }
  void got(ThreadNode& thread_node, NodeId object, Mode mode) noexcept;
  /// Is everything in `segment`, of thread `inside`, done while a thread holds the lock that is neither that one nor
  /// `other`, so that `other` cannot hold it in this mode meanwhile? Adds what that rests on to `causes`.
  bool keeps_out(NodeId object, Mode mode, u32 other, u32 inside, SegmentId segment, u32* steps,
                 u64* causes) noexcept;
  /// These locks are gone.
  void forget(const IdSet& nodes) noexcept;
  template <typename Each>
  GRIDLOCK_INLINE void each_segment(Each each) noexcept {
    for (u32 i = 1; i < holds_.size(); ++i) {
      for (const Hold& hold : holds_[i].last) {
        each(hold.during);
        each(hold.released);
      }
    }
  }

 private:
  // A time for which a thread held a lock across a signal.
  struct Hold {
    SegmentId during;
    SegmentId released;  // 0: it holds it still
    u32 thread;
    Mode mode;
  };
  struct Holds {
    static constexpr u32 kMax = 8;
    Hold last[kMax];
    u32 count;      // that there ever were
    bool is_asked;  // keeps_out() said yes of one that is not released yet
  };

  bool comes_after_hold(const ThreadNode& thread_node, const Hold& hold, Mode mode,
                        NodeId* through) noexcept;

  static constexpr u32 kSeen = 64;

  Segments* segments_ = nullptr;
  std::atomic<u64> seen_[kSeen] = {};  // a filter of the locks
  std::atomic<bool> any_{false};       // there was one
  Table<Holds> holds_;
  u32 free_ = 0;     // along count
  KeyMap holds_of_;  // by lock
};

}  // namespace gridlock::internal
