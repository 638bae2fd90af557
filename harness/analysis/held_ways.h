// SPDX-License-Identifier: Apache-2.0
//
// In which ways an edge was held: what each of its contexts has beside the lock that the edge leads from. Asked
// whether the other steps of a cycle could keep all of them out at once; if they cannot, one more way to hold
// takes part in no cycle that none of these takes part in (docs/design/graph.md, "What another context is
// worth").
#pragma once

#include "harness/analysis/held_sets.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

class HeldWays {
 public:
  static constexpr u32 kMaxWays = 32;
  static constexpr u32 kMaxHeld = 8;  // of one way, beside that lock

  /// `from`: where the edge leads from.
  explicit HeldWays(NodeId from) noexcept : from_(from) {}
  /// A way of thread `thread`. What is not taken in is as if it were not known: it is too many, or too large.
  void add(u32 thread, const HeldSets::View& held) noexcept;
  GRIDLOCK_INLINE u32 count() const noexcept { return count_; }
  /// How many threads they are of.
  u32 threads() const noexcept;
  /// Could others who hold so many locks in all have one of each way? A yes may be wrong, a no never is.
  bool can_be_gated(u32 locks) const noexcept;
  /// The same of others of whom one may be the thread of ways, which then cannot take part.
  bool can_be_gated_beside_a_thread(u32 locks) const noexcept;

 private:
  using Ways = u32;  // a bit for each
  struct Gate {
    NodeId node;
    Ways ways;  // that hold it
  };
  static constexpr u32 kMaxTries = 4000;
  static constexpr u32 kPlaces = 2 * kMaxWays * kMaxHeld;
  u32 place_of(NodeId node) noexcept;
  bool is_hit(Ways ways, u32 locks, u32* tries) const noexcept;
  bool are_too_many(Ways ways, u32 locks) const noexcept;

  NodeId from_;
  u32 count_ = 0;
  u32 gates_ = 0;
  u32 most_ = 0;  // ways that hold one lock
  u32 thread_of_[kMaxWays];
  u32 held_count_[kMaxWays];
  u16 held_[kMaxWays][kMaxHeld];  // places in gate_
  Gate gate_[kMaxWays * kMaxHeld];
  u32 shared_ = 0;  // gates of several ways
  u16 shared_gate_[kMaxWays * kMaxHeld];
  u16 places_[kPlaces] = {};  // by node: place in gate_, + 1
};

}  // namespace gridlock::internal
