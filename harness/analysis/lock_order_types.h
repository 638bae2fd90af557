// SPDX-License-Identifier: Apache-2.0
//
// The words of the lock-order graph: what a request looks like, what a cycle is made of, and why a
// cycle cannot happen. Plain data without functions of its own.
#pragma once

#include "harness/analysis/segments.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

/// 1, 2, 3 ...; 0 is none. Below 2^30. The runtime uses object ids.
using NodeId = u32;

enum class Mode : u8 { kExclusive, kShared };

/// What a node stands for.
enum class NodeKind : u8 {
  kLock,   ///< held and wanted, exclusively or shared
  kClass,  ///< many locks that count as one: held by two threads it is no gate, and one thread that
           ///< holds one and asks for another may be met by one that does it the other way round
  kPermits,  ///< several permits, taken one at a time: as many threads may hold one as there are. Who
             ///< asks for one waits only while threads that wait themselves hold all of them
  kSignal,  ///< something that one thread signals and others wait for: a wait for the n-th signal
            ///< is over once n signals were given, whoever waits (event, future, thread end,
            ///< permit)
  kAnySignal,  ///< the same where several threads give it, and any would do: the node is the first
               ///< one's, the others have theirs beside it (LockOrderGraph::add_giver)
  kWakeup,  ///< as kSignal, where a signal is lost unless somebody waits for it (condition variable)
};

/// One entry of a held set: a node, and how it is held. Of a kPermits there is an entry for each permit.
using HeldNode = u32;
GRIDLOCK_INLINE HeldNode held_node(NodeId node, Mode mode) noexcept {
  return (node << 1) | static_cast<u32>(mode);
}
GRIDLOCK_INLINE NodeId node_of(HeldNode held) noexcept { return held >> 1; }
GRIDLOCK_INLINE bool is_shared(HeldNode held) noexcept { return (held & 1) != 0; }

/// In RequestContext::to_epoch of a kWakeup: a wait that was over at once. It needed that signal or an
/// earlier one, whichever.
inline constexpr u32 kOrEarlier = 0x80000000u;

/// The thread that made a request, when, and holding what. For an edge from a signal node: the one that asked for `to`
/// before it gave the signal, and holding what while it asked.
struct RequestContext {
  u32 thread = 0;
  SegmentId segment = 0;
  u32 held_set = 0;     ///< from LockOrderGraph::intern_held_set
  u32 held_site = 0;    ///< opaque to the graph: where `from` was acquired
  u32 wanted_site = 0;  ///< opaque to the graph: where `to` was requested
  u32 from_epoch = 0;   ///< from a signal node: the request came before this signal of `from`
  u32 to_epoch = 0;     ///< to a signal node: the request waits for this signal of `to`
  Mode held_mode = Mode::kExclusive;    ///< of `from`
  Mode wanted_mode = Mode::kExclusive;  ///< of `to`
  bool unpublished = false;  ///< no other thread could know `from` yet: takes part in no cycle
};

/// How much room there is, and how long a search may take.
struct LockOrderLimits {
  u32 nodes = 1u << 20;
  u32 edges = 1u << 22;
  u32 contexts_per_edge = 8;
  /// From so many contexts beside the first of each edge on, an edge on no cycle keeps no more than others can tell
  /// apart, or fewer than that.
  u32 many_contexts = 1u << 10;
  u32 plenty_of_contexts = 1u << 17;
  u32 writers = 1u << 16;
  u32 writers_per_node = 8;
  u32 search_steps =
      50'000;  ///< per added context; a search that needs more is counted in undecided()
  u32 reconsider_steps = 500'000;  ///< per reconsider()
};

/// What became of a context that was added.
enum class Added : u8 { kNew, kKnown, kFull };

/// What the graph says of further contexts of the edge, after one was added: of which held sets nothing new
/// can come.
struct Settled {
  bool with_set = false;          ///< of the thread, in the segment: those with this one's, or more
  bool with_set_for_all = false;  ///< of all threads, until one ends
  bool new_threads = false;       ///< of threads of which the edge has none: all, until one ends
  u32 from_for_all =
      0;         ///< of all threads, until one ends: those of so many locks or more; 0: none
  u32 from = 0;  ///< of the thread: those of so many locks or more; 0: none
  bool on_cycle = false;  ///< and it is worth trying a few nevertheless
};

/// One of very many locks that a thread holds exclusively.
struct TallHeld {
  NodeId node;
  u32 site;  ///< opaque to the graph
};

/// One step of a cycle that was found.
struct CycleStep {
  NodeId from;
  NodeId to;
  RequestContext context;
};

/// Called for each cycle that was found, once for each set of locks, from inside add(),
/// note_writer() or reconsider(); must not call the graph. A cycle of one step is a reader that
/// asks again behind a writer, or a thread that takes two locks of one class; of two steps on one node,
/// two upgrades or two locks of one class. Where a kPermits is asked for, the cycle is followed by the
/// requests of the others that hold its permits.
using OnCycle = void (*)(const CycleStep* steps, u32 length, void* argument);

/// Why a cycle of edges cannot hang. It is the reason of the one choice of contexts that `steps`
/// shows; every other choice fails too, perhaps for a reason of its own.
enum class InfeasibleReason : u8 {
  kNone,
  kOneThread,    ///< two steps were made by one thread
  kGate,         ///< two steps hold `object`, not both for reading
  kOrdered,      ///< two steps cannot overlap: by start and join (`object` 0) or through `object`
  kReadersOnly,  ///< `object` is wanted and held for reading, and readers do not wait there
  kNoWriter,     ///< `object` prefers writers, but no writer can be waiting at that moment
  kInactive,  ///< `object` does not behave as a lock: see set_active(); or several threads signal
              ///< it, and not all of them are kept from it
  kUnpublished,  ///< `object` was held before another thread could know it
  kPermitsLeft,  ///< a permit of `object` is wanted, and threads that wait cannot hold all of them
};

constexpr u32 kInfeasibleSteps = 16;

/// A cycle that was judged infeasible, in the light of all that was known then.
struct InfeasibleCycle {
  u64 key;  ///< of the set of locks
  u32 object;
  u32 length;
  InfeasibleReason reason;
  CycleStep steps[kInfeasibleSteps];  ///< the first min(length, kInfeasibleSteps)
};

/// A set of objects as 64 bits: may say yes too often, never no.
GRIDLOCK_INLINE u64 cause_bit(u32 object) noexcept {
  return object == 0 ? 0 : u64{1} << (mix(object) & 63);
}

}  // namespace gridlock::internal
