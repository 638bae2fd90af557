// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/safe_records.h"

#include "harness/runtime/findings/cycle_edges.h"
#include "harness/runtime/findings/end_records.h"
#include "harness/runtime/registry/process_graph.h"

namespace gridlock::internal {
namespace {

const char* name_of(SafeReason reason) noexcept {
  switch (reason) {
    case SafeReason::kNone:
      break;
    case SafeReason::kOneThread:
      return "one-thread";
    case SafeReason::kGate:
      return "gate";
    case SafeReason::kOrdered:
      return "ordered";
    case SafeReason::kReadersOnly:
      return "readers-only";
    case SafeReason::kNoWriter:
      return "no-writer";
    case SafeReason::kInactive:
      return "not-a-lock";
    case SafeReason::kUnpublished:
      return "unpublished";
    case SafeReason::kPermitsLeft:
      return "permits-left";
  }
  return "unknown";
}

void write(const InfeasibleCycle& cycle) noexcept {
  const u32 kept = cycle.length < kSafeSteps ? cycle.length : kSafeSteps;
  EndRecord record("safe-cycle");
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

void write_safe_cycles() noexcept {
  constexpr u64 kPatience = 100'000'000;  // a signal handler may have interrupted the holder
  if (!graph_mutex().lock_until(now_ns() + kPatience)) return;
  InfeasibleCycles& safe = lock_order_graph().safe_cycles();
  for (u32 i = 0; i < safe.size(); ++i) write(safe[i]);
  graph_mutex().unlock();
}

}  // namespace gridlock::internal
