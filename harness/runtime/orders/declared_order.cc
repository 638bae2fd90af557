// SPDX-License-Identifier: Apache-2.0
//
// Pairs as a graph without cycles (a pair that would close one is refused). A request of `object`
// under `held` is wrong if `object` reaches `held`. Declarations are few and asked only about
// nestings that are new, so a plain search will do.
#include "harness/runtime/orders/declared_order.h"

#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/orders/declare.h"
#include "harness/runtime/orders/order.h"
#include "harness/runtime/registry/call_sites.h"

namespace gridlock::internal {

std::atomic<u32> g_declared_pairs{0};

namespace {

constexpr u32 kMaxPairs = 1u << 16;

struct Pair {
  ObjectId earlier;
  ObjectId later;
  CallSite where;
  u32 next_out;  // index + 1 of the next pair with the same `earlier`
  u32 reached;   // == g_search when the search came here
  u32 parent;    // index + 1 of the pair before it on the way
};

constinit RawMutex& g_mutex = mutex_of(MutexRank::kDeclared);  // guards what follows
Table<Pair> g_pairs;
Table<u32> g_queue;
KeyMap g_first_out;  // object -> index + 1
u32 g_search = 0;

void push_out(ObjectId from, u32 parent) noexcept {
  const u32* const first = g_first_out.find(from);
  for (u32 at = first == nullptr ? 0 : *first; at != 0; at = g_pairs[at - 1].next_out) {
    if (g_pairs[at - 1].reached == g_search) continue;
    g_pairs[at - 1].reached = g_search;
    g_pairs[at - 1].parent = parent;
    g_queue[g_queue.add()] = at;
  }
}

// Index + 1 of the last pair of the shortest way, 0 if there is none.
u32 way(ObjectId from, ObjectId to) noexcept {
  ++g_search;
  g_queue.resize(0);
  push_out(from, 0);
  for (u32 i = 0; i < g_queue.size(); ++i) {
    const u32 at = g_queue[i];
    if (g_pairs[at - 1].later == to) return at;
    push_out(g_pairs[at - 1].later, at);
  }
  return 0;
}

constexpr u32 kMaxSteps = 16;  // of a way, shown in one finding

// The pairs that make it so, from `object` on.
struct Reason {
  DeclaredPair steps[kMaxSteps];
  u32 count;
};

void find_reason(ObjectId object, ObjectId held, Reason& reason) noexcept {
  const RawGuard guard(g_mutex);
  reason.count = 0;
  u32 at = way(object, held);
  for (; at != 0 && reason.count < kMaxSteps; at = g_pairs[at - 1].parent)
    reason.steps[reason.count++] = {g_pairs[at - 1].earlier, g_pairs[at - 1].later,
                                    g_pairs[at - 1].where};
}

}  // namespace

bool declare_before(Core& earlier, ObjectType earlier_type, Core& later, ObjectType later_type,
                    CallSite where, char* why, u32 why_size) noexcept {
  const ObjectId first = id_of(earlier, earlier_type);
  const ObjectId second = id_of(later, later_type);
  if (first == 0 || second == 0) return true;  // reported as out of space
  const CallSite kept = keep_site(where);
  bool full = false;
  {
    const RawGuard guard(g_mutex);
    if (g_pairs.data() == nullptr && g_pairs.reserve(kMaxPairs)) g_queue.reserve(kMaxPairs);
    if (first == second || way(second, first) != 0) {
      Words words(why, why_size);
      words.text("gridlock: ");
      put_object(words, first);
      words.text(" cannot come before ");
      put_object(words, second);
      words.text(first == second ? ": it is the same lock"
                                 : ": the opposite was declared or follows from what was declared");
      return false;
    }
    full = g_pairs.full() || g_queue.data() == nullptr;
    if (!full) {
      const u32* const known = g_first_out.find(first);
      const u32 index = g_pairs.add();
      g_pairs[index] = {first, second, kept, known == nullptr ? 0 : *known, 0, 0};
      if (u32* const slot = g_first_out.find(first)) {
        *slot = index + 1;
      } else {
        full = !g_first_out.insert(first, index + 1);
      }
      g_declared_pairs.store(g_pairs.size(), std::memory_order_release);
    }
  }
  if (full) report_capacity("declared order: 65536 pairs");
  forget_seen_order();  // nestings that were fine before may not be so now
  return true;
}

// What was declared through one that is gone goes with it: a pair is a claim about locks that are there.
void forget_declared(bool (*gone)(ObjectId object) noexcept) noexcept {
  const RawGuard guard(g_mutex);
  u32 kept = 0;
  for (u32 i = 0; i < g_pairs.size(); ++i) {
    if (!gone(g_pairs[i].earlier) && !gone(g_pairs[i].later)) g_pairs[kept++] = g_pairs[i];
  }
  if (kept == g_pairs.size()) return;
  g_pairs.resize(kept);
  g_first_out.release();
  for (u32 i = 0; i < kept; ++i) {
    u32* const first = g_first_out.find(g_pairs[i].earlier);
    g_pairs[i].next_out = first == nullptr ? 0 : *first;
    if (first != nullptr) {
      *first = i + 1;
    } else {
      g_first_out.insert(g_pairs[i].earlier, i + 1);
    }
  }
  g_declared_pairs.store(kept, std::memory_order_release);
}

void report_against_declared(ThreadState* state, ObjectId object) noexcept {
  state->in_runtime = true;
  for (u32 i = 0; i < held_count(state); ++i) {
    const Held& held = state->held[i];
    if (is_permit(held) || held.object == 0 || held.object == object) continue;
    Reason reason;
    find_reason(object, held.object, reason);
    if (reason.count != 0)
      report_declared_order(state, object, held, &reason.steps[0], reason.count);
  }
  state->in_runtime = false;
}

bool declare_pair(const LockRef& earlier, const LockRef& later, char* why, u32 size) noexcept {
  return declare_before(earlier.core(), earlier.type(), later.core(), later.type(), later.where(),
                        why, size);
}

}  // namespace gridlock::internal
