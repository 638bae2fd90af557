// SPDX-License-Identifier: Apache-2.0
//
// The lock-order graph of this process, and the mutex that guards it.
#pragma once

#include "harness/analysis/prediction.h"
#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"

namespace gridlock::internal {

bool init_process_graph(const LockOrderLimits& limits, const PredictionHooks& hooks) noexcept;

/// Whether the lock-order graph is built: the option `predict`, until a table is full whose loss would
/// make false alarms.
bool predicting() noexcept;
void stop_predicting() noexcept;

/// Guards prediction(), and the lock-order graph in it.
GRIDLOCK_INLINE RawMutex& graph_mutex() noexcept { return mutex_of(MutexRank::kGraph); }
extern Prediction g_prediction;
GRIDLOCK_INLINE Prediction& prediction() noexcept { return g_prediction; }
LockOrderGraph& lock_order_graph() noexcept;

}  // namespace gridlock::internal
