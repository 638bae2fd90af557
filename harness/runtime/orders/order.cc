// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/orders/order.h"

#include "harness/platform/futex.h"
#include "harness/platform/pages.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/orders/classes.h"
#include "harness/runtime/orders/declared_order.h"
#include "harness/runtime/orders/hooks.h"
#include "harness/runtime/orders/order_news.h"
#include "harness/runtime/orders/tall_orders.h"
#include "harness/runtime/registry/process_graph.h"
#include "harness/runtime/registry/publication.h"
#include "harness/runtime/registry/recent_stacks.h"
#include "harness/runtime/registry/stack_depot.h"

namespace gridlock::internal {

std::atomic<SeenKeys*> g_seen_keys{nullptr};
std::atomic<u32> g_seen_generation{0};

namespace {

constexpr u64 kFirstKeys = 1u << 12;
constexpr u64 kMaxKeys = 1u << 20;  // 8 MiB; beyond it new keys take the place of old ones
// As many as find room beside what the program itself has in the processor's cache: what is found out
// without the mutex is found out again as soon as it is forgotten.
constexpr u64 kCheapKeys = 1u << 15;

std::atomic<u64> g_visits{0};    // written with graph_mutex()
std::atomic<u64> g_timed_ns{0};  // of those that were measured
u64 g_key_count = 0;             // guarded by graph_mutex()
Table<HeldLock> g_held_locks;    // guarded by graph_mutex()

bool put(SeenKeys* seen, u64 key) noexcept {
  for (u64 probe = 0; probe < kProbes; ++probe) {
    std::atomic<u64>& slot = seen->at(key, probe);
    const u64 found = slot.load(std::memory_order_relaxed);
    if (found == key) return true;
    if (found != 0) continue;
    slot.store(key, std::memory_order_relaxed);
    return true;
  }
  return false;
}

bool seen_among(const SeenKeys* seen, u64 key, u64 probes) noexcept {
  for (u64 probe = 0; probe < probes; ++probe) {
    if (seen->get(key, probe) == key) return true;
  }
  return false;
}

// Where order_seen_at_once() looks, in the place of another key, which moves to where this one was, if it
// was anywhere. `which` is 0 or 1.
void put_first(SeenKeys* seen, u64 key, u64 which) noexcept {
  std::atomic<u64>& first = seen->at(key, which);
  const u64 other = first.load(std::memory_order_relaxed);
  for (u64 probe = 2; probe < kProbes; ++probe) {
    std::atomic<u64>& slot = seen->at(key, probe);
    if (slot.load(std::memory_order_relaxed) != key) continue;
    slot.store(other, std::memory_order_relaxed);
    break;
  }
  first.store(key, std::memory_order_relaxed);
}

// A table that was replaced is never unmapped, because somebody may be probing it; all of them
// together are smaller than the newest.
void grow_keys() noexcept {
  SeenKeys* const old = g_seen_keys.load(std::memory_order_relaxed);
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

// More or fewer permits of one semaphore are another way of nesting, as long as it behaves as a lock.
void count_changed(ThreadState* state, Held* held, bool lock_like) noexcept {
  if ((held->amount & kLockLike) == 0) return;
  if (!lock_like) held->amount &= ~kLockLike;
  hash_held_again(state, static_cast<u32>(held - state->held));
}

bool asks_to_read(Ask ask) noexcept {
  return ask == Ask::kRead || ask == Ask::kSharedBehindWriters;
}
bool writers_first(Ask ask) noexcept {
  return ask == Ask::kExclusivePreferred || ask == Ask::kSharedBehindWriters;
}

}  // namespace

GraphWork::GraphWork(ThreadState* state) noexcept : state_(state) {
  if (GRIDLOCK_UNLIKELY(prediction().should_forget())) forget_the_dead();
  state->in_runtime = true;
  if (g_visits.load(std::memory_order_relaxed) % kTimed == 0) since_ = now_ns();
  graph_mutex().lock();
  g_visits.store(g_visits.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  segment_ = state->thread_node.segment;
}

GraphWork::Cost GraphWork::cost() noexcept {
  return {g_visits.load(std::memory_order_relaxed),
          g_timed_ns.load(std::memory_order_relaxed) * kTimed};
}

GraphWork::~GraphWork() {
  if (state_->thread_node.segment != segment_) enter_segment(state_);
  const bool full = prediction().take_full();
  graph_mutex().unlock();
  if (since_ != 0) g_timed_ns.fetch_add(now_ns() - since_, std::memory_order_relaxed);
  if (full) report_capacity("max_edges");
  const bool helps = full && retired_count() >= kWorthForgetting / 16;
  if (take_depot_full()) report_capacity("stacks");
  state_->in_runtime = false;
  if (GRIDLOCK_UNLIKELY(helps)) forget_the_dead();
}

namespace {

void remember_order(u64 key, u64 most) noexcept {
  SeenKeys* const seen = g_seen_keys.load(std::memory_order_relaxed);
  const bool may_grow = seen == nullptr || seen->mask + 1 < most;
  if (seen == nullptr || (may_grow && g_key_count * 2 >= seen->mask + 1) || !put(seen, key)) {
    if (may_grow) grow_keys();
    SeenKeys* const grown = g_seen_keys.load(std::memory_order_relaxed);
    if (grown != nullptr && !put(grown, key)) put_first(grown, key, key >> 31 & 1);
  }
  ++g_key_count;
}
}  // namespace

void remember_order(u64 key) noexcept { remember_order(key, kMaxKeys); }

StackId site_of_held(const Held& held) noexcept {
  const u32 size = frame_count(held);
  return has_site(held) ? keep_stack(&held.frames[0], size, site_of(held))
                        : keep_stack(&held.frames[0], size);
}

// A request that is nested gets its whole stack; of one that is not, which nearly always stays
// without consequence, the few frames that were walked anyway are enough.
GRIDLOCK_NOINLINE StackId site_of_request(const ThreadState* state) noexcept {
  const Held& prepared = *state->next_held;
  if (state->next_held == state->held) return site_of_held(prepared);
  const RecentStack wanted{__builtin_frame_address(0), prepared.frames[0],
                           has_site(prepared) ? prepared.site : nullptr, options().stack_depth};
  return recent_stack(wanted, 1);
}

bool init_order(u32 objects) noexcept { return g_held_locks.reserve(objects); }

namespace {

// `known`: bit i says that the edge from the i-th lock that counts is no news.
PendingRequest request_of(const ThreadState* state, ObjectId without, u32 most,
                          u64 known) noexcept {
  g_held_locks.resize(0);
  const u32 epoch = epoch_of(state);
  for (u32 i = 0; i < held_count(state) && i < most && !g_held_locks.full(); ++i) {
    const Held& held = state->held[i];
    if (!counts_in_order(held) || held.object == without) continue;
    HeldLock& lock = g_held_locks[g_held_locks.add()];
    lock = {held.object, held.object, 0, mode_of(held), false};
    const u32 number = g_held_locks.size() - 1;
    lock.known = number < News::kMax && (known >> number & 1) != 0;
    if (lock.known) continue;  // it is a gate, and no more is asked
    lock.node = node_of_object(held.object);
    lock.site = site_of_held(held);
    lock.unpublished = is_unpublished(state, held.object, epoch);
    if (is_permit(held)) lock.permits = count_of(held);
  }
  return {g_held_locks.data(), g_held_locks.size(), site_of_request(state)};
}

}  // namespace

void remember_order_unlocked(u64 key) noexcept {
  SeenKeys* const seen = g_seen_keys.load(std::memory_order_acquire);
  if (seen == nullptr) return;
  if (!seen_among(seen, key, kAtOnce) && !(!seen_among(seen, key, kProbes) && put(seen, key)))
    put_first(seen, key, key >> 31 & 1);
}

void remember_order_sometimes(const ThreadState* state, u64 key) noexcept {
  const u64 chance = (key ^ state->ring.total()) * 0x9e3779b97f4a7c15u;
  if (chance >> 61 == 0) remember_order_unlocked(key);
}

PendingRequest request_of(const ThreadState* state, ObjectId without, u32 most) noexcept {
  return request_of(state, without, most, 0);
}

Target target_of(ObjectId object, Ask ask) noexcept {
  return {object, node_of_object(object), asks_to_read(ask) ? Mode::kShared : Mode::kExclusive,
          writers_first(ask), g_lock_classes};
}

void note_order(ThreadState* state, ObjectId object, Ask ask, u64 key) noexcept {
  if (object == 0 || state->in_runtime) return;
  ++state->misses;
  __builtin_prefetch(&object_info(object));
  const bool looked_up = state->looked_up == key;
  state->looked_up = 0;
  if (!looked_up && no_order_news(state, object, ask)) {
    if (is_worth_remembering(state, key)) remember_order_unlocked(key);
    return;
  }
  check_declared_order(state, object);
  if (!predicting()) return;
  if (note_tall_order(state, object, ask, key)) return;
  HeldNode held[News::kMax];
  const OrderNews found = order_news(state, object, ask, &held[0]);
  if (found.keyed && found.news.none()) return remember_order_sometimes(state, key);
  const GraphWork work(state);
  const Target target = target_of(object, ask);
  // All of it lies in memory that the processor has not at hand: it comes while something else is done.
  if (found.keyed) prediction().expects(&held[0], found.held, found.news, target.node, 1);
  PendingRequest request = request_of(state, 0, ~0u, found.keyed ? ~found.news.edges : 0);
  if (found.keyed) prediction().expects(&held[0], found.held, found.news, target.node, 2);
  request.keyed = found.keyed;
  request.asked_before = found.keyed && !found.news.asked;
  request.writer_known = found.keyed && !found.news.writer;
  if (prediction().asks(state->thread_node, request, target))
    remember_order(key, found.keyed ? kCheapKeys : kMaxKeys);
  if (prediction().comes_after_hold(state->thread_node, object, target.mode))
    state->next_held->amount |= kAcross;
}

void forget_seen_order() noexcept {
  const RawGuard guard(graph_mutex());
  forget_seen_order_locked();
}

void forget_seen_order_locked() noexcept {
  prediction().forget_glances();
  SeenKeys* const seen = g_seen_keys.load(std::memory_order_relaxed);
  if (seen == nullptr) return;
  for (u64 i = 0; i <= seen->mask; ++i) seen->keys[i].store(0, std::memory_order_relaxed);
  g_key_count = 0;
  constexpr u32 kStep = 0x9e3779b9;  // odd, and no small number as ids are
  g_seen_generation.fetch_add(kStep, std::memory_order_release);
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
    recount(state);
    count_changed(state, held, flags != 0);
    return;
  }
  Held* const held = state->next_held;
  set_held(held, object, kPermit | (held->amount & kHasSite) | flags | 1);
  const bool counts = (flags & kLockLike) != 0;
  held->held_hash = counts ? hash_with(held[-1].held_hash, object) : held[-1].held_hash;
  ++state->next_held;
}

bool before_release(ThreadState* state, ObjectId object) noexcept {
  Held* const held = find_held(state, object);
  if (held == nullptr) return false;
  recount(state);
  if ((--held->amount & kCount) == 0) {
    drop_held(state, held);
  } else {
    count_changed(state, held, !prediction().is_no_lock(object));
  }
  return true;
}

}  // namespace gridlock::internal
