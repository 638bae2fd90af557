// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/publication.h"

#include "harness/platform/pages.h"
#include "harness/runtime/wait.h"

namespace gridlock::internal {
namespace {

// Who made an object, and how many operations that thread had done by then.
struct Made {
  u32 thread;
  u32 operations;
};

Table<Made> g_made;  // by object
std::atomic<u32> g_strangers{0};

constexpr u32 kStamped = 0x80000000u;

// Good enough to tell two moments of two threads apart, in the 31 bits that an id leaves.
u32 stamp_of(const ThreadState* state) noexcept {
  const auto operations = static_cast<u32>(state->ring.total());
  return kStamped | ((state->number & 0x7ffu) << 20) | (operations & 0xfffffu);
}

}  // namespace

bool init_publication(u32 objects) noexcept {
  if (!g_made.reserve(objects + 1)) return false;
  g_made.resize(objects + 1);
  return true;
}

void forget_made() noexcept {
  const u32 room = g_made.size();
  g_made.release();
  g_made.reserve(room);
  g_made.resize(room);
}

std::uint32_t made_now() noexcept {
  const ThreadState* const state = tls_thread;
  return state == nullptr ? 0 : stamp_of(state);
}

void note_made(ObjectId object, u32 stamp) noexcept {
  const ThreadState* const state = tls_thread;
  if (state == nullptr || stamp != stamp_of(state)) return;
  g_made[object] = {state->number, static_cast<u32>(state->ring.total())};
}

void note_stranger() noexcept { g_strangers.store(1, std::memory_order_relaxed); }

bool is_unpublished(const ThreadState* state, u32 index) noexcept {
  const Made made = g_made[state->held[index].object];
  if (made.thread != state->number || g_strangers.load(std::memory_order_relaxed) != 0)
    return false;
  if (static_cast<u32>(state->ring.total()) - made.operations != held_count(state) - index)
    return false;
  return !strangers_run();  // one may have been started with the lock in its hands
}

}  // namespace gridlock::internal
