// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/core/forked.h"

namespace gridlock::internal {
namespace {

std::atomic<u32> g_generation{0};  // changes in a child only, before it has a second thread

}  // namespace

std::atomic<bool> g_is_forked{false};
ForkStack g_fork_stack;

u32 fork_generation() noexcept { return g_generation.load(std::memory_order_relaxed); }

void note_fork() noexcept {
  g_is_forked.store(true, std::memory_order_relaxed);
  g_generation.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace gridlock::internal
