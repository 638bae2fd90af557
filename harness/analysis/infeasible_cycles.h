// SPDX-License-Identifier: Apache-2.0
//
// The cycles of the lock-order graph that were judged infeasible, each with its reason: what the report
// shows so that a reader can check the judgement. Oldest first.
//
//   InfeasibleCycles& safe = graph.infeasible_cycles();
//   for (u32 i = 0; i < safe.size(); ++i) print(safe[i].reason, safe[i].object, safe[i].steps[0]);
//
// Only a list: the graph fills it, and takes a cycle off when it has become real.
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class InfeasibleCycles {
 public:
  static constexpr u32 kCapacity = 256;

  /// False when there is no address space.
  bool init() noexcept;
  void release() noexcept;

  /// Empty again, nothing known. Constant time.
  void forget() noexcept;

  u32 size() const noexcept;
  /// The i-th; valid until the graph changes.
  const InfeasibleCycle& operator[](u32 i) const noexcept;
  /// Sets of locks that found no room in the list. They are searched again like the others, and no
  /// longer counted when they become real.
  u32 dropped() const noexcept;

  /// Once for each key: what is known of it stays. `steps` has `length` of them, of which
  /// kInfeasibleSteps are kept. Constant time.
  void add(u64 key, InfeasibleReason reason, u32 object, const CycleStep* steps,
           u32 length) noexcept;
  /// Takes it off the list, if it is there. Linear in kCapacity.
  void remove(u64 key) noexcept;
  /// Takes off every cycle whose reason names the object.
  void remove_named(u32 object) noexcept;
  /// Takes off every cycle of which gone(cycle) is true, and forgets which ones it has had no room for.
  template <typename Gone>
  GRIDLOCK_INLINE void remove_if(Gone gone) noexcept {
    for (u32 i = size_; i > 0; --i) {
      if (gone(slots_[order_[i - 1]])) remove_at(i - 1);
    }
    known_.erase_if([](u64, u32 slot) noexcept { return slot == kAbsent || slot == kDropped; });
  }

 private:
  void remove_at(u32 position) noexcept;

  static constexpr u32 kAbsent = 0;  // in known_; else slot + 1
  static constexpr u32 kDropped = ~0u;
  Table<InfeasibleCycle> slots_;
  Table<u32> order_;  // slots in use, oldest first, then the free ones
  KeyMap known_;
  u32 size_ = 0;
  u32 dropped_ = 0;
};

}  // namespace gridlock::internal
