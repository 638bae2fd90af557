// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/publication.h"

#include "harness/analysis/publication.h"
#include "harness/runtime/wait.h"

namespace gridlock::internal {
namespace {

Publications g_made;
std::atomic<u32> g_strangers{0};

constexpr u32 kStamped = 0x80000000u;

// Good enough to tell two moments of two threads apart, in the 31 bits that an id leaves.
u32 stamp_of(const ThreadState* state) noexcept {
  const auto operations = static_cast<u32>(state->ring.total());
  return kStamped | ((state->number & 0x7ffu) << 20) | (operations & 0xfffffu);
}

}  // namespace

bool init_publication(u32 objects) noexcept { return g_made.init(objects); }

void forget_made() noexcept { g_made.forget(); }

std::uint32_t made_now() noexcept {
  const ThreadState* const state = tls_thread;
  return state == nullptr ? 0 : stamp_of(state);
}

std::uint32_t made_now(const void* object, CallSite where) noexcept {
  const std::uint32_t now = made_now();
  if (GRIDLOCK_UNLIKELY(now != 0 && is_system_header(where.file_name())))
    note_made_by_library(object, __builtin_frame_address(0));
  return now;
}

void note_made(ObjectId object, u32 stamp) noexcept {
  const ThreadState* const state = tls_thread;
  if (state == nullptr || stamp != stamp_of(state)) return;
  g_made.made(object, state->number, static_cast<u32>(state->ring.total()));
}

void note_stranger() noexcept { g_strangers.store(1, std::memory_order_relaxed); }

bool is_unpublished(const ThreadState* state, u32 index) noexcept {
  const u32 operations = static_cast<u32>(state->ring.total());
  if (g_strangers.load(std::memory_order_relaxed) != 0 ||
      !g_made.unknown_to_others(state->held[index].object, state->number, operations,
                                held_count(state) - index)) {
    return false;
  }
  return !strangers_run();  // one may have been started with the lock in its hands
}

}  // namespace gridlock::internal
