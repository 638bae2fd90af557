// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/core/process_number.h"

#include <atomic>

namespace gridlock::internal {
namespace {

std::atomic<u32> g_number{0};
std::atomic<u32> g_followed{0};

}  // namespace

u32 this_process() noexcept { return g_number.load(std::memory_order_relaxed); }
void set_this_process(u32 number) noexcept { g_number.store(number, std::memory_order_relaxed); }

u32 followed_process() noexcept { return g_followed.load(std::memory_order_acquire); }
void set_followed_process(u32 number) noexcept {
  g_followed.store(number, std::memory_order_release);
}

u32 published_process() noexcept {
  const u32 number = this_process();
  return number != 0 ? number : followed_process();
}

}  // namespace gridlock::internal
