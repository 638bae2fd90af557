// SPDX-License-Identifier: Apache-2.0
//
// What is known to have happened before what. A thread's life is cut into segments; a new one
// begins when the thread starts or joins another, and at each operation that orders it with another
// thread (a semaphore, an event, a barrier). Each segment knows the one before it in its thread and
// the one of the other thread that ended there. Two segments can overlap in time unless one can be
// reached from the other; that is Lamport's happened-before ("Time, clocks, and the ordering of
// events", 1978) kept as the graph itself instead of as vector clocks: a start costs one entry
// however many threads there are, and the question is only asked when a cycle has been found.
//
//   const SegmentId before_post = me;            // thread A: ready.set()
//   me = segments.add(me, 0);
//   me = segments.add(me, before_post, ready);   // thread B, after ready.wait()
//   segments.order(a, b).through                 // == ready
//   segments.distrust(ready);                    // a second thread signals it: that was luck
//
// A barrier of n threads: chain the arrivals on a segment that belongs to no thread, hub =
// add(hub, arrival, barrier), and let each leaver add(own, hub, barrier): 2n entries, not n * n.
#pragma once

#include "harness/analysis/aging_table.h"
#include "harness/analysis/id_set.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

/// 0 is "no segment": ordered with nothing. A number is never used again.
using SegmentId = u32;

/// For which there was no room, as well as what comes after it: ordered with everything, which raises no false
/// alarm.
inline constexpr SegmentId kUnknownSegment = ~0u - 15;

/// What is known about two segments.
struct SegmentOrder {
  bool ordered;    ///< everything in the first happened before everything in the second
  bool undecided;  ///< the search ran out of steps; counts as ordered, which raises no false alarm
  u32 through;     ///< 0 when starts and joins alone order them, else one object that is needed
  u64 causes;      ///< filter (cause_bit) of all objects on the path that was found
};

class Segments {
 public:
  /// Room for `capacity` segments, and for orders through objects below `objects`.
  bool init(u32 capacity, u32 objects = 1u << 22) noexcept;
  void release() noexcept;
  /// A new segment after both (either may be 0). Returns kUnknownSegment when the table is full. Constant time. `before` must be the segment of the same
  /// thread (a started thread has none: pass the starter's as `also_before`), because that is what
  /// makes long lives short to search.
  ///   via          the object that orders `also_before` with it; 0: start or join, always true
  SegmentId add(SegmentId before, SegmentId also_before, u32 via = 0) noexcept;
  /// As add(), but that `before` is before it is known to its own thread only: whoever comes after this
  /// segment through another thread does not come after `before`. It is the body of a call_once: in
  /// another schedule another thread runs it.
  SegmentId add_apart(SegmentId before, SegmentId also_before, u32 via) noexcept;
  /// Changes what an add_apart() segment comes after besides its own thread. Distrust the old object, too.
  void hear_instead(SegmentId segment, SegmentId also_before, u32 via) noexcept;
  /// The one before it in its thread; 0: none.
  GRIDLOCK_INLINE SegmentId before(SegmentId id) const noexcept { return table_[id].before; }

  // Forgetting. First mark each segment that is still referred to; forget_unmarked() then leaves out all that
  // nothing but the way between two marked ones needs, as far as one step tells the same. Of two that were
  // forgotten, or one, order() says that they are ordered: nobody should ask.
  GRIDLOCK_INLINE void mark(SegmentId id) noexcept {
    if (Segment* const found = table_.find(id)) found->asked_for = kMarked;
  }
  /// What an object in `gone` has ordered stays ordered: nothing can come that takes it back. False: no memory.
  bool forget_unmarked(const IdSet& gone) noexcept;
  /// An object of that number is trusted again.
  void forget_object(u32 via) noexcept;
  /// How many there are, and how many came since forget_unmarked().
  GRIDLOCK_INLINE u32 kept() const noexcept { return table_.size(); }
  GRIDLOCK_INLINE u32 added() const noexcept { return table_.added(); }
  GRIDLOCK_INLINE bool nearly_full() const noexcept { return table_.nearly_full(); }

