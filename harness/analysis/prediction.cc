// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/prediction.h"

namespace gridlock::internal {

bool Prediction::init(const LockOrderLimits& limits, const PredictionHooks& hooks) noexcept {
  const u32 objects = limits.nodes;
  permits_.init(&states_, &edges_);
  const SignalParts parts{&segments_, &asked_, &edges_, &states_, &sources_, &orders_, &waits_};
  signals_.init(parts);
  conditions_.init(parts, &rounds_);
  const bool ok = segments_.init(objects * 2, objects) && graph_.init(limits, &segments_) &&
                  edges_.init(objects, &graph_, hooks) && asked_.init(objects, limits.edges) &&
                  threads_.init(objects, &segments_) && states_.init(objects) &&
                  sources_.init(objects, &edges_) &&
                  orders_.init(objects, &segments_, &states_, &sources_, &edges_) &&
                  rounds_.init(limits.edges) &&
                  waits_.init(objects, &asked_, &edges_, &states_, &sources_, &orders_, &rounds_) &&
                  holds_.init(objects / 8 + 1, &segments_) &&
                  barriers_.init(objects, &segments_, &edges_, &orders_, &waits_) &&
                  once_.init(objects, &segments_, &edges_, &orders_) && gone_.init(objects + 1) &&
                  in_use_.init(objects + 1);
  if (!ok) return false;
  graph_.set_outer_gates(&holds_);
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
  gone_.release();
  in_use_.release();
  named_threads_.release();
  signallers_.release();
}

u64 Prediction::bytes() const noexcept {
  return graph_.edge_bytes() + graph_.node_bytes() + edges_.news().bytes() + segments_.bytes() +
         asked_.bytes();
}

bool Prediction::take_full() noexcept { return edges_.take_full(); }

void Prediction::next_segment(ThreadNode& thread_node) noexcept {
  thread_node.segment = segments_.add(thread_node.segment, 0);
}

void Prediction::appears(ThreadNode& thread_node) noexcept {
  thread_node.segment = segments_.add(0, 0);
}

void Prediction::starts(ThreadNode& parent, ThreadNode& child) noexcept {
  child.segment = segments_.add(0, parent.segment);
  next_segment(parent);
}

void Prediction::begins(ThreadNode& thread_node) noexcept { threads_.begins(thread_node); }
void Prediction::ends(ThreadNode& thread_node) noexcept {
  threads_.ends(thread_node);
  edges_.news().tell_ended();
}
void Prediction::only(ThreadNode* thread_node) noexcept {
  threads_.only(thread_node);
  edges_.news().tell_ended();
}

void Prediction::joined(ThreadNode& thread_node, SegmentId last) noexcept {
  thread_node.segment = segments_.add(thread_node.segment, last);
}

// A thread that joins holding nothing makes nobody wait yet, but others may wait for it.
void Prediction::asks_to_join(const ThreadNode& thread_node, const PendingRequest& request,
                              u32 number, NodeId node) noexcept {
  RequestContext context = edges_.context_of(thread_node, request);
  context.to_epoch = 1;
  waits_.know_thread(number, node);
  waits_.remember(node, context);
  if (request.count == 0) return;
  graph_.describe(node, NodeKind::kSignal, false);
  edges_.add_held(request, node, node, context);
  waits_.follow_thread(number, node);
}

bool Prediction::asks(const ThreadNode& thread_node, const PendingRequest& request,
                      const Target& target) noexcept {
  if (target.readers_wait)
    graph_.describe(target.node, target.is_class ? NodeKind::kClass : NodeKind::kLock, true);
  RequestContext context = edges_.context_of(thread_node, request);
  context.wanted_mode = target.mode;
  const NodeId permits = edges_.permits_node(target.object);
  const NodeId node = permits != 0 ? permits : target.node;
  const Wanted wanted{target.node, target.mode, target.readers_wait};
  const ThreadNode* const keyed = request.keyed ? &thread_node : nullptr;
  const bool unpublished = edges_.add_held(request, target.object, node, context, keyed, wanted);
  RequestNews& news = edges_.news();
  if (target.readers_wait && target.mode == Mode::kExclusive && !request.writer_known) {
    const LockOrderGraph::Added added = graph_.note_writer(target.node, context);
    if (added == LockOrderGraph::Added::kNew) edges_.reconsider(target.node);
    if (keyed != nullptr && added == LockOrderGraph::Added::kFull) {
      news.tell_writers_full(thread_node, wanted);
    } else if (keyed != nullptr) {
      news.tell_writer(thread_node, wanted, edges_.held(), edges_.held_count());
    }
  }
  if (!request.asked_before) {
    waits_.remember(node, context);
    if (keyed != nullptr) news.tell_asked(thread_node, wanted, edges_.held(), edges_.held_count());
  }
  return !unpublished;
}

bool Prediction::asks_holding(const ThreadNode& thread_node, ChainId chain, u32 made, u32 site,
                              const Target& target) noexcept {
  RequestContext context;
  context.thread = thread_node.thread;
  context.segment = thread_node.segment;
  context.held_set = HeldChains::as_set(chain);
  context.wanted_site = site;
  context.wanted_mode = target.mode;
  if (!edges_.add_chain(chain, made, target.node, context)) return false;
  waits_.remember(target.node, context);
  return true;
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
bool Prediction::signal_is_known(const ThreadNode& thread_node,
                                 const Signal& signal) const noexcept {
  return states_.signal_is_known(thread_node, signal);
}
bool Prediction::wait_is_known(const ThreadNode& thread_node, const Signal& signal) const noexcept {
  return SignalChannels::wait_is_known(thread_node, signal);
}
bool Prediction::receipt_is_known(const ThreadNode& thread_node,
                                  const Signal& signal) const noexcept {
  return SignalChannels::receipt_is_known(thread_node, signal);
}

void Prediction::signals(ThreadNode& thread_node, const Signal& signal) noexcept {
  if (says_nothing(signal) || signal_is_known(thread_node, signal)) return;
  if (signal.rule == Rule::kWakeup) return conditions_.notifies(thread_node, signal);
  signals_.signals(thread_node, signal);
}
u32 Prediction::needed_by(const ThreadNode& thread_node, const Signal& signal) noexcept {
  return signals_.needed_by(thread_node, signal);
}
void Prediction::awaits(const ThreadNode& thread_node, const PendingRequest& request,
                        const Signal& signal, u32 needed, bool known) noexcept {
  signals_.awaits(thread_node, request, signal, needed, known);
}
void Prediction::received(ThreadNode& thread_node, const Signal& signal) noexcept {
  signals_.received(thread_node, signal);
}
void Prediction::cleared(ThreadNode& thread_node, const Signal& signal) noexcept {
  signals_.cleared(thread_node, signal);
}
void Prediction::ends_waits(ThreadNode& thread_node, const Signal& signal) noexcept {
  signals_.ends_waits(thread_node, signal);
}
void Prediction::received_end(ThreadNode& thread_node, const Signal& signal) noexcept {
  signals_.received_end(thread_node, signal);
}
void Prediction::comes_too_late(ThreadNode& thread_node, const Signal& signal) noexcept {
  signals_.comes_too_late(thread_node, signal);
}

void Prediction::will_await(const Signal& signal) noexcept { conditions_.will_await(signal); }
bool Prediction::finds_true(const ThreadNode& thread_node, const PendingRequest& request,
                            const Signal& signal, const Target& lock, bool no_timeout) noexcept {
  return conditions_.finds_true(thread_node, request, signal, lock, no_timeout);
}

void Prediction::holds_across(const ThreadNode& thread_node, NodeId object, Mode mode,
                              SegmentId during) noexcept {
  const bool is_news = !holds_.may_know(object);
  holds_.holds(thread_node, object, mode, during);
  if (is_news) forget_glances();  // more is asked of a request for it
}
void Prediction::releases_held_across(ThreadNode& thread_node, NodeId object) noexcept {
  if (holds_.releases(thread_node, object)) edges_.reconsider(object);
}
bool Prediction::comes_after_hold(const ThreadNode& thread_node, NodeId object,
                                  Mode mode) noexcept {
  return holds_.comes_after(thread_node, object, mode);
}
void Prediction::got_after_hold(ThreadNode& thread_node, NodeId object, Mode mode) noexcept {
  holds_.got(thread_node, object, mode);
}

bool Prediction::barrier_says_nothing(NodeId object) noexcept {
  return barriers_.says_nothing(object);
}
void Prediction::arrives(ThreadNode& thread_node, NodeId object, u32 parties,
                         const PendingRequest& request) noexcept {
  barriers_.arrives(thread_node, object, parties, request);
}
void Prediction::counts(ThreadNode& thread_node, NodeId object, u32 parties,
                        const Coming& coming) noexcept {
  barriers_.counts(thread_node, object, parties, coming);
}
void Prediction::awaits_others(const ThreadNode& thread_node, NodeId object,
                               const PendingRequest& request) noexcept {
  barriers_.awaits_others(thread_node, object, request);
}
void Prediction::departs(ThreadNode& thread_node, NodeId object) noexcept {
  barriers_.departs(thread_node, object);
}
void Prediction::counts_down(ThreadNode& thread_node, NodeId latch) noexcept {
  barriers_.counts_down(thread_node, latch);
}
void Prediction::awaits_zero(const ThreadNode& thread_node, NodeId latch,
                             const PendingRequest& request) noexcept {
  barriers_.awaits_zero(thread_node, latch, request);
}
void Prediction::passes_zero(ThreadNode& thread_node, NodeId latch) noexcept {
  barriers_.passes_zero(thread_node, latch);
}

void Prediction::once_body_begins(ThreadNode& thread_node, NodeId flag) noexcept {
  once_.body_begins(thread_node, flag);
}
void Prediction::once_body_ended(ThreadNode& thread_node, NodeId flag) noexcept {
  once_.body_ended(thread_node, flag);
}
void Prediction::passes_once(ThreadNode& thread_node, NodeId flag) noexcept {
  once_.passes(thread_node, flag);
}

SegmentId Prediction::queues_task(ThreadNode& thread_node) noexcept {
  const SegmentId submitted = thread_node.segment;
  next_segment(thread_node);
  return submitted;
}

SegmentId Prediction::task_begins(ThreadNode& thread_node, SegmentId submitted,
                                  const Signal& result) noexcept {
  const SegmentId before = thread_node.segment;
  thread_node.segment = segments_.add(0, submitted);
  signals_.forget_earlier_requests(thread_node, result);
  return before;
}

// The next task does not come after this one, but whoever joins the thread comes after all of them.
void Prediction::task_ended(ThreadNode& thread_node, SegmentId before) noexcept {
  thread_node.segment = segments_.add(before, thread_node.segment);
}

}  // namespace gridlock::internal
