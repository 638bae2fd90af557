// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/prediction.h"

namespace gridlock::internal {

bool Prediction::init(const LockOrderLimits& limits, const PredictionHooks& hooks) noexcept {
  const u32 objects = limits.nodes;
  const u32 threads = limits.edges;
  permits_.init(&states_, &edges_);
  signals_.init(&segments_, &asked_, &edges_, &states_, &sources_, &orders_, &waits_);
  conditions_.init(&segments_, &asked_, &edges_, &states_, &sources_, &orders_, &waits_, &rounds_);
  const bool ok =
      segments_.init(objects * 2, objects) && graph_.init(limits, &segments_) &&
      edges_.init(objects, &graph_, hooks) && asked_.init(objects, limits.edges) &&
      threads_.init(objects, threads, &segments_) && states_.init(objects) &&
      sources_.init(objects, &edges_) &&
      orders_.init(objects, &segments_, &states_, &sources_, &edges_) &&
      rounds_.init(limits.edges) &&
      waits_.init(objects, threads, &asked_, &edges_, &states_, &sources_, &orders_, &rounds_) &&
      holds_.init(objects / 8 + 1, &segments_) &&
      barriers_.init(objects, &segments_, &edges_, &orders_, &waits_) &&
      once_.init(objects, &segments_, &edges_, &orders_);
  if (!ok) return false;
  graph_.forget_what(
      [](const RequestContext& context, void* threads_that_live) noexcept {
        return static_cast<LiveThreads*>(threads_that_live)->is_over(context);
      },
      &threads_);
  return true;
}

void Prediction::release() noexcept {
  segments_.release();
  graph_.release();
  edges_.release();
  asked_.release();
  threads_.release();
  states_.release();
  sources_.release();
  orders_.release();
  rounds_.release();
  waits_.release();
  signals_.release();
  holds_.release();
  barriers_.release();
  once_.release();
}

bool Prediction::take_full() noexcept { return edges_.take_full(); }

void Prediction::next_segment(Actor& actor) noexcept {
  actor.segment = segments_.add(actor.segment, 0);
}

void Prediction::appears(Actor& actor) noexcept { actor.segment = segments_.add(0, 0); }

void Prediction::starts(Actor& parent, Actor& child) noexcept {
  child.segment = segments_.add(0, parent.segment);
  next_segment(parent);
}

void Prediction::begins(Actor& actor) noexcept { threads_.begins(actor); }
void Prediction::ends(Actor& actor) noexcept { threads_.ends(actor); }
void Prediction::only(Actor* actor) noexcept { threads_.only(actor); }

void Prediction::joined(Actor& actor, SegmentId last) noexcept {
  actor.segment = segments_.add(actor.segment, last);
}

// A thread that joins holding nothing makes nobody wait yet, but others may wait for it.
void Prediction::asks_to_join(const Actor& actor, const Asking& asking, u32 number,
                              NodeId node) noexcept {
  RequestContext context = edges_.context_of(actor, asking);
  context.to_epoch = 1;
  waits_.know_thread(number, node);
  waits_.remember(node, context);
  if (asking.count == 0) return;
  graph_.describe(node, NodeKind::kSignal, false);
  edges_.add_held(asking, node, node, context);
  waits_.follow_thread(number, node);
}

bool Prediction::asks(const Actor& actor, const Asking& asking, const Wanted& wanted) noexcept {
  if (wanted.readers_wait)
    graph_.describe(wanted.node, wanted.is_class ? NodeKind::kClass : NodeKind::kLock, true);
  RequestContext context = edges_.context_of(actor, asking);
  context.wanted_mode = wanted.mode;
  const NodeId permits = edges_.permits_node(wanted.object);
  const NodeId node = permits != 0 ? permits : wanted.node;
  const bool unpublished = edges_.add_held(asking, wanted.object, node, context);
  if (wanted.readers_wait && wanted.mode == Mode::kExclusive &&
      graph_.note_writer(wanted.node, context) == LockOrderGraph::Added::kNew) {
    edges_.reconsider(wanted.node);
  }
  waits_.remember(node, context);
  return !unpublished;
}

void Prediction::asked_for_permit(NodeId object, u32 permits) noexcept {
  permits_.asked(object, permits);
}
void Prediction::permit_released(NodeId object, u32 permits, bool by_holder) noexcept {
  permits_.released(object, permits, by_holder);
}
bool Prediction::permit_request_is_news(NodeId object) const noexcept {
  return permits_.request_is_news(object);
}
bool Prediction::permit_release_is_news(NodeId object, bool by_holder) const noexcept {
  return permits_.release_is_news(object, by_holder);
}
bool Prediction::is_no_lock(NodeId object) const noexcept { return permits_.is_no_lock(object); }

bool Prediction::says_nothing(const Signal& signal) const noexcept {
  return states_.says_nothing(signal);
}
bool Prediction::signal_is_known(const Actor& actor, const Signal& signal) const noexcept {
  return states_.signal_is_known(actor, signal);
}
bool Prediction::wait_is_known(const Actor& actor, const Signal& signal) const noexcept {
  return SignalChannels::wait_is_known(actor, signal);
}
bool Prediction::receipt_is_known(const Actor& actor, const Signal& signal) const noexcept {
  return SignalChannels::receipt_is_known(actor, signal);
}

void Prediction::signals(Actor& actor, const Signal& signal) noexcept {
  if (says_nothing(signal) || signal_is_known(actor, signal)) return;
  if (signal.rule == Rule::kWakeup) return conditions_.notifies(actor, signal);
  signals_.signals(actor, signal);
}
u32 Prediction::needed_by(const Actor& actor, const Signal& signal) noexcept {
  return signals_.needed_by(actor, signal);
}
void Prediction::awaits(const Actor& actor, const Asking& asking, const Signal& signal, u32 needed,
                        bool known) noexcept {
  signals_.awaits(actor, asking, signal, needed, known);
}
void Prediction::received(Actor& actor, const Signal& signal) noexcept {
  signals_.received(actor, signal);
}
void Prediction::cleared(Actor& actor, const Signal& signal) noexcept {
  signals_.cleared(actor, signal);
}
void Prediction::ends_waits(Actor& actor, const Signal& signal) noexcept {
  signals_.ends_waits(actor, signal);
}
void Prediction::received_end(Actor& actor, const Signal& signal) noexcept {
  signals_.received_end(actor, signal);
}

void Prediction::will_await(const Signal& signal) noexcept { conditions_.will_await(signal); }
bool Prediction::finds_true(const Actor& actor, const Asking& asking, const Signal& signal,
                            const Wanted& lock, bool no_timeout) noexcept {
  return conditions_.finds_true(actor, asking, signal, lock, no_timeout);
}

void Prediction::holds_across(const Actor& actor, NodeId object, Mode mode,
                              SegmentId during) noexcept {
  holds_.holds(actor, object, mode, during);
}
void Prediction::releases_held_across(Actor& actor, NodeId object) noexcept {
  holds_.releases(actor, object);
}
bool Prediction::comes_after_hold(const Actor& actor, NodeId object, Mode mode) noexcept {
  return holds_.comes_after(actor, object, mode);
}
void Prediction::got_after_hold(Actor& actor, NodeId object, Mode mode) noexcept {
  holds_.got(actor, object, mode);
}

bool Prediction::barrier_says_nothing(NodeId object) noexcept {
  return barriers_.says_nothing(object);
}
void Prediction::arrives(Actor& actor, NodeId object, u32 parties, const Asking& asking) noexcept {
  barriers_.arrives(actor, object, parties, asking);
}
void Prediction::departs(Actor& actor, NodeId object) noexcept { barriers_.departs(actor, object); }

void Prediction::once_body_begins(Actor& actor, NodeId flag) noexcept {
  once_.body_begins(actor, flag);
}
void Prediction::once_body_ended(Actor& actor, NodeId flag) noexcept {
  once_.body_ended(actor, flag);
}
void Prediction::passes_once(Actor& actor, NodeId flag) noexcept { once_.passes(actor, flag); }

SegmentId Prediction::queues_task(Actor& actor) noexcept {
  const SegmentId submitted = actor.segment;
  next_segment(actor);
  return submitted;
}

SegmentId Prediction::task_begins(Actor& actor, SegmentId submitted,
                                  const Signal& result) noexcept {
  const SegmentId before = actor.segment;
  actor.segment = segments_.add(0, submitted);
  signals_.forget_earlier_requests(actor, result);
  return before;
}

// The next task does not come after this one, but whoever joins the thread comes after all of them.
void Prediction::task_ended(Actor& actor, SegmentId before) noexcept {
  actor.segment = segments_.add(before, actor.segment);
}

}  // namespace gridlock::internal