  /// What the segment's thread has heard from others, newest first: calls `each` with a segment of
  /// another thread that is before `id`, and the object that orders them. At most `most` of them.
  template <typename Each>
  GRIDLOCK_INLINE void each_heard(SegmentId id, u32 most, Each each) const noexcept {
    for (u32 i = 0; id != 0 && i < most; ++i) {
      const Segment& first = table_[table_[id].run];  // of what was forgotten: none
      if (first.also_before != 0 && !is_apart(first)) each(first.also_before, first.via & ~kApart);
      id = first.before;
    }
  }
  /// What its thread and others did from here on is ordered through `object` in a way that nobody
  /// kept: two segments with the same tag count as ordered until the object is distrusted, which may
  /// miss a cycle and raises no false alarm. Later segments of the thread inherit the tag.
  void tag(SegmentId segment, u32 object) noexcept;
  /// From now on nothing is ordered through `via`. Constant time.
  void distrust(u32 via) noexcept;
  bool distrusted(u32 via) const noexcept;

  /// Is `first` before `second`? Ids grow with time, so the search goes back from `second` and
  /// stops below `first`; a stretch of a thread's life that waited for nobody is one step. `steps`
  /// is what the search may spend and what is left of it.
  SegmentOrder order(SegmentId first, SegmentId second, u32* steps) noexcept;
  /// Is any of these before any other? One search for all of them: linear in the number of
  /// stretches between the oldest and the newest. Zeros are passed over.
  SegmentOrder any_ordered(const SegmentId* ids, u32 count, u32* steps) noexcept;
  /// The same, whatever it costs.
  bool ordered(SegmentId first, SegmentId second, u32* through = nullptr) noexcept;
  /// Neither is before the other.
  bool concurrent(SegmentId a, SegmentId b) noexcept;
  u32 size() const noexcept;
  /// Segments that found no room.
  u32 dropped() const noexcept;
  u64 bytes() const noexcept;

 private:
  struct Segment {
    SegmentId before;
    SegmentId also_before;
    u32 via;         // of also_before; kApart is a flag in it
    u32 tag;         // 0: none
    SegmentId run;   // first of the unbranched stretch of its thread that it ends
    SegmentId last;  // at the run's first: its newest
    u32 visited;     // at the run's first: the search that saw it last
    SegmentId link;  // the search's stack, threaded through the table so that it needs no memory
    SegmentId seen_from;  // the run from which the search came
    u32 seen_through;     // and the object of that step
    u32 asked;  // at the run's first: the any_ordered() that asks for one of the run; or the
                // search() of which it is the thread's own past
    SegmentId asked_for;  // and which
  };
  struct Answer {  // of an earlier question
    SegmentId first;
    SegmentId second;
    u32 through;
    u32 version;  // << 1, and whether ordered
    u64 causes;
  };

  static constexpr u32 kApart = 1u << 31;
  // While forgetting, in asked_for, which then holds no segment; `link` is what stands for a dropped one.
  static constexpr u32 kMarked = ~0u;
  static constexpr u32 kDropped = ~0u - 1;
  static constexpr u32 kRetiredTags = 1u << 30;  // from here on: of objects that are gone

  GRIDLOCK_INLINE static bool is_apart(const Segment& segment) noexcept {
    return (segment.via & kApart) != 0;
  }
  // For a forgotten segment: one that nothing is before; what is written to it is lost.
  GRIDLOCK_INLINE Segment& at(SegmentId id) noexcept {
    Segment* const found = table_.find(id);
    if (GRIDLOCK_LIKELY(found != nullptr)) return *found;
    none_ = Segment{};
    return none_;
  }
  GRIDLOCK_INLINE bool is_forgotten(SegmentId id) noexcept { return table_.find(id) == nullptr; }
  void settle(Segment& segment, const IdSet& gone) noexcept;
  SegmentId kept_before(SegmentId id) noexcept;
  bool is_in_past(SegmentId past, SegmentId id) noexcept;
  void join_run(SegmentId id, Segment& segment) noexcept;
  bool trusted(const Segment& segment, bool conditional) const noexcept;
  bool search(SegmentId first, SegmentId second, bool conditional, u32* steps,
              SegmentOrder* result) noexcept;
  void name_path(SegmentId run, u32 through, SegmentOrder* result) noexcept;

  AgingTable<Segment> table_;
  Segment none_{};
  Table<u32> distrusted_;  // a bit for each object
  Table<Answer> answers_;  // direct-mapped
  u32 search_ = 0;
  u32 version_ = 1;  // of the trust
  u32 conditional_ = 0;
  u32 dropped_ = 0;
};

}  // namespace gridlock::internal
