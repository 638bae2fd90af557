// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/orders/order.h"

#include "harness/platform/pages.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/orders/classes.h"
#include "harness/runtime/orders/declared_order.h"
#include "harness/runtime/orders/hooks.h"
#include "harness/runtime/registry/process_graph.h"
#include "harness/runtime/registry/publication.h"
#include "harness/runtime/registry/stack_depot.h"

namespace gridlock::internal {

std::atomic<SeenKeys*> g_seen_keys{nullptr};

namespace {

constexpr u64 kFirstKeys = 1u << 12;
constexpr u64 kMostKeys = 1u << 22;  // 32 MiB; beyond it the cache starts again

u64 g_key_count = 0;           // guarded by graph_mutex()
Table<HeldLock> g_held_locks;  // guarded by graph_mutex()

// The 8 probes of check_order() bound the length of a run as well as the load does.
bool put(SeenKeys* seen, u64 key) noexcept {
  for (u64 i = key >> 32, probes = 0; probes < 8; ++i, ++probes) {
    std::atomic<u64>& slot = seen->keys[i & seen->mask];
    const u64 found = slot.load(std::memory_order_relaxed);
    if (found == key) return true;
    if (found != 0) continue;
    slot.store(key, std::memory_order_relaxed);
    return true;
  }
  return false;
}

// A table that was replaced is never unmapped, because somebody may be probing it; all of them
// together are smaller than the newest, and once that has the full size it is emptied in place.
void grow_keys() noexcept {
  SeenKeys* const old = g_seen_keys.load(std::memory_order_relaxed);
  if (old != nullptr && old->mask + 1 >= kMostKeys) {
    for (u64 i = 0; i <= old->mask; ++i) old->keys[i].store(0, std::memory_order_relaxed);
    g_key_count = 0;
    return;
  }
  const u64 size = old == nullptr ? kFirstKeys : (old->mask + 1) * 2;
  auto* const seen = static_cast<SeenKeys*>(reserve_pages(sizeof(SeenKeys) + size * sizeof(u64)));
  if (seen == nullptr) return;
  seen->mask = size - 1;
  for (u64 i = 0; old != nullptr && i <= old->mask; ++i) {
    const u64 key = old->keys[i].load(std::memory_order_relaxed);
    if (key != 0) put(seen, key);
  }
  g_seen_keys.store(seen, std::memory_order_release);
}

StackId site_of_held(const Held& held) noexcept {
  const u32 size = frame_count(held);
  return has_site(held) ? keep_stack(&held.frames[0], size, site_of(held))
                        : keep_stack(&held.frames[0], size);
}

// A request that is nested gets its whole stack; of one that is not, which nearly always stays
// without consequence, the few frames that were walked anyway are enough.
StackId site_of_request(const ThreadState* state) noexcept {
  const Held& prepared = *state->next_held;
  if (state->next_held == state->held) return site_of_held(prepared);
  uptr frames[kStackLimit];
  const u32 size = unwind_stack(&frames[0], options().stack_depth, 1);
  return has_site(prepared) ? keep_stack(&frames[0], size, site_of(prepared))
                            : keep_stack(&frames[0], size);
}

// Permits count where the semaphore may behave as a lock.
bool counts(const Held& held) noexcept {
  return held.object != 0 && (!is_permit(held) || (held.amount & kLockLike) != 0);
}

Mode mode_of(const Held& held) noexcept {
  return is_shared(held) ? Mode::kShared : Mode::kExclusive;
}

// More or fewer permits of one semaphore are another way of nesting, as long as it behaves as a lock.
void count_changed(ThreadState* state, Held* held, bool lock_like) noexcept {
  if ((held->amount & kLockLike) == 0) return;
  if (!lock_like) held->amount &= ~kLockLike;
  sign_again(state, static_cast<u32>(held - state->held));
}

bool asks_to_read(Ask ask) noexcept { return ask == Ask::kRead || ask == Ask::kReadAfterWrite; }
bool writers_first(Ask ask) noexcept {
  return ask == Ask::kWriteFirst || ask == Ask::kReadAfterWrite;
}

}  // namespace

GraphWork::GraphWork(ThreadState* state) noexcept : state_(state) {
  if (GRIDLOCK_UNLIKELY(prediction().should_forget())) forget_the_dead();
  state->in_runtime = true;
  graph_mutex().lock();
  segment_ = state->thread_node.segment;
}

GraphWork::~GraphWork() {
  if (state_->thread_node.segment != segment_) enter_segment(state_);
  const bool full = prediction().take_full();
  graph_mutex().unlock();
  if (full) report_capacity("max_edges");
  const bool helps = full && buried_count() >= kWorthForgetting / 16;
  if (take_depot_full()) report_capacity("stacks");
  state_->in_runtime = false;
  if (GRIDLOCK_UNLIKELY(helps)) forget_the_dead();
}

void remember_order(u64 key) noexcept {
  SeenKeys* const seen = g_seen_keys.load(std::memory_order_relaxed);
  if (seen == nullptr || g_key_count * 2 >= seen->mask + 1 || !put(seen, key)) {
    grow_keys();
    if (SeenKeys* const grown = g_seen_keys.load(std::memory_order_relaxed)) put(grown, key);
  }
  ++g_key_count;
}

bool init_order(u32 objects) noexcept { return g_held_locks.reserve(objects); }

PendingRequest request_of(const ThreadState* state, ObjectId without, u32 most) noexcept {
  g_held_locks.resize(0);
  const u32 epoch = epoch_of(state);
  for (u32 i = 0; i < held_count(state) && i < most && !g_held_locks.full(); ++i) {
    const Held& held = state->held[i];
    if (!counts(held) || held.object == without) continue;
    g_held_locks[g_held_locks.add()] = {held.object,
                                        node_of_object(held.object),
                                        site_of_held(held),
                                        mode_of(held),
                                        is_unpublished(state, held.object, epoch),
                                        is_permit(held) ? count_of(held) : 1};
  }
  return {g_held_locks.data(), g_held_locks.size(), site_of_request(state)};
}

Target target_of(ObjectId object, Ask ask) noexcept {
  return {object, node_of_object(object), asks_to_read(ask) ? Mode::kShared : Mode::kExclusive,
          writers_first(ask), g_lock_classes};
}

void note_order(ThreadState* state, ObjectId object, Ask ask, u64 key) noexcept {
  if (object == 0 || state->in_runtime) return;
  check_declared_order(state, object);
  if (!predicting()) return;
  const GraphWork work(state);
  const Target target = target_of(object, ask);
  if (prediction().asks(state->thread_node, request_of(state), target)) remember_order(key);
  if (prediction().comes_after_hold(state->thread_node, object, target.mode))
    state->next_held->amount |= kAcross;
}

void forget_seen_order() noexcept {
  const RawGuard guard(graph_mutex());
  forget_seen_order_locked();
}

void forget_seen_order_locked() noexcept {
  SeenKeys* const seen = g_seen_keys.load(std::memory_order_relaxed);
  if (seen == nullptr) return;
  for (u64 i = 0; i <= seen->mask; ++i) seen->keys[i].store(0, std::memory_order_relaxed);
  g_key_count = 0;
}

void make_room(ThreadState* state) noexcept {
  if (grow_held(state)) return;
  constexpr char kMessage[] = "gridlock: no memory for the locks that a thread holds\n";
  say(&kMessage[0], sizeof kMessage - 1);
  exit_now(3);
}

void after_acquire(ThreadState* state, ObjectId object, u32 flags) noexcept {
  state->ring.grant();
  if (Held* const held = find_held(state, object)) {
    ++held->amount;
    count_changed(state, held, flags != 0);
    return;
  }
  Held* const held = state->next_held;
  set_held(held, object, kPermit | (held->amount & kHasSite) | flags | 1);
  const bool signs = (flags & kLockLike) != 0;
  held->signature = signs ? sign(held[-1].signature, object) : held[-1].signature;
  ++state->next_held;
}

bool before_release(ThreadState* state, ObjectId object) noexcept {
  Held* const held = find_held(state, object);
  if (held == nullptr) return false;
  if ((--held->amount & kCount) == 0) {
    drop_held(state, held);
  } else {
    count_changed(state, held, !prediction().is_no_lock(object));
  }
  return true;
}

}  // namespace gridlock::internal
