// SPDX-License-Identifier: Apache-2.0
//
// The body of a once flag is before whatever comes through the flag, but what the thread did before it ran the
// body is not: in another schedule another thread runs it.
#pragma once

#include "harness/analysis/live_threads.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/request_edges.h"
#include "harness/analysis/segments.h"
#include "harness/analysis/signal_orders.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

/// The operations are those of Prediction, which says what they mean.
class OnceOrders {
 public:
  /// All of them must outlive it. False when there is no address space.
  bool init(u32 objects, Segments* segments, RequestEdges* edges, SignalOrders* orders) noexcept;
  void release() noexcept;
  void body_begins(ThreadNode& thread_node, NodeId flag) noexcept;
  void body_ended(ThreadNode& thread_node, NodeId flag) noexcept;
  void passes(ThreadNode& thread_node, NodeId flag) noexcept;
  /// These flags are gone, and whoever does not live any more passes none.
  void forget(const IdSet& nodes, LiveThreads& threads) noexcept;
  template <typename Each>
  GRIDLOCK_INLINE void each_segment(Each each) noexcept {
    for (u32 i = 1; i < bodies_.size(); ++i) {
      each(bodies_[i].end);
      each(bodies_[i].outer);
      each(bodies_[i].first);
      each(bodies_[i].heard);
    }
  }

 private:
  // The last time that the body of a once flag ran.
  struct Body {
    SegmentId end;    // 0: not yet
    SegmentId outer;  // of the thread that ran it: before the body
    SegmentId first;  // of the body
    SegmentId
        heard;  // after all that this thread, and all who came through since, have heard from others
    NodeId via;  // orders by that; 0: nothing does
  };

  bool has_heard_the_same(const Body& body, SegmentId segment) noexcept;
  void hear_less(Body& body, NodeId flag, SegmentId segment) noexcept;

  Segments* segments_ = nullptr;
  RequestEdges* edges_ = nullptr;
  SignalOrders* orders_ = nullptr;
  Table<Body> bodies_;
  u32 free_ = 0;    // along via
  KeyMap body_of_;  // by once flag
  KeyMap passed_;   // by once flag and thread
};

}  // namespace gridlock::internal
