// SPDX-License-Identifier: Apache-2.0
//
// The order that starting and joining threads gives. A thread's life is cut into segments: a new
// one begins when it starts a thread and when it has joined one. Each segment knows the one before
// it in its thread and, if it began with a start or a join, the segment of the other thread that
// ended there. Two segments can overlap in time unless one can be reached from the other; that is
// Lamport's happened-before ("Time, clocks, and the ordering of events", 1978) kept as the graph
// itself instead of as vector clocks: a start costs one entry however many threads there are, and
// the question is only asked when a cycle has been found.
#pragma once

#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

/// 0 is "no segment": ordered with nothing.
using SegmentId = u32;

class Segments {
 public:
  bool init(u32 capacity) noexcept;
  void release() noexcept;
  /// A new segment after both (either may be 0). Returns 0 when the table is full; such a segment
  /// counts as concurrent with everything. Constant time.
  SegmentId add(SegmentId before, SegmentId also_before) noexcept;
  /// True when everything in `first` happened before everything in `second`. Ids grow with time, so
  /// the search goes back from `second` and stops below `first`: at most linear in the number of
  /// segments between them.
  bool ordered(SegmentId first, SegmentId second) noexcept;
  /// Neither is before the other.
  bool concurrent(SegmentId a, SegmentId b) noexcept;
  u32 size() const noexcept;

 private:
  struct Segment {
    SegmentId before;
    SegmentId also_before;
    u32 visited;  // the search that saw it last
    u32 next;  // the search's stack, threaded through the table so that it needs no memory of its
               // own
  };
  Table<Segment> table_;
  u32 search_ = 0;
};

}  // namespace gridlock::internal
