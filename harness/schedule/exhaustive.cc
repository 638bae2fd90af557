// SPDX-License-Identifier: Apache-2.0
#include "harness/schedule/exhaustive.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u64 bit(u32 thread) noexcept { return u64{1} << thread; }
u32 lowest(u64 threads) noexcept { return static_cast<u32>(__builtin_ctzll(threads)); }

bool is_local(const Step& step) noexcept { return step.object == 0 && step.also == 0; }

void join(u32* clock, const u32* other) noexcept {
  for (u32 i = 0; i < Exhaustive::kThreads; ++i) {
    if (other[i] > clock[i]) clock[i] = other[i];
  }
}

bool covers(const u32* clock, const u32* counts) noexcept {
  for (u32 i = 0; i < Exhaustive::kThreads; ++i) {
    if (clock[i] < counts[i]) return false;
  }
  return true;
}

}  // namespace

void Exhaustive::begin(Bound bound, u32 most) noexcept {
  bound_ = bound;
  most_ = most;
  sound_ = true;
  complete_ = blocked_ = 0;
  prefix_ = depth_ = 0;
}

void Exhaustive::new_execution() noexcept {
  depth_ = used_ = event_count_ = 0;
  leaves_ = Leaves::kNot;
  trace_ = 0;
  sleep_ = 0;
  runs_ = 0;
  __builtin_memset(own_, 0, sizeof own_);
  __builtin_memset(clocks_, 0, sizeof clocks_);
}

// From here on it only has to come to its end.
ThreadNumber Exhaustive::leave(const Moment& moment, Leaves why) noexcept {
  if (leaves_ == Leaves::kNot) leaves_ = why;
  if (leaves_ == Leaves::kTooLong) sound_ = false;
  return without_a_turn(moment);
}

// What choosing a thread costs of the bound.
u32 Exhaustive::cost(const Node& node, u32 thread) const noexcept {
  if (bound_ == Bound::kPreemptions) {
    return thread != node.current && (node.enabled & bit(node.current)) != 0 && !node.yields ? 1
                                                                                             : 0;
  }
  u32 passed = 0;
  const u32 begin = node.current + (node.yields ? 1u : 0u);
  for (u32 i = 0; i < kThreads; ++i) {
    const u32 at = (begin + i) % kThreads;
    if (at == thread) break;
    if ((node.enabled & bit(at)) != 0) ++passed;
  }
  return passed;
}

Exhaustive::Node& Exhaustive::new_node(const Moment& moment) noexcept {
  Node& node = nodes_[depth_];
  node.choices = 0;
  node.current = moment.current;
  node.yields = moment.yields;
  node.used = used_;
  node.wanted = 0;
  node.sleep = sleep_;
  return node;
}

