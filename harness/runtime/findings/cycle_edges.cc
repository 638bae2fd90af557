// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/cycle_edges.h"

#include "harness/runtime/findings/describe.h"
#include "harness/runtime/orders/classes.h"

namespace gridlock::internal {
namespace {

void write_edge(JsonWriter& json, const CycleStep& step) noexcept {
  const RequestContext& context = step.context;
  const bool held_shared = context.held_mode == Mode::kShared;
  json.open_object();
  write_object_id(json, "from", step.from);
  write_object_id(json, "to", step.to);
  write_thread_id(json, "thread", context.thread);
  if (held_shared) json.text("held_mode", "shared");
  if (context.wanted_mode == Mode::kShared) json.text("wanted_mode", "shared");
  if (step.from == step.to && !g_lock_classes && held_shared &&
      context.wanted_mode == Mode::kExclusive)
    json.text("wanted_mode", "upgrade");
  if (context.held_site != 0) write_stack(json, "held_stack", context.held_site);
  write_stack(json, "wanted_stack", context.wanted_site);
  json.close_object();
}

}  // namespace

void write_cycle_edges(JsonWriter& json, const CycleStep* steps, u32 length) noexcept {
  json.open_array("cycle");
  for (u32 i = 0; i < length && i < kMaxCycleIds; ++i)
    write_object_id(json, nullptr, steps[i].from);
  json.close_array();
  json.open_array("edges");
  for (u32 i = 0; i < length && i < kMaxEdges; ++i) write_edge(json, steps[i]);
  json.close_array();
}

}  // namespace gridlock::internal
