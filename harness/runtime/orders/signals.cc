// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/orders/signals.h"

#include "harness/runtime/orders/declared_order.h"
#include "harness/runtime/orders/hooks.h"
#include "harness/runtime/orders/order.h"
#include "harness/runtime/registry/process_graph.h"

namespace gridlock::internal {
namespace {

bool unseen(const ThreadState* state, ObjectId object) noexcept {
  return object == 0 || state->in_runtime || !predicting();
}

bool is_a_lock(const Held& held) noexcept {
  if (held.object == 0 || is_permit(held)) return false;
  return is_lock_type(object_info(held.object).type);
}

bool holds_besides(const ThreadState* state, ObjectId lock) noexcept {
  for (u32 i = 0; i < held_count(state); ++i) {
    if (state->held[i].object != lock && !is_hole(state->held[i])) return true;
  }
  return false;
}

}  // namespace

void before_signal(ThreadState* state, const Signal& signal) noexcept {
  if (unseen(state, signal.object) || prediction().says_nothing(signal) ||
      prediction().signal_is_known(state->thread_node, signal)) {
    return;
  }
  const GraphWork work(state);
  const SegmentId before = state->thread_node.segment;
  prediction().signals(state->thread_node, signal);
  hold_across(state, before);
}

void before_receive(ThreadState* state, const Signal& signal) noexcept {
  if (unseen(state, signal.object) || prediction().says_nothing(signal) ||
      prediction().wait_is_known(state->thread_node, signal)) {
    return;
  }
  const Ask ask = static_cast<Ask>(kFirstWait + static_cast<u8>(signal.channel));
  const u64 key = order_key(state, signal.object, ask);
  const bool known = order_seen(key);
  if (known && signal.rule != Rule::kWakeup) return;
  const GraphWork work(state);
  const u32 needed = prediction().needed_by(state->thread_node, signal);
  if (needed == 0) return;
  prediction().awaits(state->thread_node, request_of(state), signal, needed, known);
  if (!known) remember_order(key);
}

void after_receive(ThreadState* state, const Signal& signal) noexcept {
  if (unseen(state, signal.object) || prediction().receipt_is_known(state->thread_node, signal) ||
      prediction().says_nothing(signal)) {
    return;
  }
  const GraphWork work(state);
  prediction().received(state->thread_node, signal);
}

void note_cleared(ThreadState* state, const Signal& signal) noexcept {
  if (unseen(state, signal.object) || prediction().says_nothing(signal)) return;
  const GraphWork work(state);
  prediction().cleared(state->thread_node, signal);
}

void end_waits(ThreadState* state, const Signal& signal) noexcept {
  if (unseen(state, signal.object) || prediction().says_nothing(signal)) return;
  const GraphWork work(state);
  const SegmentId before = state->thread_node.segment;
  prediction().ends_waits(state->thread_node, signal);
  hold_across(state, before);
}

void after_end(ThreadState* state, const Signal& signal) noexcept {
  if (unseen(state, signal.object) || prediction().receipt_is_known(state->thread_node, signal) ||
      prediction().says_nothing(signal)) {
    return;
  }
  const GraphWork work(state);
  prediction().received_end(state->thread_node, signal);
}

void comes_too_late(ThreadState* state, const Signal& signal) noexcept {
  if (unseen(state, signal.object) || prediction().says_nothing(signal)) return;
  const GraphWork work(state);
  const SegmentId before = state->thread_node.segment;
  prediction().comes_too_late(state->thread_node, signal);
  hold_across(state, before);
}

void before_sleep(ThreadState* state, const Signal& signal, ObjectId lock,
                  bool no_timeout) noexcept {
  if (unseen(state, signal.object)) return;
  const u64 again = order_key(state, lock, static_cast<Ask>(kAskedAgain));
  if (lock != 0 && holds_besides(state, lock) && !order_seen(again)) {
    check_declared_order(state, lock);
    const GraphWork work(state);
    if (prediction().asks(state->thread_node, request_of(state, lock), target_of(lock, Ask::kLock)))
      remember_order(again);
  }
  if (!no_timeout || prediction().says_nothing(signal)) return;
  const u64 key = order_key(state, signal.object, static_cast<Ask>(kFirstWait));
  const bool known = order_seen(key);
  const GraphWork work(state);
  const u32 needed = prediction().needed_by(state->thread_node, signal);
  if (needed == 0) return;
  if (lock == 0) return prediction().will_await(signal);
  prediction().awaits(state->thread_node, request_of(state, lock), signal, needed, known);
  if (!known) remember_order(key);
}

void found_true(ThreadState* state, const Signal& signal, TestLock lock, bool no_timeout,
                const void* frame) noexcept {
  if (lock.object == 0 || unseen(state, signal.object) || prediction().says_nothing(signal)) return;
  const u8 how = kFoundTrue + (no_timeout ? 0 : 1);
  const u64 key = order_key(state, signal.object, static_cast<Ask>(how));
  if (order_seen(key)) return;
  before_request(state, frame);
  const GraphWork work(state);
  Target again = target_of(lock.object, Ask::kLock);
  if (lock.reads) again.mode = Mode::kShared;
  if (prediction().finds_true(state->thread_node, request_of(state, lock.object), signal, again,
                              no_timeout)) {
    remember_order(key);
  }
}

void hold_across(ThreadState* state, SegmentId before) noexcept {
  if (state->thread_node.segment == before || !predicting()) return;
  bool any = false;
  for (u32 i = 0; i < held_count(state); ++i) {
    Held& held = state->held[i];
    if (!is_a_lock(held) || (held.amount & kAcross) != 0) continue;
    held.amount |= kAcross;
    any = true;
    prediction().holds_across(state->thread_node, held.object,
                              is_shared(held) ? Mode::kShared : Mode::kExclusive, before);
  }
  if (any) set_fast_limit(state);
}

void release_held_across(ThreadState* state, Held* held) noexcept {
  held->amount &= ~kAcross;
  set_fast_limit(state);
  if (unseen(state, held->object)) return;
  const GraphWork work(state);
  prediction().releases_held_across(state->thread_node, held->object);
}

void got_after_hold(ThreadState* state, Held* held) noexcept {
  held->amount &= ~kAcross;
  if (unseen(state, held->object)) return;
  const GraphWork work(state);
  prediction().got_after_hold(state->thread_node, held->object,
                              is_shared(*held) ? Mode::kShared : Mode::kExclusive);
}

void before_arrive(ThreadState* state, ObjectId object, u32 parties, bool no_timeout) noexcept {
  if (unseen(state, object)) return;
  const GraphWork work(state);
  if (prediction().barrier_says_nothing(object)) return;
  const bool holds = no_timeout && state->next_held != state->held;
  const SegmentId before = state->thread_node.segment;
  prediction().arrives(state->thread_node, object, parties,
                       holds ? request_of(state) : kHoldsNothing);
  hold_across(state, before);
}

void before_count(ThreadState* state, ObjectId object, u32 parties, const Coming& coming) noexcept {
  if (unseen(state, object)) return;
  const GraphWork work(state);
  if (prediction().barrier_says_nothing(object)) return;
  const SegmentId before = state->thread_node.segment;
  prediction().counts(state->thread_node, object, parties, coming);
  hold_across(state, before);
}

void before_depart(ThreadState* state, ObjectId object) noexcept {
  if (unseen(state, object) || state->next_held == state->held) return;
  const GraphWork work(state);
  prediction().awaits_others(state->thread_node, object, request_of(state));
}

void after_depart(ThreadState* state, ObjectId object) noexcept {
  if (unseen(state, object)) return;
  const GraphWork work(state);
  prediction().departs(state->thread_node, object);
}

void before_count_down(ThreadState* state, ObjectId latch) noexcept {
  if (unseen(state, latch)) return;
  const GraphWork work(state);
  const SegmentId before = state->thread_node.segment;
  prediction().counts_down(state->thread_node, latch);
  hold_across(state, before);
}

void before_latch(ThreadState* state, ObjectId latch) noexcept {
  if (unseen(state, latch)) return;
  const GraphWork work(state);
  prediction().awaits_zero(state->thread_node, latch, request_of(state));
}

void after_latch(ThreadState* state, ObjectId latch) noexcept {
  if (unseen(state, latch)) return;
  const GraphWork work(state);
  prediction().passes_zero(state->thread_node, latch);
}

void once_body_begins(ThreadState* state, ObjectId object) noexcept {
  if (unseen(state, object)) return;
  const GraphWork work(state);
  prediction().once_body_begins(state->thread_node, object);
}

void once_body_ended(ThreadState* state, ObjectId object) noexcept {
  if (unseen(state, object)) return;
  const GraphWork work(state);
  prediction().once_body_ended(state->thread_node, object);
}

void after_once(ThreadState* state, ObjectId object) noexcept {
  if (unseen(state, object)) return;
  if (state->thread_node.last_once == object) return;  // the same flag again: the usual case
  const GraphWork work(state);
  prediction().passes_once(state->thread_node, object);
}

bool may_be_lock(ObjectId object, u32 permits) noexcept {
  if (object == 0 || permits - 1 >= Prediction::kMaxPermits) return false;
  return permits == 1 || !prediction().is_no_lock(object);
}

void before_permit(ThreadState* state, ObjectId object, u32 permits) noexcept {
  if (!may_be_lock(object, permits)) return;
  if (prediction().permit_request_is_news(object) && !state->in_runtime) {
    const GraphWork work(state);
    prediction().asked_for_permit(object, permits);
  }
  check_order(state, object);
}

void note_permit_released(ThreadState* state, ObjectId object, u32 permits, bool own) noexcept {
  if (permits - 1 >= Prediction::kMaxPermits || object == 0 || state->in_runtime ||
      !prediction().permit_release_is_news(object, own)) {
    return;
  }
  const GraphWork work(state);
  prediction().permit_released(object, permits, own);
}

}  // namespace gridlock::internal
