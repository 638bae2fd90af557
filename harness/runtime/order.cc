// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/order.h"

#include "harness/platform/pages.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/classes.h"
#include "harness/runtime/declared_order.h"
#include "harness/runtime/findings.h"
#include "harness/runtime/hooks.h"
#include "harness/runtime/publication.h"
#include "harness/runtime/requests.h"
#include "harness/runtime/runtime.h"
#include "harness/runtime/stack_depot.h"

namespace gridlock::internal {

std::atomic<SeenKeys*> g_seen_keys{nullptr};

namespace {

constexpr u64 kFirstKeys = 1u << 12;
constexpr u64 kMostKeys = 1u << 22;  // 32 MiB; beyond it the cache starts again

u64 g_key_count = 0;       // guarded by graph_mutex()
Table<HeldNode> g_sorted;  // guarded by graph_mutex()
bool g_full = false;       // guarded by graph_mutex(), and read soon after

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

// The held locks in ascending order, without duplicates, as the graph wants them.
u32 intern_held(const ThreadState* state) noexcept {
  if (g_sorted.data() == nullptr && !g_sorted.reserve(options().max_objects)) return 0;
  g_sorted.resize(0);
  for (u32 i = 0; i < held_count(state); ++i) {
    if (!counts(state->held[i])) continue;
    const HeldNode entry = held_node(state->held[i].object, mode_of(state->held[i]));
    u32 at = g_sorted.add();
    for (; at > 0 && g_sorted[at - 1] > entry; --at) g_sorted[at] = g_sorted[at - 1];
    g_sorted[at] = entry;
  }
  return lock_order_graph().intern_held_set(g_sorted.data(), g_sorted.size());
}

void on_cycle(const CycleStep* steps, u32 length, void*) noexcept { report_cycle(steps, length); }

bool asks_to_read(Ask ask) noexcept { return ask == Ask::kRead || ask == Ask::kReadAfterWrite; }
bool writers_first(Ask ask) noexcept {
  return ask == Ask::kWriteFirst || ask == Ask::kReadAfterWrite;
}

RequestContext context_of(const ThreadState* state, Ask ask) noexcept {
  RequestContext context;
  context.thread = state->number;
  context.segment = state->segment;
  context.held_set = intern_held(state);
  context.wanted_site = site_of_request(state);
  context.wanted_mode = asks_to_read(ask) ? Mode::kShared : Mode::kExclusive;
  return context;
}

// True when a held lock was not published yet: the same nesting counts as new the next time.
bool add_from_held(ThreadState* state, ObjectId object, RequestContext context) noexcept {
  const NodeId node = node_of_object(object);
  bool unpublished = false;
  for (u32 i = 0; i < held_count(state); ++i) {
    const Held& held = state->held[i];
    if (!counts(held)) continue;
    context.held_mode = mode_of(held);
    // The same lock again is a question of readers and writers only; else it is found live.
    if (held.object == object && context.held_mode == Mode::kExclusive) continue;
    context.held_site = site_of_held(held);
    context.unpublished = is_unpublished(state, i);
    unpublished = unpublished || context.unpublished;
    add_to_graph(node_of_object(held.object), node, context);
  }
  return unpublished;
}

}  // namespace

GraphWork::GraphWork(ThreadState* state) noexcept : state_(state) {
  state->in_runtime = true;
  graph_mutex().lock();
}

GraphWork::~GraphWork() {
  graph_mutex().unlock();
  if (g_full) report_capacity("max_edges");
  state_->in_runtime = false;
}

void add_to_graph(NodeId from, NodeId to, const RequestContext& context) noexcept {
  if (context.held_set == 0 || lock_order_graph().add(from, to, context, &on_cycle, nullptr) ==
                                   LockOrderGraph::Added::kFull) {
    g_full = true;
  }
}

void reconsider_cycles(u32 object) noexcept {
  lock_order_graph().reconsider(object, &on_cycle, nullptr);
}

bool add_edges_from_held(ThreadState* state, NodeId node, u32 epoch, Ask ask) noexcept {
  bool any = false;
  for (u32 i = 0; i < held_count(state) && !any; ++i) any = counts(state->held[i]);
  if (!any) return false;
  RequestContext context = context_of(state, ask);
  context.to_epoch = epoch;
  add_from_held(state, node, context);
  return true;
}

void note_wait_request(ThreadState* state, NodeId node, u32 epoch, u64 key) noexcept {
  RequestContext context = context_of(state, Ask::kLock);
  context.to_epoch = epoch;
  remember_request(node, context);
  remember(key);
}

void note_order(ThreadState* state, ObjectId object, Ask ask, u64 key) noexcept {
  if (object == 0 || state->in_runtime) return;
  check_declared_order(state, object);
  if (!predicting()) return;
  const GraphWork work(state);
  LockOrderGraph& graph = lock_order_graph();
  const NodeId node = node_of_object(object);
  if (writers_first(ask))
    graph.describe(node, g_lock_classes ? NodeKind::kClass : NodeKind::kLock, true);
  const RequestContext context = context_of(state, ask);
  const bool unpublished = add_from_held(state, object, context);
  if (ask == Ask::kWriteFirst && graph.note_writer(node, context) == LockOrderGraph::Added::kNew) {
    reconsider_cycles(node);
  }
  remember_request(node, context);
  if (!unpublished) remember(key);
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

void after_acquire(ThreadState* state, ObjectId object, u32 flags) noexcept {
  state->ring.grant();
  if (Held* const held = find_held(state, object)) {
    ++held->amount;
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
  if ((--held->amount & kCount) == 0) drop_held(state, held);
  return true;
}

}  // namespace gridlock::internal
