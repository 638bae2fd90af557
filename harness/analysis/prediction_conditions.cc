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
#include "harness/analysis/prediction.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMostSteps = 20'000;   // of a question about two segments
constexpr u32 kMostRequests = 1000;  // of one lock, to look at
constexpr u32 kNobody = 0;
constexpr u32 kUnclear = ~0u;

}  // namespace

// Of several notifiers each notification counts, and not only the first: they say nothing.
void Prediction::notifies(const Actor& actor, const Signal& signal, Source& source) noexcept {
  if (source.signaller != 0 && source.signaller != actor.thread) return give_up(signal, &source);
  source.signaller = actor.thread;
  signaller_[index_of(signal)].store(actor.thread, std::memory_order_relaxed);
  const u32 requests = asked_.size() - 1;
  if (source.last_round != 0 && rounds_[source.last_round].requests == requests) return;
  if (rounds_.full()) return give_up(signal, &source);
  const u32 id = rounds_.add();
  rounds_[id] = {requests, newest_asked(actor.thread), signal.number + 1, 0};
  (source.last_round == 0 ? source.first_round : rounds_[source.last_round].next) = id;
  source.last_round = id;
  if (source.waited_for) tell_rounds(source);
}

// Edges from the condition to what its notifier requested, each with the notification that came next.
void Prediction::tell_rounds(Source& source) noexcept {
  while (source.told_round != source.last_round) {
    const u32 before = source.told_round;
    const u32 id = before == 0 ? source.first_round : rounds_[before].next;
    source.told_round = id;  // first, because what is told may lead back here
    const u32 told = before == 0 ? 0 : rounds_[before].newest;
    const Round round = rounds_[id];
    for (u32 asked = round.newest; asked > told; asked = asked_[asked].before)
      add_signal_edge(source.node, asked_[asked], round.number);
  }
}

void Prediction::will_await(const Signal& signal) noexcept {
  if (says_nothing(signal)) return;
  if (Source* const source = source_of(signal)) source->waited_for = true;
}

// The first request for the lock by another thread that runs beside the actor; kNobody if there is none,
// kUnclear if there are also some that always come before.
u32 Prediction::first_made_true(const Actor& actor, NodeId lock) noexcept {
  u32 first = kNobody;
  u32 looked_at = 0;
  for (u32 id = lock < newest_for_.size() ? newest_for_[lock] : 0; id != 0; id = asked_[id].same) {
    const RequestContext& context = asked_[id].context;
    if (context.thread == actor.thread || context.wanted_mode != Mode::kExclusive) continue;
    u32 steps = kMostSteps;
    if (++looked_at > kMostRequests ||
        segments_.order(context.segment, actor.segment, &steps).ordered) {
      return kUnclear;
    }
    first = id;
  }
  return first;
}

// Of the first notification after request `first`; the next one if there was none yet.
u32 Prediction::number_of_round(const Source& source, const Signal& signal,
                                u32 first) const noexcept {
  for (u32 id = source.first_round; id != 0; id = rounds_[id].next) {
    if (rounds_[id].requests >= first) return rounds_[id].number;
  }
  return signal.number + 1;
}

bool Prediction::finds_true(const Actor& actor, const Asking& asking, const Signal& signal,
                            const Wanted& lock, bool no_timeout) noexcept {
  if (says_nothing(signal)) return true;
  Source* const source = source_of(signal);
  if (source == nullptr) return true;
  if (signal.number == 0) source->true_at_first = true;
  if (source->true_at_first || source->signaller == actor.thread) return true;
  const u32 first = first_made_true(actor, lock.object);
  if (first == kUnclear || first == kNobody) return first == kUnclear;
  RequestContext context = context_of(actor, asking);
  // Woken, it asks for the lock again.
  context.wanted_mode = lock.mode;
  if (asking.count != 0) add_edges(asking, lock.object, lock.node, context);
  if (!no_timeout) return true;
  context.wanted_mode = Mode::kExclusive;
  context.to_epoch = kOrEarlier | number_of_round(*source, signal, first);
  remember(source->node, context);
  if (asking.count == 0) return true;
  add_edges(asking, source->node, source->node, context);
  follow_wait(source->node);
  return true;
}

}  // namespace gridlock::internal