ThreadNumber Exhaustive::next(const Moment& moment) noexcept {
  if (leaves_ != Leaves::kNot) return leave(moment, leaves_);
  Threads enabled = 0;
  for (u32 i = 0; i < moment.count; ++i) {
    const u32 thread = moment.runnable[i];
    if (thread >= kThreads) return leave(moment, Leaves::kTooLong);
    enabled |= bit(thread);
  }
  // Who waits for others without saying for which does not go first.
  if (moment.yields && (enabled & ~bit(moment.current)) != 0) enabled &= ~bit(moment.current);
  // A step that nobody else knows of commutes with all others.
  Threads local = 0;
  for (Threads rest = enabled; rest != 0; rest &= rest - 1) {
    if (is_local(moment.steps[lowest(rest)])) local |= bit(lowest(rest));
  }
  if ((local & bit(moment.current)) != 0) local = bit(moment.current);
  if (local != 0 && (bound_ == Bound::kNone || local == bit(moment.current))) {
    runs_ = static_cast<ThreadNumber>(lowest(local));
    return runs_;
  }
  if (depth_ == kDecisions || event_count_ == kDecisions) return leave(moment, Leaves::kTooLong);
  u32 thread = 0;
  const u32 index = depth_;
  Node& node = nodes_[index];
  if (index < prefix_) {
    thread = node.chosen;
    if (node.choices != 0 || thread >= kThreads || (enabled & bit(thread)) == 0) {
      sound_ = false;  // it depends on something besides its schedule
      return leave(moment, Leaves::kTooLong);
    }
  } else {
    new_node(moment).enabled = enabled;
    const Threads awake = enabled & ~sleep_;
    if (awake == 0) {
      for (u32 i = 0; i < moment.waiting_count; ++i) {
        stuck(moment.waiting[i], moment.steps[moment.waiting[i]]);
      }
      return leave(moment, Leaves::kBlocked);
    }
    thread = (awake & bit(moment.current)) != 0 ? moment.current : lowest(awake);
    node.wanted = bit(thread);
    if (bound_ != Bound::kNone) {
      node.wanted = 0;
      thread = moment.current;
      for (u32 least = ~0u, i = 0; i < kThreads; ++i) {
        if ((enabled & bit(i)) == 0) continue;
        const u32 price = cost(node, i);
        if (price < least || (price == least && i == moment.current)) {
          least = price;
          thread = i;
        }
        if (used_ + price <= most_) node.wanted |= bit(i);
      }
    }
    node.chosen = thread;
  }
  if (bound_ != Bound::kNone) used_ = node.used + cost(node, thread);
  const Step& step = moment.steps[thread];
  sleep_ = 0;
  for (Threads rest = node.sleep & ~bit(thread); rest != 0 && bound_ == Bound::kNone;
       rest &= rest - 1) {
    if (!conflict(moment.steps[lowest(rest)], step)) sleep_ |= bit(lowest(rest));
  }
  ++depth_;
  runs_ = static_cast<ThreadNumber>(thread);
  add_event(index, runs_, step, bound_ == Bound::kNone && depth_ >= prefix_);
  return runs_;
}

void Exhaustive::add_event(u32 node, ThreadNumber thread, const Step& step, bool is_new) noexcept {
  if (is_local(step)) return;
  Event& event = events_[event_count_];
  event.step = step;
  event.node = node;
  event.thread = thread;
  u32* const known = clocks_[thread];
  u32 seen[kThreads];
  __builtin_memcpy(seen, known, sizeof seen);
  find_races(step, thread, seen, known, is_new);
  event.own = ++own_[thread];
  known[thread] = event.own;
  __builtin_memcpy(event.clock, known, sizeof event.clock);
  u64 hash = thread;
  for (u32 i = 0; i < kThreads; ++i) {
    if (known[i] != 0) hash = mix(hash ^ (u64{i} << 32 | known[i]));
  }
  trace_ += mix(hash);
  ++event_count_;
}

// `seen` becomes what comes before the step without those that make it possible and have to; `known` all that comes before
// it. Of those that conflict with it the latest comes first: what lies before that one in any case is no race with this step.
void Exhaustive::find_races(const Step& step, ThreadNumber thread, u32* seen, u32* known,
                            bool is_new) noexcept {
  u32 left[kThreads];  // how many events of each thread lie before the one that is looked at
  __builtin_memcpy(left, own_, sizeof left);
  for (u32 i = event_count_; i-- > 0;) {
    const Event& event = events_[i];
    left[event.thread] = event.own - 1;
    if (event.thread == thread || !conflict(event.step, step)) continue;
    if (seen[event.thread] < event.own) {
      const bool has_to = step.role == StepRole::kAcquire &&
                          event.step.role == StepRole::kRelease && !event.step.was_free;
      if (!has_to) {
        if (is_new) reverse(i, thread, seen);
        join(seen, event.clock);
      }
    }
    if (known[event.thread] < event.own) join(known, event.clock);
    if (covers(seen, left))
      return;  // all that is left comes before the step, and `known` is no less
  }
}

