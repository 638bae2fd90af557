// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/sync.h"

#include "harness/runtime/order.h"
#include "harness/runtime/runtime.h"

namespace gridlock::internal {
namespace {

bool unseen(const ThreadState* state, ObjectId object) noexcept {
  return object == 0 || state->in_runtime || !predicting();
}

}  // namespace

void before_signal(ThreadState* state, const Signal& signal) noexcept {
  if (unseen(state, signal.object) || prediction().says_nothing(signal) ||
      prediction().signal_is_known(state->actor, signal)) {
    return;
  }
  const GraphWork work(state);
  prediction().signals(state->actor, signal);
}

void before_receive(ThreadState* state, const Signal& signal) noexcept {
  if (unseen(state, signal.object) || prediction().says_nothing(signal) ||
      prediction().wait_is_known(state->actor, signal)) {
    return;
  }
  const Ask ask = static_cast<Ask>(kFirstWait + static_cast<u8>(signal.channel));
  const u64 key = order_key(state, signal.object, ask);
  const bool known = order_seen(key);
  if (known && signal.rule != Rule::kWakeup) return;
  const GraphWork work(state);
  const u32 needed = prediction().needed_by(state->actor, signal);
  if (needed == 0) return;
  prediction().awaits(state->actor, asking_of(state), signal, needed, known);
  if (!known) remember_order(key);
}

void after_receive(ThreadState* state, const Signal& signal) noexcept {
  if (unseen(state, signal.object) || prediction().receipt_is_known(state->actor, signal) ||
      prediction().says_nothing(signal)) {
    return;
  }
  const GraphWork work(state);
  prediction().received(state->actor, signal);
}

void retract_signal(ThreadState* state, ObjectId object) noexcept {
  const Signal signal{object, Channel::kSignal, Rule::kOnce};
  if (unseen(state, object) || prediction().says_nothing(signal)) return;
  const GraphWork work(state);
  prediction().retracted(signal);
}

void end_waits(ThreadState* state, const Signal& signal) noexcept {
  if (unseen(state, signal.object) || prediction().says_nothing(signal)) return;
  const GraphWork work(state);
  prediction().ends_waits(state->actor, signal);
}

void after_end(ThreadState* state, const Signal& signal) noexcept {
  if (unseen(state, signal.object) || prediction().receipt_is_known(state->actor, signal) ||
      prediction().says_nothing(signal)) {
    return;
  }
  const GraphWork work(state);
  prediction().received_end(state->actor, signal);
}

void before_arrive(ThreadState* state, ObjectId object, u32 parties, bool for_ever) noexcept {
  if (unseen(state, object)) return;
  const GraphWork work(state);
  if (prediction().barrier_says_nothing(object)) return;
  const bool holds = for_ever && state->next_held != state->held;
  prediction().arrives(state->actor, object, parties, holds ? asking_of(state) : kHoldsNothing);
}

void after_depart(ThreadState* state, ObjectId object) noexcept {
  if (unseen(state, object)) return;
  const GraphWork work(state);
  prediction().departs(state->actor, object);
}

void once_body_begins(ThreadState* state, ObjectId object) noexcept {
  if (unseen(state, object)) return;
  const GraphWork work(state);
  prediction().once_body_begins(state->actor);
}

void once_body_ended(ThreadState* state, ObjectId object) noexcept {
  if (unseen(state, object)) return;
  const GraphWork work(state);
  prediction().once_body_ended(state->actor, object);
}

void after_once(ThreadState* state, ObjectId object) noexcept {
  if (unseen(state, object)) return;
  if (state->actor.last_once == object) return;  // the same flag again: the usual case
  const GraphWork work(state);
  prediction().passes_once(state->actor, object);
}

bool may_be_lock(ObjectId object, u32 permits) noexcept {
  if (object == 0 || permits - 1 >= Prediction::kMostPermits) return false;
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
  if (permits - 1 >= Prediction::kMostPermits || object == 0 || state->in_runtime ||
      !prediction().permit_release_is_news(object, own)) {
    return;
  }
  const GraphWork work(state);
  prediction().permit_released(object, permits, own);
}

}  // namespace gridlock::internal
