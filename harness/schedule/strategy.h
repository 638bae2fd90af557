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
//   SURW         Zhao, Wolff, Mathur, Roychoudhury, "Selectively uniform concurrency testing", ASPLOS 2025. Of one shared
//                object, another one each time, the orders of all steps at it are equally likely, because threads are
//                drawn by how many such steps they have left. That is learned from earlier executions
//   postponing   threads that come to one place of the code, another one each time, wait until nobody else can go on;
//                the others run by random priorities. From Sen, "Race directed random testing of concurrent programs",
//                PLDI 2008, which postpones at places where races are suspected: here at each that meets another thread
//   turns        those that were written down, and nothing else: how a schedule is shrunk and repeated
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

enum class StrategyKind : u8 { kRandomWalk, kPct, kPos, kTurns, kPostpone, kSurw };

/// A decision that is another one than that which needs no saying: the thread that runs goes on, or, where it cannot, the
/// next one in a round; of other numbers it is 0.
struct Turn {
  ThreadNumber thread;  ///< which ran
  u16 value;            ///< the thread that runs next, or the number
  u32 position;         ///< how many steps and decisions of its own lay behind it
};

/// All that the decisions of one execution depend on, besides the program.
struct Settings {
  StrategyKind kind = StrategyKind::kRandomWalk;
  u64 seed = 0;
  u32 depth = 3;                ///< PCT: from 1 to kMaxDepth
  u32 length = 1;               ///< PCT: how many decisions an execution has, about; not 0
  const Turn* turns = nullptr;  ///< kTurns: all of them
  u32 turn_count = 0;
  bool precise =
      false;  ///< kTurns: of an execution in which threads that have to wait were not asked
};

/// What a step does to who else may go on.
enum class StepRole : u8 {
  kPlain,    ///< nothing, or it is not known
  kAcquire,  ///< a thread whose next step it is can only go on while its object is free
  kRelease,  ///< its object is free behind it
};

/// What a thread does next.
struct Step {
  u64 object = 0;        ///< what it is done to; 0: nothing that another thread knows
  bool changes = false;  ///< not only looks
  StepRole role = StepRole::kPlain;
  bool was_free = false;  ///< kRelease: an acquiring step could have been done before it, too
  u16 site = 0;           ///< the place in the code, as a number
  u32 size = 1;           ///< bytes of the object that it reaches
  u64 also = 0;           ///< another object that it changes, or its part in the one order; 0: none
  bool looks = false;     ///< a change that depends on what is there
};

/// Step::also where memory is weak: the step has a place in the one order of all seq_cst operations, so that of a load among
/// other accesses counts, too; it is a fence, whose place among those of all objects counts.
inline constexpr u64 kOrdered = 1;
inline constexpr u64 kOrdersAll = 2;

/// Whether `object` is among what `step` reaches first.
GRIDLOCK_INLINE bool reaches(const Step& step, u64 object) noexcept {
  return object - step.object < step.size && step.object != 0;
}
/// Their order can matter.
GRIDLOCK_INLINE bool conflict(const Step& a, const Step& b) noexcept {
  const bool one_counts = a.changes || b.changes || a.also == kOrdered || b.also == kOrdered;
  if (one_counts && a.object != 0 && b.object != 0 && a.object < b.object + b.size &&
      b.object < a.object + a.size) {
    return true;
  }
  if (GRIDLOCK_LIKELY((a.also | b.also) == 0)) return false;
  return (a.also != 0 && reaches(b, a.also)) || (b.also != 0 && reaches(a, b.also)) ||
         (a.also == b.also && a.also != kOrdered) || (a.also | b.also) == (kOrdered | kOrdersAll);
}

/// A state of the program in which somebody has to be chosen.
struct Moment {
  const ThreadNumber*
      runnable;          ///< those that can go on, in an order that depends on the decisions alone
  u32 count;             ///< of them; not 0
  ThreadNumber current;  ///< the one that ran last
  bool yields;           ///< `current` waits for another one without saying for which
  const Step* steps;     ///< what each thread does next, by its number
  /// Those whose next step has to wait for its object.
  const ThreadNumber* waiting = nullptr;
  u32 waiting_count = 0;
  u32 position = 0;  ///< of `current`: how many steps and decisions of its own lie behind it
};

