// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/publication.h"

#include "harness/analysis/publication.h"
#include "harness/runtime/registry/strangers.h"

namespace gridlock::internal {
namespace {

Publications g_made;
std::atomic<u32> g_strangers{0};

constexpr u32 kStamped = 0x80000000u;

// Good enough to tell two epochs of two threads apart, in the 30 bits that an id and what is buried leave.
u32 stamp_of(const ThreadState* state) noexcept {
  return kStamped | ((state->number & 0x3ffu) << 20) | (epoch_of(state) & 0xfffffu);
}

// Is there a thread that nobody knows? One that is just being started is known by its starter and is
// waited for, because /proc has it before it has said who it is: the answer would be a matter of luck.
// Where the threads cannot be listed nobody is made up: a prediction would rest on it.
bool anybody_unknown() noexcept {
  constexpr u32 kMostRounds = 100;
  for (u32 i = 0; i < kMostRounds; ++i) {
    const u32 before = await_starting_threads();
    if (look_for_strangers(false) != Strangers::kSome) return false;
    if (starts_so_far() == before) return true;
  }
  return true;
}

}  // namespace

// What the thread did, less what it holds: the same as long as it only acquires.
u32 epoch_of(const ThreadState* state) noexcept {
  auto epoch = static_cast<u32>(state->ring.total());
  for (u32 i = 0; i < held_count(state); ++i) epoch -= count_of(state->held[i]);
  return epoch;
}

bool init_publication(u32 objects) noexcept {
  return g_made.init(objects) &&
         follow_objects([](ObjectId object) noexcept { return g_made.reach(object); },
                        [](ObjectId object) noexcept { g_made.made(object, 0, 0); });
}

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
  g_made.made(object, state->number, epoch_of(state));
}

void note_stranger() noexcept { g_strangers.store(1, std::memory_order_relaxed); }

bool is_unpublished(const ThreadState* state, ObjectId object, u32 epoch) noexcept {
  if (g_strangers.load(std::memory_order_relaxed) != 0) return false;
  // Of some primitives the request is on record already.
  const u32 pending = state->ring.newest_is_granted() ? 0 : 1;
  if (!g_made.unknown_to_others(object, state->number, epoch) &&
      !(pending != 0 && g_made.unknown_to_others(object, state->number, epoch - pending))) {
    return false;
  }
  return !anybody_unknown();  // one may have been started with the lock in its hands
}

}  // namespace gridlock::internal
