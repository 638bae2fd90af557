// SPDX-License-Identifier: Apache-2.0
//
// The lock-order graph as its definition reads: every request is kept, and a cycle is looked for by
// trying all chains of them. Shares no code with the real one but the words of
// lock_order_types.h.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "harness/analysis/lock_order_types.h"

namespace gridlock::internal {

/// What happened before what, as a table of all pairs.
class NaiveSegments {
 public:
  SegmentId add(SegmentId before, SegmentId also_before, u32 via, bool apart);
  void distrust(u32 via) { distrusted_.insert(via); }
  /// Either is before the other.
  bool ordered(SegmentId a, SegmentId b) const;

 private:
  struct Segment {
    SegmentId before;
    SegmentId also_before;
    u32 via;
    bool apart;  // what is before it is known to its own thread only
  };
  bool reaches(SegmentId early, SegmentId late, bool own) const;
  std::vector<Segment> all_{{}};
  std::set<u32> distrusted_;
};

class NaiveModel {
 public:
  using Held = std::map<NodeId, Mode>;
  using Key = std::pair<std::size_t, std::set<NodeId>>;  // of a cycle: length and locks
  struct Request {
    NodeId from;
    NodeId to;
    RequestContext context;
    Held held;
  };
  struct Traits {
    NodeKind kind = NodeKind::kLock;
    bool prefers_writers = false;
    bool active = true;
  };

  NaiveSegments segments;
  std::map<NodeId, Traits> nodes;

  /// False when one is there that can do all that this one can.
  bool add(const Request& request);
  void note_writer(NodeId node, u32 thread, SegmentId segment, const Held& held);
  /// The feasible cycles in which this request, which was added, is a step.
  std::set<Key> cycles_of(const Request& request) const;
  /// Is there any feasible cycle?
  bool any_cycle() const;
  /// Can these requests, one for each step, all be pending and each wait for the next?
  bool feasible(const std::vector<const Request*>& steps) const;

 private:
  struct Writer {
    u32 thread;
    SegmentId segment;
    Held held;
  };
  bool apart(u32 thread_a, SegmentId segment_a, const Held& held_a, u32 thread_b,
             SegmentId segment_b, const Held& held_b) const;
  bool meets(const Request& wants, const Request& holds) const;
  bool needs_writer(const Request& wants, const Request& holds) const;
  bool writers_for(const std::vector<const Request*>& steps, std::size_t at,
                   std::vector<const Writer*>& chosen) const;
  void extend(std::vector<const Request*>& path, std::set<Key>& found) const;

  std::vector<Request> requests_;
  std::map<NodeId, std::vector<Writer>> writers_;
};

}  // namespace gridlock::internal
