// SPDX-License-Identifier: Apache-2.0
//
// The whole runtime's start and end, and the tables that its slow paths share.
#pragma once

#include <atomic>

#include "harness/analysis/prediction.h"
#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/runtime/options.h"

namespace gridlock::internal {

/// Brings the runtime up; called by whatever comes first. Thread-safe, cheap afterwards.
void ensure_runtime() noexcept;

const Options& options() noexcept;

/// Whether the lock-order graph is built: the option `predict`, until a table is full whose loss would
/// make false alarms.
bool predicting() noexcept;
void stop_predicting() noexcept;

/// Guards prediction(), and the lock-order graph in it.
GRIDLOCK_INLINE RawMutex& graph_mutex() noexcept { return mutex_of(MutexRank::kGraph); }
Prediction& prediction() noexcept;
LockOrderGraph& lock_order_graph() noexcept;

}  // namespace gridlock::internal
