// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/segments.h"

namespace gridlock::internal {

bool Segments::init(u32 capacity) noexcept {
  if (!table_.reserve(capacity)) return false;
  table_.add();  // 0 is "none"
  return true;
}

void Segments::release() noexcept { table_.release(); }

u32 Segments::size() const noexcept { return table_.size(); }

SegmentId Segments::add(SegmentId before, SegmentId also_before) noexcept {
  if (table_.full()) return 0;
  const SegmentId id = table_.add();
  table_[id].before = before;
  table_[id].also_before = also_before;
  return id;
}

bool Segments::ordered(SegmentId first, SegmentId second) noexcept {
  if (first == 0 || second == 0 || first >= second) return false;
  ++search_;
  u32 stack = second;
  table_[second].visited = search_;
  table_[second].next = 0;
  while (stack != 0) {
    const Segment segment = table_[stack];
    stack = segment.next;
    const SegmentId before[2] = {segment.before, segment.also_before};
    for (const SegmentId id : before) {
      if (id == first) return true;
      if (id < first || table_[id].visited == search_) continue;
      table_[id].visited = search_;
      table_[id].next = stack;
      stack = id;
    }
  }
  return false;
}

bool Segments::concurrent(SegmentId a, SegmentId b) noexcept {
  return !ordered(a, b) && !ordered(b, a);
}

}  // namespace gridlock::internal
