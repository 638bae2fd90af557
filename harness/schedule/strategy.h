// SPDX-License-Identifier: Apache-2.0
//
// Who runs next: a strategy is asked wherever more than one thread could go on, and for every other
// number that an execution depends on. It is pure: the same settings and the same questions give the same
// answers, in each process and on each machine. No address may reach an answer: objects are only compared.
//
//   random walk  each thread that can go on is as likely as any other
//   PCT          Burckhardt, Kothari, Musuvathi, Nagarakatte, "A randomized scheduler with probabilistic
//                guarantees of finding bugs", ASPLOS 2010. Each thread has a random priority and the highest
//                runs; at depth-1 random decisions among `length` the thread that would run falls below all
//                others. A bug of that depth is found with probability >= 1 / (threads * length^(depth-1))
//   POS          Yuan, Yang, Gu, "Partial order aware concurrency sampling", CAV 2018. Each pending step has
//                a random priority and the highest runs; then every pending step that conflicts with it draws
//                a new one, so that the order of conflicting steps is what is sampled
//
// What the papers do not say is what happens when a thread spins: one that yields is not chosen while another
// can go on, and in PCT and POS falls below all others.
#pragma once

#include "harness/platform/base.h"
#include "harness/schedule/random.h"

namespace gridlock::internal::controlled {

/// Threads of one execution; they are numbered from 0 in the order in which they are made.
inline constexpr u32 kMaxThreads = 256;
inline constexpr u32 kMaxDepth = 16;
using ThreadNumber = u16;

enum class StrategyKind : u8 { kRandomWalk, kPct, kPos };

/// All that the decisions of one execution depend on, besides the program.
struct Settings {
  StrategyKind kind = StrategyKind::kRandomWalk;
  u64 seed = 0;
  u32 depth = 3;   ///< PCT: from 1 to kMaxDepth
  u32 length = 1;  ///< PCT: how many decisions an execution has, about; not 0
};

/// What a thread does next.
struct Step {
  u64 object = 0;        ///< what it is done to; 0: nothing that another thread knows
  bool changes = false;  ///< not only looks
};

GRIDLOCK_INLINE bool conflict(const Step& a, const Step& b) noexcept {
  return a.object == b.object && a.object != 0 && (a.changes || b.changes);
}

/// A state of the program in which somebody has to be chosen.
struct Moment {
  const ThreadNumber*
      runnable;          ///< those that can go on, in an order that depends on the decisions alone
  u32 count;             ///< of them; not 0
  ThreadNumber current;  ///< the one that ran last
  bool yields;           ///< `current` waits for another one without saying for which
  const Step* steps;     ///< what each thread does next, by its number
};

class Strategy {
 public:
  constexpr Strategy() = default;
  void new_execution(const Settings& settings) noexcept;
  /// One of moment.runnable.
  GRIDLOCK_INLINE ThreadNumber next(const Moment& moment) noexcept {
    ++decisions_;
    if (GRIDLOCK_LIKELY(settings_.kind == StrategyKind::kRandomWalk)) return next_random(moment);
    return settings_.kind == StrategyKind::kPct ? next_pct(moment) : next_pos(moment);
  }
  /// A number below `bound`, which is not 0: which waiter is woken, whether a wake-up is spurious.
  GRIDLOCK_INLINE u64 next_u64(u32 bound) noexcept { return random_.below(bound); }
  /// How often next() was asked; what the length of later executions is learned from.
  GRIDLOCK_INLINE u32 decisions() const noexcept { return decisions_; }
  GRIDLOCK_INLINE const Settings& settings() const noexcept { return settings_; }

 private:
  ThreadNumber next_random(const Moment& moment) noexcept;
  ThreadNumber next_pct(const Moment& moment) noexcept;
  ThreadNumber next_pos(const Moment& moment) noexcept;
  i64 draw() noexcept;
  i64 priority_of(ThreadNumber thread) noexcept;
  ThreadNumber highest(const Moment& moment) noexcept;

  Settings settings_;
  Random random_;
  u32 decisions_ = 0;
  u32 known_ = 0;  // threads below it have a priority
  // PCT: the decisions at which a thread falls, ascending, and how many have passed. Both: how often somebody
  // yielded, below zero.
  u32 falls_[kMaxDepth] = {};
  u32 fallen_ = 0;
  i64 yielded_ = 0;
  // POS: whose step was chosen last, so that its next one draws.
  ThreadNumber chosen_ = kMaxThreads;
  i64 priorities_[kMaxThreads] = {};
};

/// Execution `index` of a search: a mix of the strategies, in which each gets its share of every ten
/// executions. Each execution has a seed of its own, so any of them can be repeated alone.
Settings mixed(u64 seed, u64 index, u32 depth, u32 length) noexcept;
/// The seed of execution `index`.
u64 seed_of(u64 seed, u64 index) noexcept;

}  // namespace gridlock::internal::controlled
