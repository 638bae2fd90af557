// SPDX-License-Identifier: Apache-2.0
//
// Conditions. A notification orders nothing, because it is lost unless somebody waits; but who waits
// for one waits for all that its notifier needs before it.
//
// A wait that sleeps needs the next notification, and so what the notifier requested since the one
// before. A wait with a test that is true at once is a wait, too: had the thread come earlier, it would
// have slept. When the test became true is not seen. What is seen is who asked for the lock under which
// it is tested, and could have changed something:
//   - nobody beside whom the waiter runs: nothing is concluded;
//   - also somebody whom the wait always comes after: that one may have made it true for all schedules,
//     and nothing is concluded;
//   - only threads that run beside the waiter. Then the first of them made it true at the earliest, and
//     in the schedule in which the waiter comes before all of them it sleeps until the only notifier's
//     first notification after that, at the earliest. So the wait needs what the notifier requested
//     before that notification, and nothing that came later.
// A test that was true before anybody had notified is one that begins true (the room in a buffer made
// by hand): of that condition nothing is concluded from tests that are true.
#include "harness/analysis/conditions.h"

#include "harness/analysis/asked_requests.h"
#include "harness/analysis/channel_states.h"
#include "harness/analysis/followed_waits.h"
#include "harness/analysis/request_edges.h"
#include "harness/analysis/segments.h"
#include "harness/analysis/signal_orders.h"
#include "harness/analysis/signal_sources.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMaxSteps = 20'000;   // of a question about two segments
constexpr u32 kMaxRequests = 1000;  // of one lock, to look at
constexpr u32 kNobody = 0;
constexpr u32 kUnclear = ~0u;

}  // namespace

void Conditions::init(const SignalParts& parts, ConditionRounds* rounds) noexcept {
  parts_ = parts;
  rounds_ = rounds;
}

// With several notifiers each notification counts, not only the first: they say nothing.
void Conditions::notifies(ThreadNode& thread_node, const Signal& signal) noexcept {
  SignalSource* const source = parts_.sources->of(signal);
  if (source == nullptr || (source->signaller != 0 && source->signaller != thread_node.thread))
    return parts_.orders->give_up(signal, source);
  source->signaller = thread_node.thread;
  parts_.states->store(ChannelStates::index_of(signal), thread_node.thread);
  const u32 before = source->last_round;
  const bool room = rounds_->add(
      *source,
      {parts_.asked->newest(), parts_.asked->newest_by(thread_node.thread), signal.number + 1, 0});
  if (!room) return parts_.orders->give_up(signal, source);
  ++thread_node.notifications;
  if (source->last_round != before && source->waited_for) parts_.waits->tell_rounds(*source);
}

void Conditions::will_await(const Signal& signal) noexcept {
  if (parts_.states->says_nothing(signal)) return;
  if (SignalSource* const source = parts_.sources->of(signal)) source->waited_for = true;
}

// The first request for the lock by another thread that runs beside this one; kNobody if there is none,
// kUnclear if there are also some that always come before.
u32 Conditions::first_made_true(const ThreadNode& thread_node, NodeId lock) noexcept {
  u32 first = kNobody;
  u32 looked_at = 0;
  if (parts_.asked->has_forgotten(lock)) return kUnclear;
  for (u32 id = parts_.asked->newest_for(lock); id != 0; id = (*parts_.asked)[id].same) {
    const RequestContext& context = (*parts_.asked)[id].context;
    if (context.thread == thread_node.thread || context.wanted_mode != Mode::kExclusive) continue;
    u32 steps = kMaxSteps;
    if (++looked_at > kMaxRequests ||
        parts_.segments->order(context.segment, thread_node.segment, &steps).ordered) {
      return kUnclear;
    }
    first = id;
  }
  return first;
}

bool Conditions::finds_true(const ThreadNode& thread_node, const PendingRequest& request,
                            const Signal& signal, const Target& lock, bool no_timeout) noexcept {
  if (parts_.states->says_nothing(signal)) return true;
  SignalSource* const source = parts_.sources->of(signal);
  if (source == nullptr) return true;
  if (signal.number == 0) source->true_at_first = true;
  if (source->true_at_first || source->signaller == thread_node.thread) return true;
  const u32 first = first_made_true(thread_node, lock.object);
  if (first == kUnclear || first == kNobody) return first == kUnclear;
  RequestContext context = parts_.edges->context_of(thread_node, request);
  // Woken, it asks for the lock again.
  context.wanted_mode = lock.mode;
  if (request.count != 0) parts_.edges->add_held(request, lock.object, lock.node, context);
  if (!no_timeout) return true;
  context.wanted_mode = Mode::kExclusive;
  // The next one, if there was none yet.
  const u32 notification = rounds_->number_after(*source, first);
  context.to_epoch = kOrEarlier | (notification != 0 ? notification : signal.number + 1);
  parts_.waits->remember(source->node, context);
  if (request.count == 0) return true;
  parts_.edges->add_held(request, source->node, source->node, context);
  parts_.waits->follow(source->node);
  return true;
}

}  // namespace gridlock::internal
