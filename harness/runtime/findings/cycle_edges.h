// SPDX-License-Identifier: Apache-2.0
//
// The steps of a cycle as the members "cycle" and "edges" of a record (docs/design/wire.md).
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/runtime/core/json_writer.h"

namespace gridlock::internal {

/// At most kMaxEdges are written in full, and kMaxCycleIds named.
void write_cycle_edges(JsonWriter& json, const CycleStep* steps, u32 length) noexcept;
inline constexpr u32 kMaxEdges = 64;
inline constexpr u32 kMaxCycleIds = 20'000;

}  // namespace gridlock::internal
