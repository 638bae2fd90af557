// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/infeasible_records.h"

#include "harness/runtime/findings/cycle_edges.h"
#include "harness/runtime/findings/end_records.h"
#include "harness/runtime/registry/process_graph.h"

namespace gridlock::internal {
namespace {

const char* name_of(InfeasibleReason reason) noexcept {
  switch (reason) {
    case InfeasibleReason::kNone:
      break;
    case InfeasibleReason::kOneThread:
      return "one-thread";
    case InfeasibleReason::kGate:
      return "gate";
    case InfeasibleReason::kOrdered:
      return "ordered";
    case InfeasibleReason::kReadersOnly:
      return "readers-only";
    case InfeasibleReason::kNoWriter:
      return "no-writer";
    case InfeasibleReason::kInactive:
      return "not-a-lock";
    case InfeasibleReason::kUnpublished:
      return "unpublished";
    case InfeasibleReason::kPermitsLeft:
      return "permits-left";
  }
  return "unknown";
}

void write(const InfeasibleCycle& cycle) noexcept {
  const u32 kept = cycle.length < kInfeasibleSteps ? cycle.length : kInfeasibleSteps;
  EndRecord record("infeasible-cycle");
  JsonWriter& json = record.json();
  json.text("reason", name_of(cycle.reason));
  record.object("object", cycle.object);
  json.number("length", cycle.length);
  write_cycle_edges(json, &cycle.steps[0], kept);
  for (u32 i = 0; i < kept; ++i) {
    record.mention(cycle.steps[i].from);
    record.mention_thread(cycle.steps[i].context.thread);
  }
}

}  // namespace

void write_infeasible_cycles() noexcept {
  constexpr u64 kPatience = 100'000'000;  // a signal handler may have interrupted the holder
  if (!graph_mutex().lock_until(now_ns() + kPatience)) return;
  InfeasibleCycles& safe = lock_order_graph().infeasible_cycles();
  for (u32 i = 0; i < safe.size(); ++i) write(safe[i]);
  graph_mutex().unlock();
}

}  // namespace gridlock::internal
