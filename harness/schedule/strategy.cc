// SPDX-License-Identifier: Apache-2.0
#include "harness/schedule/strategy.h"

namespace gridlock::internal::controlled {

void Strategy::new_execution(const Settings& settings, Experience* experience) noexcept {
  settings_ = settings;
  experience_ = experience;
  if (learns(settings.kind) && experience == nullptr) settings_.kind = StrategyKind::kRandomWalk;
  random_ = Random(settings.seed);
  decisions_ = known_ = fallen_ = 0;
  yielded_ = 0;
  chosen_ = kMaxThreads;
  if (settings_.depth > kMaxDepth) settings_.depth = kMaxDepth;
  if (settings_.depth == 0) settings_.depth = 1;
  if (settings_.length == 0) settings_.length = 1;
  if (learns(settings_.kind)) begin_learning();
  if (settings.kind != StrategyKind::kPct) return;
  for (u32 i = 0; i + 1 < settings_.depth; ++i) {
    const u32 fall = 1 + random_.below(settings_.length);
    u32 at = i;
    for (; at > 0 && falls_[at - 1] > fall; --at) falls_[at] = falls_[at - 1];
    falls_[at] = fall;
  }
}

ThreadNumber without_a_turn(const Moment& moment) noexcept {
  const u32 begin = moment.current + (moment.yields ? 1u : 0u);
  ThreadNumber best = moment.runnable[0];
  u32 least = kMaxThreads;
  for (u32 i = 0; i < moment.count; ++i) {
    const u32 distance = (moment.runnable[i] + kMaxThreads - begin) % kMaxThreads;
    if (distance >= least) continue;
    least = distance;
    best = moment.runnable[i];
  }
  return best;
}

ThreadNumber Strategy::next_other(const Moment& moment) noexcept {
  if (settings_.kind == StrategyKind::kPct) return next_pct(moment);
  if (settings_.kind == StrategyKind::kPos) return next_pos(moment);
  if (settings_.kind == StrategyKind::kPostpone) return next_postponing(moment);
  return settings_.kind == StrategyKind::kSurw ? next_surw(moment) : next_turn(moment);
}

const Turn* Strategy::turn_at(ThreadNumber thread, u32 position) const noexcept {
  for (u32 i = 0; i < settings_.turn_count; ++i) {
    const Turn& turn = settings_.turns[i];
    if (turn.thread == thread && turn.position == position) return &turn;
  }
  return nullptr;
}

ThreadNumber Strategy::next_turn(const Moment& moment) noexcept {
  const Turn* const turn = turn_at(moment.current, moment.position);
  if (turn != nullptr) {
    for (u32 i = 0; i < moment.count; ++i) {
      if (moment.runnable[i] == turn->value) return moment.runnable[i];
    }
  }
  return without_a_turn(moment);
}

// Above 2^61, so that whoever falls or yields is below all that did not.
i64 Strategy::draw() noexcept { return static_cast<i64>((random_.next() >> 3) | (u64{1} << 61)); }

i64 Strategy::priority_of(ThreadNumber thread) noexcept {
  for (; known_ <= thread; ++known_) priorities_[known_] = draw();
  return priorities_[thread];
}

ThreadNumber Strategy::highest(const Moment& moment) noexcept {
  ThreadNumber best = moment.runnable[0];
  for (u32 i = 1; i < moment.count; ++i) {
    if (priority_of(moment.runnable[i]) > priority_of(best)) best = moment.runnable[i];
  }
  return best;
}

// PCT. Several falls at one decision count all, as in the paper, where they are drawn independently.
ThreadNumber Strategy::next_pct(const Moment& moment) noexcept {
  if (moment.yields) {
    priority_of(moment.current);
    priorities_[moment.current] = --yielded_;
  }
  ThreadNumber thread = highest(moment);
  while (fallen_ + 1 < settings_.depth && falls_[fallen_] <= decisions_) {
    priority_of(thread);
    priorities_[thread] = static_cast<i64>(settings_.depth - ++fallen_);
    thread = highest(moment);
  }
  return thread;
}

// POS. The thread whose step was chosen has done it by now, and draws for its next one.
ThreadNumber Strategy::next_pos(const Moment& moment) noexcept {
  for (u32 i = 0; i < moment.count; ++i) priority_of(moment.runnable[i]);
  if (chosen_ < known_) priorities_[chosen_] = draw();
  if (moment.yields && moment.current < known_) priorities_[moment.current] = --yielded_;
  const ThreadNumber thread = highest(moment);
  for (u32 i = 0; i < moment.count; ++i) {
    const ThreadNumber other = moment.runnable[i];
    if (other != thread && conflict(moment.steps[other], moment.steps[thread])) {
      priorities_[other] = draw();
    }
  }
  chosen_ = thread;
  return thread;
}

u64 seed_of(u64 seed, u64 index) noexcept {
  return mix(mix(seed + 0x9e3779b97f4a7c15u) + index * 0xd1342543de82ef95u);
}

// SURW finds most of what is between threads that meet at one object, postponing what needs many threads at one place, POS what
// lies between several objects, PCT what needs long runs of one thread; random walk stays, for what nobody thought of.
Settings mixed(u64 seed, u64 index, u32 depth, u32 length) noexcept {
  Settings settings{StrategyKind::kPos, seed_of(seed, index), depth, length == 0 ? 1 : length};
  // Those that learn come early: what they know is soon enough.
  constexpr StrategyKind kTurn[] = {
      StrategyKind::kPostpone, StrategyKind::kSurw, StrategyKind::kPostpone,
      StrategyKind::kPos,      StrategyKind::kSurw, StrategyKind::kPostpone,
      StrategyKind::kSurw,     StrategyKind::kPct,  StrategyKind::kPostpone,
      StrategyKind::kSurw,     StrategyKind::kPos,  StrategyKind::kRandomWalk};
  constexpr u64 kTurns = sizeof kTurn / sizeof kTurn[0];
  settings.kind = kTurn[index % kTurns];
  if (index / kTurns % 2 == 1) settings.depth = 10;
  return settings;
}

}  // namespace gridlock::internal::controlled
