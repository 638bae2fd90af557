// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/core/process_number.h"

#include <atomic>

namespace gridlock::internal {
namespace {

std::atomic<u32> g_number{0};

}  // namespace

u32 this_process() noexcept { return g_number.load(std::memory_order_relaxed); }
void set_this_process(u32 number) noexcept { g_number.store(number, std::memory_order_relaxed); }

}  // namespace gridlock::internal
