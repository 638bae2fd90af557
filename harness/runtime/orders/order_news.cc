// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/orders/order_news.h"

#include "harness/runtime/orders/classes.h"
#include "harness/runtime/orders/declared_order.h"
#include "harness/runtime/registry/process_graph.h"

namespace gridlock::internal {

// A class is not what a lock is a gate as, permits are counted, and a lock that was held across a signal
// may order what comes now: these are looked at in full.
OrderNews order_news(const ThreadState* state, ObjectId object, Ask ask, HeldNode* held) noexcept {
  OrderNews result;
  see_what_is_forgotten();
  if (g_lock_classes || !is_lock_type(object_info(object).type) ||
      prediction().was_held_across(object)) {
    return result;
  }
  u32 count = 0;
  for (u32 i = 0; i < held_count(state); ++i) {
    const Held& each = state->held[i];
    if (!counts_in_order(each)) continue;
    if (is_permit(each) || count == News::kMax) return result;
    held[count++] = held_node(each.object, mode_of(each));
  }
  const Target target = target_of(object, ask);
  result.keyed = true;
  result.held = count;
  result.news = prediction().news_of(state->thread_node, held, count,
                                     {target.node, target.mode, target.readers_wait});
  return result;
}

// So many ways of nesting, and what was found out of them is worth a memory of the thread's own.
static constexpr u64 kWorthOwn = 1024;

// What declares_order() and the classes need is looked at in full, and what is no lock has never been found
// settled. When something comes to be looked at in full all glances are forgotten, so the thread's own ones need
// not ask.
bool no_order_news(ThreadState* state, ObjectId object, Ask ask) noexcept {
  if (was_no_order_news(state, object, ask)) return true;
  const u32 count = held_count(state);
  see_what_is_forgotten();
  const Prediction& known = prediction();
  const u64 stamp = known.stamp_of_glances(state->place, state->thread_node.notifications);
  if (count > News::kMax || g_declared_pairs.load(std::memory_order_acquire) != 0 ||
      known.was_held_across(object)) {
    return false;
  }
  const Wanted wanted = wanted_of(object, ask);
  static_assert(u64{kSharedHold} << 32 == RequestNews::kReads &&
                u64{kPermit} << 32 == RequestNews::kInFull);
  const Held* const oldest = state->held;
  const auto entry = [oldest](u32 i) noexcept { return head_of(oldest[i]); };
  const u32 from = known.no_news_at_a_glance(state->place, state->thread_node.notifications, count,
                                             wanted, entry);
  if (from == 0) return false;
  if (state->glances == nullptr && state->misses % kWorthOwn == kWorthOwn - 1)
    state->glances = OwnGlances::make();
  if (state->glances != nullptr)
    state->glances->add(stamp, RequestNews::word_of(wanted), count, from, entry);
  return true;
}

}  // namespace gridlock::internal
