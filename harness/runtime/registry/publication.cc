// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/publication.h"

#include "harness/analysis/publication.h"
#include "harness/platform/thread_count.h"
#include "harness/platform/tsan.h"
#include "harness/runtime/registry/untracked_threads.h"

namespace gridlock::internal {
namespace {

Publications g_made;
std::atomic<u32> g_untracked{0};

constexpr u32 kStamped = 0x80000000u;

// Good enough to tell two epochs of two threads apart, in the 30 bits that an id and what is retired leave.
u32 stamp_of(const ThreadState* state) noexcept {
  return kStamped | ((state->number & 0x3ffu) << 20) | (epoch_of(state) & 0xfffffu);
}

// The kernel counts no more threads than are known. Those that have come before it counts and have not left after it
// has are among those that it counts, so there is nobody else.
bool everybody_is_known() noexcept {
  const u32 came = threads_that_came();
  const u32 count = os_thread_count();
  const u32 left = threads_that_left();
  const u32 of_tsan = tsan_present() ? 1 : 0;
  return count != 0 && count <= came - left + of_tsan;
}

// Is there an untracked thread? A thread that is just being started is in /proc before it has
// registered: it is waited for, or the answer would depend on the schedule. If the threads cannot
// be listed, the answer is no: otherwise a prediction could rest on a thread that does not exist.
bool anybody_unknown() noexcept {
  constexpr u32 kMaxRounds = 100;
  for (u32 i = 0; i < kMaxRounds; ++i) {
    const u32 before = await_starting_threads();
    if (everybody_is_known()) return false;
    if (look_for_untracked_threads(false) != UntrackedThreads::kSome) return false;
    if (starts_so_far() == before) return true;
  }
  return true;
}

}  // namespace

// What the thread did, less what it holds: the same as long as it only acquires.
u32 epoch_of(const ThreadState* state) noexcept {
  const u32 count = held_count(state);
  const u32 known = state->summed;
  u32 from = 0;
  u32 sum = 0;
  if (known != 0 && known <= count && state->held[known - 1].held_hash == state->summed_as) {
    from = known;
    sum = state->sum;
  }
  for (u32 i = from; i < count; ++i) sum += count_of(state->held[i]);
  state->summed = count;
  state->sum = sum;
  if (count != 0) state->summed_as = state->held[count - 1].held_hash;
  return static_cast<u32>(state->ring.total()) - sum;
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

u32 made_by(const ThreadState* state, ObjectId object) noexcept {
  return g_made.made_by(object, state->number);
}

void note_untracked_thread() noexcept { g_untracked.store(1, std::memory_order_relaxed); }

bool is_unpublished(const ThreadState* state, ObjectId object, u32 epoch) noexcept {
  if (g_untracked.load(std::memory_order_relaxed) != 0) return false;
  // Some primitives have recorded the request already.
  const u32 pending = state->ring.newest_is_granted() ? 0 : 1;
  if (!g_made.unknown_to_others(object, state->number, epoch) &&
      !(pending != 0 && g_made.unknown_to_others(object, state->number, epoch - pending))) {
    return false;
  }
  // One may have been started with the lock in its hands. One look is enough for a request.
  static u64 looked_at = 0;  // guarded by graph_mutex()
  static bool nobody = false;
  const u64 now = u64{state->number} << 40 | (state->ring.total() & 0xffffffffffu);
  if (looked_at != now) nobody = !anybody_unknown();
  looked_at = now;
  return nobody;
}

}  // namespace gridlock::internal
