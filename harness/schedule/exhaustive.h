// SPDX-License-Identifier: Apache-2.0
//
// All schedules, one after the other, until each behaviour was seen.
//
//   without a bound   dynamic partial-order reduction with source sets and sleep sets: Abdulla, Aronis, Jonsson,
//                     Sagonas, "Optimal dynamic partial order reduction", POPL 2014, algorithm 1. Of all schedules that
//                     differ only in the order of steps that do not conflict (a Mazurkiewicz trace) one runs to its end.
//                     Some begin that turn out to be like an earlier one: they are blocked by their sleep set, and
//                     counted apart
//   preemptions       all schedules in which a thread that could have gone on is stopped at most so often (Musuvathi,
//                     Qadeer, "Iterative context bounding", PLDI 2007)
//   delays            all schedules in which, in a fixed round, at most so many turns are passed over (Emmi, Qadeer,
//                     Rakamaric, "Delay-bounded scheduling", POPL 2011)
//
// A bound is for tests that are too large without one; it counts schedules, not traces, since partial-order
// reduction under a bound would leave some out.
//
// What blocks: a thread whose next step is a kAcquire that is not free is not among those that can go on. A race between two
// acquiring steps is one although the second had to wait for a release, whether it was made in the end or not
// (stuck()). What only goes on when nobody else can, a time-out, comes behind all that was before: all_wait().
//
// Pure, and plain data: it may lie in memory that processes share, so an execution may be a process of its own.
#pragma once

#include "harness/schedule/strategy.h"

namespace gridlock::internal::controlled {

/// What is left out.
enum class Bound : u8 { kNone, kPreemptions, kDelays };

class Exhaustive {
 public:
  static constexpr u32 kThreads = 64;
  static constexpr u32 kDecisions = 1 << 16;

  /// In zeroed memory of sizeof(Exhaustive) bytes.
  void begin(Bound bound, u32 most) noexcept;

  void new_execution() noexcept;
  /// One of moment.runnable, which has those alone that can do their next step; not the current one where it yields and another
  /// one can: orders in which it goes first there are left out.
  ThreadNumber next(const Moment& moment) noexcept;
  /// A number below `bound`, each in its turn.
  u32 choose(u32 bound) noexcept;
  /// The step that was chosen last is why `thread` can go on, or is there.
  void enables(ThreadNumber thread) noexcept;
  /// What `first` did until now is known to what `then` does from here on.
  void follows(ThreadNumber first, ThreadNumber then) noexcept;
  /// `thread` cannot do this next step, and nobody can go on.
  void stuck(ThreadNumber thread, const Step& step) noexcept;
  /// Nobody can go on until time moves.
  void all_wait() noexcept;
  /// The execution that ran last runs once more, before end_execution().
  void again() noexcept { prefix_ = depth_; }
  /// False: that was the last one.
  bool end_execution() noexcept;

  /// Something happens that is not among the steps: what was seen is no proof.
  void doubt() noexcept { sound_ = false; }

  /// Executions that ran to their ends, each another trace where there is no bound.
  u64 complete() const noexcept { return complete_; }
  /// Those that were found to be like an earlier one on their way.
  u64 blocked() const noexcept { return blocked_; }
  /// The execution that ran last is one of blocked().
  bool was_blocked() const noexcept { return leaves_ == Leaves::kBlocked; }
  /// Nothing was left out. False where a thread has a number above kThreads, an execution more than kDecisions, or the
  /// program is another one from execution to execution.
  bool is_sound() const noexcept { return sound_; }
  /// What is the same for executions that are one Mazurkiewicz trace, and different for others but by accident.
  u64 trace() const noexcept { return trace_; }
  /// Of the execution that runs, or ran last.
  u32 decisions() const noexcept { return depth_; }

 private:
  using Threads = u64;  // bits
  enum class Leaves : u8 { kNot, kBlocked, kTooLong };
  struct Node {
    Threads enabled;
    Threads wanted;  // "backtrack" of the paper
    Threads sleep;   // with those that were tried
    u32 choices;     // 0: a thread was chosen
    u32 chosen;
    u32 used;  // of the bound, before it
    ThreadNumber current;
    bool yields;
  };
  struct Event {
    Step step;
    u32 node;
    u32 own;  // its number among those of its thread, from 1
    ThreadNumber thread;
    u32 clock[kThreads];  // how many events of each thread come before it; its own one is `own`
  };

  Node& new_node(const Moment& moment) noexcept;
  u32 cost(const Node& node, u32 thread) const noexcept;
  void add_event(u32 node, ThreadNumber thread, const Step& step, bool is_new) noexcept;
  void find_races(const Step& step, ThreadNumber thread, u32* seen, u32* known,
                  bool is_new) noexcept;
  void reverse(u32 first, ThreadNumber thread, const u32* seen) noexcept;
  ThreadNumber leave(const Moment& moment, Leaves why) noexcept;

  Bound bound_;
  bool sound_;
  Leaves leaves_;  // the rest of the execution is not one of those that are counted
  u32 most_;
  u32 depth_;   // decisions of this execution so far
  u32 prefix_;  // nodes that it shares with the one before, the last of them with another choice
  u32 used_;    // of the bound
  u32 event_count_;
  u64 complete_;
  u64 blocked_;
  u64 trace_;
  Threads sleep_;
  ThreadNumber runs_;
  u32 own_[kThreads];
  u32 clocks_[kThreads][kThreads];  // what each thread knows
  Node nodes_[kDecisions];
  Event events_[kDecisions];
};

}  // namespace gridlock::internal::controlled
