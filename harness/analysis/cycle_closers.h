// SPDX-License-Identifier: Apache-2.0
//
// The edges from which a search rejected a cycle, each with the objects that the judgement rests on, so
// that it is searched again when one of them changes.
#pragma once

#include "harness/analysis/lock_order_edges.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class CycleClosers {
 public:
  /// False when there is no address space.
  bool init(u32 edges) noexcept;
  void release() noexcept;

  /// `causes` is a filter (cause_bit) of objects, and is added to what is known of the edge. When there
  /// is no room the edge is forgotten.
  void add(EdgeId edge, u64 causes) noexcept;
  GRIDLOCK_INLINE u32 size() const noexcept { return closers_.size(); }
  GRIDLOCK_INLINE EdgeId edge(u32 i) const noexcept { return closers_[i].edge; }
  GRIDLOCK_INLINE u64 causes(u32 i) const noexcept { return closers_[i].causes; }
  GRIDLOCK_INLINE void set_causes(u32 i, u64 causes) noexcept { closers_[i].causes = causes; }
  /// Forgets the edges that are not there any more.
  void forget_removed(const LockOrderEdges& edges) noexcept;
  u64 bytes() const noexcept;

 private:
  struct Closer {
    EdgeId edge;
    u64 causes;
  };

  Table<Closer> closers_;
  KeyMap index_;  // by edge
};

}  // namespace gridlock::internal
