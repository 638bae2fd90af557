// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/orders/learned_order.h"

#include "harness/platform/stacks.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/start.h"
#include "harness/runtime/orders/learned_pairs.h"
#include "harness/runtime/registry/objects.h"
#include "harness/runtime/registry/process_graph.h"
#include "harness/runtime/registry/stack_depot.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {
namespace {

std::atomic<u32> g_first_edge{1};

bool is_lock(NodeId node) noexcept { return is_lock_type(object_info(node).type); }

}  // namespace

bool is_learned_order(const CycleStep& edge) noexcept {
  if (edge.context.thread == 0) return false;  // a link, not seen itself
  const bool orders = edge.from != edge.to || options().lock_classes;
  return orders && is_lock(edge.from) && is_lock(edge.to);
}

u32 first_learned_edge() noexcept { return g_first_edge.load(); }
void forget_learned_order() noexcept { g_first_edge.store(lock_order_graph().edges() + 1); }

u32 learned_edges() noexcept {
  ensure_runtime();
  const RawGuard guard(graph_mutex());
  return lock_order_graph().edges();
}

bool learned_pair(u32 edge, LearnedPair* pair) noexcept {
  const RawGuard guard(graph_mutex());
  const CycleStep step = lock_order_graph().edge(edge);
  if (!is_learned_order(step)) return false;
  const RequestContext& context = step.context;
  *pair = {step.from,      step.to,           thread_record(context.thread).object,
           context.thread, context.held_site, context.wanted_site};
  return true;
}

void learned_object(u32 object, LearnedObject* out) noexcept {
  const ObjectInfo& info = object_info(object);
  *out = {type_letter(info.type), info.number,   type_name(info.type),
          name_text(info.name),   info.has_site, info.made_at};
}

bool learned_frame(u32 stack, u32 index, LearnedFrame* frame) noexcept {
  const KeptStack kept = kept_stack(stack);
  frame->is_site = kept.site != nullptr && index == 0;
  if (frame->is_site) {
    frame->site = *kept.site;
    return true;
  }
  if (kept.site != nullptr) --index;
  if (index >= kept.size) return false;
  frame->module[0] = 0;
  frame->offset = 0;
  find_module(kept.frames[index] - 1, &frame->module[0], sizeof frame->module, &frame->offset);
  return true;
}

}  // namespace gridlock::internal
