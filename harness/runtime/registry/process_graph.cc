// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/process_graph.h"

#include <atomic>

#include "harness/runtime/core/options.h"
#include "harness/runtime/registry/objects.h"

namespace gridlock::internal {
namespace {

std::atomic<bool> g_stopped{false};

}  // namespace

constinit Prediction g_prediction;

bool init_process_graph(const LockOrderLimits& limits, const PredictionHooks& hooks) noexcept {
  return g_prediction.init(limits, hooks) &&
         follow_objects([](ObjectId object) noexcept { return g_prediction.reach(object); },
                        [](ObjectId) noexcept {});
}

bool predicting() noexcept {
  return options().predict && !g_stopped.load(std::memory_order_relaxed);
}
void stop_predicting() noexcept { g_stopped.store(true, std::memory_order_relaxed); }

LockOrderGraph& lock_order_graph() noexcept { return g_prediction.graph(); }

}  // namespace gridlock::internal
