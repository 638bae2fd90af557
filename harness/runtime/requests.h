// SPDX-License-Identifier: Apache-2.0
//
// What each thread has asked for so far, whatever it held. Others that wait for this thread (by a
// join, or because it alone gives a signal) wait for all of it as well, so it becomes edges of the
// lock-order graph: but only once somebody waits while holding something, which is rare. Everything
// here is guarded by graph_mutex().
#pragma once

#include "harness/analysis/lock_order_graph.h"
#include "harness/runtime/threads.h"

namespace gridlock::internal {

bool init_requests(u32 capacity) noexcept;

/// One more request of a thread. Constant time; forgotten when the table is full. If the thread is
/// followed, it becomes an edge at once.
void remember_request(NodeId node, const RequestContext& context) noexcept;
/// The newest request of a thread, 0: none.
u32 newest_request(u32 thread) noexcept;

/// Before which signal a request came: the first whose mark (the segment that it ended) is not
/// before the request's segment.
struct Marks {
  const SegmentId* marks;
  u32 count;
};
/// Adds an edge from `signal` to everything that a thread requested after request `told`. Returns
/// the newest request, for the next call's `told`. `fixed` != 0: all before that signal.
u32 add_edges_from_signal(NodeId signal, u32 thread, Marks marks, u32 fixed, u32 told) noexcept;

/// Edges from the thread itself, node `node`, to all its requests, those to come included: somebody
/// joins it while holding something.
void follow_thread(u32 thread, NodeId node) noexcept;

}  // namespace gridlock::internal
