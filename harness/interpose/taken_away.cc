// SPDX-License-Identifier: Apache-2.0
#include "harness/interpose/taken_away.h"

#include "harness/runtime/orders/hooks.h"

namespace gridlock::internal {

constinit std::atomic<u32> g_times_taken_away{0};
__thread u32 tls_times_seen __attribute__((tls_model("initial-exec"))) = 0;

namespace {

struct TakenAway {
  std::atomic<u32> holder;
  std::atomic<ObjectId> object;
  std::atomic<bool> dropped;  // its holder knows
};
constexpr u32 kMax = 64;  // older ones are forgotten
TakenAway g_taken_away[kMax];

}  // namespace

void take_away(u32 holder, ObjectId object) noexcept {
  TakenAway& entry = g_taken_away[g_times_taken_away.load() % kMax];
  entry.holder.store(0);
  entry.object.store(object);
  entry.dropped.store(false);
  entry.holder.store(holder);
  g_times_taken_away.fetch_add(1);
}

void drop_what_was_taken_away(ThreadState* state, u32 times) noexcept {
  tls_times_seen = times;
  for (TakenAway& entry : g_taken_away) {
    if (entry.holder.load() != state->slot_word || entry.dropped.exchange(true)) continue;
    if (Held* const held = find_held(state, entry.object.load())) drop_held(state, held);
  }
}

bool was_taken_away(ThreadState* state, ObjectId object) noexcept {
  look_what_was_taken_away(state);
  for (TakenAway& entry : g_taken_away) {
    if (entry.holder.load() != state->slot_word || entry.object.load() != object) continue;
    entry.holder.store(0);
    return true;
  }
  return false;
}

}  // namespace gridlock::internal
