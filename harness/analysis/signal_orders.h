// SPDX-License-Identifier: Apache-2.0
//
// Which segments a signal orders, and when that is taken back: with a second signaller, and with whatever else
// an order rests on.
#pragma once

#include "harness/analysis/channel_states.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/request_edges.h"
#include "harness/analysis/segments.h"
#include "harness/analysis/signal_sources.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class SignalOrders {
 public:
  /// All of them must outlive it. False when there is no address space.
  bool init(u32 objects, Segments* segments, ChannelStates* states, SignalSources* sources,
            RequestEdges* edges) noexcept;
  void release() noexcept;

  /// Nothing is ordered through `via` any more, and what was concluded from that goes, too.
  void no_longer_orders(NodeId via) noexcept;
  void distrust(NodeId& via) noexcept;
  /// Nothing is concluded from the channel any more; it has no source: nullptr.
  void give_up(const Signal& signal, SignalSource* source) noexcept;

  /// The segment of the sole signaller ends with this signal. Where there is no room to remember it, what comes
  /// after counts as ordered with everything.
  void mark(ThreadNode& thread_node, SignalSource& source) noexcept;
  /// The segments that its signals ended; nullptr: none yet.
  const SegmentId* marks(const SignalSource& source) const noexcept;
  /// From here on the channel orders the thread with others in a way that is not kept.
  void go_beyond_marks(ThreadNode& thread_node, SignalSource& source) noexcept;
  /// How many of the first thread's signals come before the segment in every schedule.
  u32 marks_before(SegmentId segment, SignalSource& source) noexcept;
  /// The receiver of signal `needed`, or a later one, comes after it.
  void order_by_mark(ThreadNode& thread_node, SignalSource& source, u32 needed) noexcept;

  /// One more signal, after segment `before`.
  void count_signal(SegmentId before, SignalSource& source) noexcept;
  /// The thread has received all signals that there were, and so each of them.
  void order_by_all(ThreadNode& thread_node, SignalSource& source) noexcept;
  bool comes_after_all(SegmentId segment, const SignalSource& source) noexcept;
  /// The source is gone, and what its signals ordered stays as it is.
  void forget(const SignalSource& source) noexcept;
  /// Nothing can be taken back any more that rests on one of these; call it after the sources are forgotten.
  void forget_leans() noexcept;
  /// Calls each(segment) for all that are kept.
  template <typename Each>
  GRIDLOCK_INLINE void each_segment(const SignalSource& source, Each each) noexcept {
    for (u32 i = 0; source.first_mark != 0 && i < source.signals; ++i)
      each(marks_[source.first_mark + i]);
    for (u32 id = source.completions; id != 0; id = completions_[id].next)
      each(completions_[id].after);
    each(source.all);
    each(source.end_mark);
  }
  template <typename Each>
  GRIDLOCK_INLINE void each_lean(Each each) noexcept {
    for (u32 i = 0; i < leans_.size(); ++i) {
      each(leans_[i].first);
      each(leans_[i].second);
    }
  }
  /// Another signal came that could have been in the place of one of those.
  void distrust_all(const SignalSource& source) noexcept;

 private:
  // A thread had received all signals that there were.
  struct Completion {
    SegmentId after;
    NodeId via;  // 0: it orders nothing any more
    u32 next;    // of the same source
  };
  // Something that was concluded from `first` being before `second`, which other objects say.
  struct Lean {
    u64 causes;
    SegmentId first;
    SegmentId second;
    u32 source;      // says nothing without it; or
    u32 completion;  // orders nothing without it
  };
  u32 take_marks(u32 room) noexcept;
  void free_marks(u32 first, u32 room) noexcept;
  void lean_on(const SegmentOrder& order, const Lean& lean) noexcept;

  Segments* segments_ = nullptr;
  ChannelStates* states_ = nullptr;
  SignalSources* sources_ = nullptr;
  RequestEdges* edges_ = nullptr;
  Table<SegmentId> marks_;
  u32 free_single_mark_ = 0;  // linked through themselves: one mark, for a first signal,
  u32 free_marks_ = 0;        // and kMaxMarks of them
  Table<Completion> completions_;
  u32 free_completion_ = 0;
  Table<Lean> leans_;
};

}  // namespace gridlock::internal
