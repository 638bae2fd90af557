// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/order.h"

#include "harness/platform/pages.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/declared_order.h"
#include "harness/runtime/findings.h"
#include "harness/runtime/hooks.h"
#include "harness/runtime/runtime.h"
#include "harness/runtime/stack_depot.h"

namespace gridlock::internal {

std::atomic<SeenKeys*> g_seen_keys{nullptr};

namespace {

constexpr u64 kFirstKeys = 1u << 12;
constexpr u64 kMostKeys = 1u << 22;  // 32 MiB; beyond it the cache starts again

u64 g_key_count = 0;       // guarded by graph_mutex()
Table<HeldNode> g_sorted;  // guarded by graph_mutex()

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

void remember(u64 key) noexcept {
  SeenKeys* const seen = g_seen_keys.load(std::memory_order_relaxed);
  if (seen == nullptr || g_key_count * 2 >= seen->mask + 1 || !put(seen, key)) {
    grow_keys();
    if (SeenKeys* const grown = g_seen_keys.load(std::memory_order_relaxed)) put(grown, key);
  }
  ++g_key_count;
}

StackId held_site(const Held& held) noexcept {
  const u32 size = frame_count(held);
  return has_site(held) ? keep_stack(&held.frames[0], size, site_of(held))
                        : keep_stack(&held.frames[0], size);
}

// The held locks in ascending order, without duplicates, as the graph wants them.
u32 sort_held(const ThreadState* state) noexcept {
  g_sorted.resize(0);
  for (u32 i = 0; i < held_count(state); ++i) {
    if (is_permit(state->held[i]) || state->held[i].object == 0) continue;
    u32 at = g_sorted.add();
    for (; at > 0 && g_sorted[at - 1] > held_node(state->held[i].object, Mode::kExclusive); --at)
      g_sorted[at] = g_sorted[at - 1];
    g_sorted[at] = held_node(state->held[i].object, Mode::kExclusive);
  }
  return g_sorted.size();
}

void on_cycle(const CycleStep* steps, u32 length, void*) noexcept { report_cycle(steps, length); }

}  // namespace

void note_order(ThreadState* state, ObjectId object, u64 key) noexcept {
  if (object == 0 || state->in_runtime) return;
  check_declared_order(state, object);
  if (!options().predict) return;
  state->in_runtime = true;
  uptr frames[kStackLimit];
  const u32 size = unwind_stack(&frames[0], options().stack_depth, 1);
  const Held& prepared = *state->next_held;  // of the request itself
  const StackId wanted = has_site(prepared) ? keep_stack(&frames[0], size, site_of(prepared))
                                            : keep_stack(&frames[0], size);
  bool full = false;
  {
    const RawGuard guard(graph_mutex());
    const bool room = g_sorted.data() != nullptr || g_sorted.reserve(options().max_objects);
    const u32 held_set =
        room ? lock_order_graph().intern_held_set(g_sorted.data(), sort_held(state)) : 0;
    full = held_set == 0;
    for (u32 i = 0; i < held_count(state) && !full; ++i) {
      const Held& held = state->held[i];
      if (is_permit(held) || held.object == 0) continue;
      RequestContext context;
      context.thread = state->number;
      context.segment = state->segment;
      context.held_set = held_set;
      context.held_site = held_site(held);
      context.wanted_site = wanted;
      full = lock_order_graph().add(held.object, object, context, &on_cycle, nullptr) ==
             LockOrderGraph::Added::kFull;
    }
    remember(key);
  }
  if (full) report_capacity("max_edges");
  state->in_runtime = false;
}

void forget_seen_order() noexcept {
  const RawGuard guard(graph_mutex());
  SeenKeys* const seen = g_seen_keys.load(std::memory_order_relaxed);
  if (seen == nullptr) return;
  for (u64 i = 0; i <= seen->mask; ++i) seen->keys[i].store(0, std::memory_order_relaxed);
  g_key_count = 0;
}

void make_room(ThreadState* state) noexcept {
  if (grow_held(state)) return;
  constexpr char kMessage[] = "gridlock: no memory for the locks that a thread holds\n";
  write_all(2, &kMessage[0], sizeof kMessage - 1);
  exit_now(3);
}

void after_acquire(ThreadState* state, ObjectId object) noexcept {
  state->ring.grant();
  if (Held* const held = find_held(state, object)) {
    ++held->amount;
    return;
  }
  Held* const held = state->next_held;
  set_held(held, object, kPermit | 1);
  held->signature = held[-1].signature;
  ++state->next_held;
}

void before_release(ThreadState* state, ObjectId object) noexcept {
  Held* const held = find_held(state, object);
  if (held != nullptr && (--held->amount & kCount) == 0) drop_held(state, held);
}

}  // namespace gridlock::internal
