// SPDX-License-Identifier: Apache-2.0
//
// The channels that were signalled or waited for, each with what is known of its signals.
#pragma once

#include "harness/analysis/channel_states.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/request_edges.h"
#include "harness/analysis/segments.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

inline constexpr u32 kMaxMarks = 64;            ///< of a channel
inline constexpr u32 kMaxSignalSteps = 20'000;  ///< of a question about two segments

/// Do receipts need that many signals, and not only the first?
GRIDLOCK_INLINE bool is_counted(Rule rule) noexcept {
  return rule == Rule::kCounted || rule == Rule::kItems;
}
/// How many signals of a sole signaller are marked.
GRIDLOCK_INLINE u32 max_marks(Rule rule) noexcept { return rule == Rule::kOnce ? 1 : kMaxMarks; }

inline constexpr u32 kSeveralReceive = ~0u;

struct SignalSource {
  Signal signal;
  NodeId node;         // stands for the channel in the lock-order graph
  u32 signaller;       // the first thread that signalled; 0: nobody yet
  u32 signals;         // given by it as long as it was the only one
  u32 first_mark;      // of kMaxMarks; 0: none yet
  u32 told;            // its newest request that has an edge
  u32 told_signals;    // how many it had given then
  u32 others;          // that signalled; 0: none
  u32 giver_count;     // how many
  u32 firm;            // signals of the first that come before any of another thread's; of several
  NodeId later;        // orders by signals beyond the first; 0: nothing yet
  u32 farthest;        // the last signal by which something was ordered
  u32 total;           // signals of all threads
  u32 receiver;        // the only thread that received one; 0: nobody yet, kSeveralReceive
  SegmentId all;       // after all of them
  u32 completions;     // 0: none
  u32 closer;          // the first thread that let everybody go on without a signal
  SegmentId end_mark;  // before it did
  NodeId end;          // orders by that
  u32 first_round;     // kWakeup; 0: none
  u32 last_round;
  u32 told_round;
  bool true_at_first;  // kWakeup: a test was true when nobody could have made it so
  bool waited_for;     // by a thread that held something
};

class SignalSources {
 public:
  /// `edges` must outlive it. False when there is no address space.
  bool init(u32 objects, RequestEdges* edges) noexcept;
  void release() noexcept;
  /// The source of a channel that has one already; nullptr: none.
  SignalSource* known(const Signal& signal) noexcept;
  /// A new one if need be; nullptr when there is no room.
  SignalSource* of(const Signal& signal) noexcept;
  /// The one that is this node in the lock-order graph; nullptr: none.
  SignalSource* of_node(NodeId node) noexcept;
  GRIDLOCK_INLINE u32 number_of(const SignalSource& source) noexcept {
    return static_cast<u32>(&source - &sources_[0]);
  }
  GRIDLOCK_INLINE SignalSource& operator[](u32 number) noexcept { return sources_[number]; }
  /// What orders by signals beyond the first, which rests on something of its own, because the first may
  /// stay firm when they do not. 0: no room.
  NodeId later_of(SignalSource& source) noexcept;

  /// Calls each(source) for all that there are.
  template <typename Each>
  GRIDLOCK_INLINE void each(Each each) noexcept {
    for (u32 number = 1; number < sources_.size(); ++number) {
      if (sources_[number].node != 0) each(sources_[number]);
    }
  }
  /// Its object is gone; the number is used again.
  void forget(SignalSource& source) noexcept;

 private:
  RequestEdges* edges_ = nullptr;
  Table<SignalSource> sources_;
  u32 free_ = 0;           // along told
  KeyMap number_of_;       // by object and channel
  KeyMap number_of_node_;  // by node
};

}  // namespace gridlock::internal
