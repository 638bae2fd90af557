// SPDX-License-Identifier: Apache-2.0
//
// The stack of a wait. Nobody looks at it unless the thread is found stuck, or no wait for the lock was longer. But the thread
// sleeps by then and cannot be asked, so it is taken before each sleep. To unwind it costs about 2 us, more than the sleep
// itself often; and a thread waits at a few places again and again. So it keeps the last stacks with the place of each return address,
// and compares: some 20 ns.
#include "harness/platform/pages.h"
#include "harness/platform/stacks.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {
namespace {

// Of a thread; with those that it had in the same slot before.
constexpr u32 kKept = 8;

struct KeptStack {
  const void* frame;  // of prepare_wait()
  u32 size;           // 0: nothing is kept
  FoundFrame frames[kStackLimit];
};
Table<KeptStack*> g_kept;  // kKept for each slot, made with its first wait

KeptStack* kept_at(const ThreadState* state, const void* frame, const void* caller) noexcept {
  if (!g_kept.reach(state->slot_word)) return nullptr;
  KeptStack*& all = g_kept[state->slot_word - 1];
  if (all == nullptr) all = static_cast<KeptStack*>(reserve_pages(kKept * sizeof(KeptStack)));
  if (all == nullptr) return nullptr;
  return &all[mix(reinterpret_cast<uptr>(frame) ^ reinterpret_cast<uptr>(caller)) % kKept];
}

// All places are known, and are in memory as long as the thread is where it was: not those behind the end of a coroutine's stack.
// Nor are those behind a handler of a signal known, so no handler writes what it may have interrupted.
bool can_be_kept(const ThreadState* state, const void* frame, const FoundFrame* frames,
                 u32 size) noexcept {
  auto below = reinterpret_cast<uptr>(frame);
  for (u32 i = 0; i < size; ++i) {
    const auto at = reinterpret_cast<uptr>(frames[i].slot);
    if (at <= below || at >= state->stack_top) return false;
    below = at;
  }
  return true;
}

void take(Wait& wait, const FoundFrame* frames, u32 size) noexcept {
  for (u32 i = 0; i < size; ++i) wait.stack[i] = frames[i].address;
  wait.stack_size = size;
}

}  // namespace

bool init_wait_stacks() noexcept { return g_kept.reserve(kMaxThreadSlots); }

GRIDLOCK_NOINLINE void prepare_wait(ThreadState* state) noexcept {
  Wait& wait = state->wait;
  const void* const frame = __builtin_frame_address(0);
  KeptStack* const kept = kept_at(state, frame, __builtin_return_address(0));
  if (kept != nullptr && kept->frame == frame && kept->size != 0 &&
      are_still_there(&kept->frames[0], kept->size)) {
    wait.in_handler = false;
    return take(wait, &kept->frames[0], kept->size);
  }
  FoundFrame frames[kStackLimit];
  const u32 size = unwind_frames(&frames[0], options().stack_depth, 1, &wait.in_handler);
  take(wait, &frames[0], size);
  if (kept == nullptr || !can_be_kept(state, frame, &frames[0], size)) return;
  kept->size = 0;
  kept->frame = frame;
  for (u32 i = 0; i < size; ++i) kept->frames[i] = frames[i];
  kept->size = size;
}

}  // namespace gridlock::internal
