// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/requests.h"

#include "harness/platform/pages.h"
#include "harness/runtime/order.h"
#include "harness/runtime/runtime.h"
#include "harness/runtime/sync.h"

namespace gridlock::internal {
namespace {

struct Request {
  RequestContext context;
  NodeId node;
  u32 before;  // the one before it of the same thread; 0: none
};

struct Requester {
  u32 newest;
  NodeId followed_as;  // 0: nobody waits for it while holding something
};

Table<Request> g_requests;
Table<Requester> g_requesters;  // by number of the thread

void add_edge(NodeId signal, const Request& request, u32 epoch) noexcept {
  follow_wait(request.node);  // if it is something that is signalled itself
  RequestContext context = request.context;
  context.held_site = 0;
  context.held_mode = Mode::kExclusive;
  context.from_epoch = epoch;
  add_to_graph(signal, request.node, context);
}

}  // namespace

bool init_requests(u32 capacity) noexcept {
  if (!g_requests.reserve(capacity) || !g_requesters.reserve(capacity)) return false;
  g_requesters.resize(capacity);
  g_requests.add();
  return true;
}

void remember_request(NodeId node, const RequestContext& context) noexcept {
  if (g_requests.full() || context.thread >= g_requesters.size()) return;
  Requester& requester = g_requesters[context.thread];
  const u32 id = g_requests.add();
  g_requests[id] = {context, node, requester.newest};
  requester.newest = id;
  if (requester.followed_as != 0) add_edge(requester.followed_as, g_requests[id], 1);
}

u32 newest_request(u32 thread) noexcept {
  return thread < g_requesters.size() ? g_requesters[thread].newest : 0;
}

u32 add_edges_from_signal(NodeId signal, u32 thread, Marks marks, u32 fixed, u32 told) noexcept {
  const u32 newest = newest_request(thread);
  for (u32 id = newest; id > told; id = g_requests[id].before) {
    u32 epoch = fixed;
    if (fixed == 0) {
      epoch = 1;
      while (epoch <= marks.count && marks.marks[epoch - 1] < g_requests[id].context.segment) {
        ++epoch;
      }
    }
    add_edge(signal, g_requests[id], epoch);
  }
  return newest;
}

void follow_thread(u32 thread, NodeId node) noexcept {
  if (thread >= g_requesters.size() || g_requesters[thread].followed_as != 0) return;
  lock_order_graph().describe(node, NodeKind::kSignal, false);
  g_requesters[thread].followed_as = node;
  add_edges_from_signal(node, thread, {nullptr, 0}, 1, 0);
}

}  // namespace gridlock::internal