/// A step that was done.
struct Traced {
  ThreadNumber thread;
  bool waits;    ///< it was not, and comes behind all that were
  u32 position;  ///< of its thread, before it
  Step step;
};

/// Who goes on where no turn says anything else.
ThreadNumber without_a_turn(const Moment& moment) noexcept;

struct Experience;

class Strategy {
 public:
  constexpr Strategy() = default;
  /// `experience`: what SURW and postponing learn from; without one they are a random walk.
  void new_execution(const Settings& settings, Experience* experience = nullptr) noexcept;
  /// One of moment.runnable.
  GRIDLOCK_INLINE ThreadNumber next(const Moment& moment) noexcept {
    ++decisions_;
    if (GRIDLOCK_LIKELY(settings_.kind == StrategyKind::kRandomWalk)) return next_random(moment);
    return next_other(moment);
  }
  /// A number below `bound`, which is not 0: which waiter is woken, whether a wake-up is spurious.
  GRIDLOCK_INLINE u64 next_u64(u32 bound, ThreadNumber current = 0, u32 position = 0) noexcept {
    if (GRIDLOCK_UNLIKELY(settings_.kind == StrategyKind::kTurns)) {
      const Turn* const turn = turn_at(current, position);
      return turn != nullptr && turn->value < bound ? turn->value : 0;
    }
    return random_.below(bound);
  }
  /// The only thread that can go on does this.
  GRIDLOCK_INLINE void alone(ThreadNumber thread, const Step& step) noexcept {
    if (settings_.kind == StrategyKind::kSurw || settings_.kind == StrategyKind::kPostpone) {
      note_step(thread, step);
    }
  }
  /// How often next() was asked; what the length of later executions is learned from.
  GRIDLOCK_INLINE u32 decisions() const noexcept { return decisions_; }
  GRIDLOCK_INLINE const Settings& settings() const noexcept { return settings_; }

 private:
  // One that yields is left out by drawing among the others.
  GRIDLOCK_INLINE ThreadNumber next_random(const Moment& moment) noexcept {
    if (GRIDLOCK_LIKELY(!moment.yields || moment.count == 1)) {
      return moment.runnable[random_.below(moment.count)];
    }
    const ThreadNumber drawn = moment.runnable[random_.below(moment.count - 1)];
    return drawn != moment.current ? drawn : moment.runnable[moment.count - 1];
  }
  ThreadNumber next_other(const Moment& moment) noexcept;
  ThreadNumber next_turn(const Moment& moment) noexcept;
  void begin_learning() noexcept;
  void note_step(ThreadNumber thread, const Step& step) noexcept;
  void note_makers(const Moment& moment) noexcept;
  bool waits_for_one_held_back(const Moment& moment) noexcept;
  ThreadNumber next_postponing(const Moment& moment) noexcept;
  ThreadNumber draw_intended() noexcept;
  ThreadNumber next_surw(const Moment& moment) noexcept;
  const Turn* turn_at(ThreadNumber thread, u32 position) const noexcept;
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
  Experience* experience_ = nullptr;
  // Postponing: where threads wait. SURW: the object; who is to be next at it; and how many steps each has left there.
  u16 place_ = 0;
  ThreadNumber postponed_ = kMaxThreads;  // only this one waits there; kMaxThreads: all do
  ThreadNumber intended_ = kMaxThreads;
  u32 seen_ = 0;  // threads below it have been there
  u64 object_ = 0;
  u32 left_[kMaxThreads] = {};
  u32 waits_ = 0;  // how often somebody yielded
};

/// What it chooses depends on executions before, so it is repeated by its turns and not by its seed.
GRIDLOCK_INLINE bool learns(StrategyKind kind) noexcept {
  return kind == StrategyKind::kSurw || kind == StrategyKind::kPostpone;
}

/// Execution `index` of a search: a mix of the strategies, in which each gets its share of every ten
/// executions. Each execution has a seed of its own, so any of them can be repeated alone.
Settings mixed(u64 seed, u64 index, u32 depth, u32 length) noexcept;
/// The seed of execution `index`.
u64 seed_of(u64 seed, u64 index) noexcept;

}  // namespace gridlock::internal::controlled