// The step before event `first`: something has to be tried there that leads to that order.
void Exhaustive::reverse(u32 first, ThreadNumber thread, const u32* seen) noexcept {
  const Event& before = events_[first];
  Node& node = nodes_[before.node];
  // What does not come after `before`, and then the step: with what of it can one begin?
  u32 firsts[kThreads];
  __builtin_memset(firsts, 0xff, sizeof firsts);
  Threads there = 0;
  Threads initial = 0;
  const auto begins = [&](const u32* clock, u32 self) {
    for (Threads rest = there; rest != 0; rest &= rest - 1) {
      const u32 other = lowest(rest);
      if (other != self && clock[other] >= firsts[other]) return false;
    }
    return true;
  };
  for (u32 i = first + 1; i < event_count_; ++i) {
    const Event& event = events_[i];
    if (event.clock[before.thread] >= before.own) continue;
    if ((there & bit(event.thread)) != 0) continue;
    if (begins(event.clock, event.thread)) initial |= bit(event.thread);
    there |= bit(event.thread);
    firsts[event.thread] = event.own;
  }
  if ((there & bit(thread)) == 0 && begins(seen, thread)) initial |= bit(thread);
  if ((initial & (node.wanted | node.sleep)) != 0) return;
  // Where it could only begin with the step itself, which was not possible there, it is no other order.
  const Threads possible = initial & node.enabled;
  if (possible == 0) return;
  node.wanted |= (possible & bit(thread)) != 0 ? bit(thread) : bit(lowest(possible));
}

u32 Exhaustive::choose(u32 bound) noexcept {
  if (leaves_ != Leaves::kNot) return 0;
  if (depth_ == kDecisions) {
    leaves_ = Leaves::kTooLong;
    sound_ = false;
    return 0;
  }
  Node& node = nodes_[depth_];
  if (depth_ >= prefix_) {
    node.choices = bound;
    node.chosen = 0;
    node.used = used_;
  } else if (node.choices != bound) {
    leaves_ = Leaves::kTooLong;
    sound_ = false;
    return 0;
  }
  ++depth_;
  trace_ += mix(mix(u64{own_[runs_]} << 16 | runs_) + node.chosen + 1);
  return node.chosen;
}

void Exhaustive::enables(ThreadNumber thread) noexcept { follows(runs_, thread); }

void Exhaustive::follows(ThreadNumber first, ThreadNumber then) noexcept {
  if (first < kThreads && then < kThreads) join(clocks_[then], clocks_[first]);
}

void Exhaustive::stuck(ThreadNumber thread, const Step& step) noexcept {
  if (leaves_ != Leaves::kNot || bound_ != Bound::kNone || thread >= kThreads) return;
  u32 seen[kThreads];
  u32 known[kThreads];
  __builtin_memcpy(seen, clocks_[thread], sizeof seen);
  __builtin_memcpy(known, clocks_[thread], sizeof known);
  find_races(step, thread, seen, known, true);
}

void Exhaustive::all_wait() noexcept {
  for (u32 i = 1; i < kThreads; ++i) join(clocks_[0], clocks_[i]);
  for (u32 i = 1; i < kThreads; ++i) __builtin_memcpy(clocks_[i], clocks_[0], sizeof clocks_[0]);
  sleep_ = 0;
}

bool Exhaustive::end_execution() noexcept {
  if (leaves_ == Leaves::kBlocked) {
    ++blocked_;
  } else {
    ++complete_;
  }
  for (u32 i = depth_; i-- > 0;) {
    Node& node = nodes_[i];
    if (node.choices != 0) {
      if (++node.chosen >= node.choices) continue;
      prefix_ = i + 1;
      return true;
    }
    node.sleep |= bit(node.chosen);
    const Threads left = node.wanted & node.enabled & ~node.sleep;
    if (left == 0) continue;
    node.chosen = lowest(left);
    prefix_ = i + 1;
    return true;
  }
  prefix_ = 0;
  return false;
}

}  // namespace gridlock::internal::controlled
