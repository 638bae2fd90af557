// SPDX-License-Identifier: Apache-2.0
//
// One execution: which threads there are, which of them can go on, what time it is. All of it is only used by
// the thread that runs, so nothing here needs a lock.
//
//   point     before something that other threads could notice: another one may run first
//   block     until make_runnable(), or until virtual time has come to the deadline. Time moves only when
//             all threads that are left wait for it; when none does, that is a deadlock
//   fail      the end of the execution, which is left as it stands
//
// What runs outside of an execution finds `on` false and goes to libc.
#pragma once

#include "harness/schedule/exhaustive.h"
#include "harness/schedule/replay.h"
#include "harness/schedule/strategy.h"
#include "harness/schedule/trace_hash.h"
#include "harness/tsan_abi/fibers.h"
#include "harness/tsan_abi/outcome.h"

namespace gridlock::internal::controlled {

inline constexpr u64 kNever = ~u64{0};

/// What an execution is to do besides its schedule.
struct Limits {
  u64 steps = 200000;
  bool races = true;
  bool leaks = true;
  bool forked = false;  ///< the process is there for this execution alone
  /// It is a whole program: main's thread is the process's own, and exit() ends it, whatever threads there are then.
  bool is_program = false;
};

/// Whether the code that runs belongs to an execution, and of which kind.
enum On : u8 {
  kOff,
  kStrong,  ///< a load reads the newest store
  kWeak,    ///< or an older one (weak_memory.h)
};

struct Engine {
  On on;    ///< kOff: the code that runs belongs to no execution
  On kind;  ///< what `on` is in this execution
  Fiber* current;
  u32 runnable_count;
  u32 alone;  ///< so many can go on where nobody has to be chosen: 1, or none where all steps matter
  u32 unpointed;  ///< accesses until one is a point in any case
  u64 steps;
  TraceHash hash;
  u32 generation;  ///< of all tables: what another execution left is not there
  ThreadNumber runnable[kMaxThreads];
  ThreadNumber place[kMaxThreads];  ///< of a thread in `runnable`
  Step next_steps[kMaxThreads];
  u32 fiber_count;
  u32 ended_count;
  u32 in_a_row;  ///< decisions for the same thread
  u64 now;       ///< virtual nanoseconds since the execution began
  bool spurious;
  const SteeredCycle* steered;
  u32 arrived;  ///< bits: edges at which a thread is
  bool body_ended;
  bool exits;  ///< a program: exit() is on its way
  u64 cut_at;  ///< detached threads are all that is left, and this is their end; kNever: not yet
  Fiber* describes;  ///< asks the others where they wait; nullptr: nobody does
  Strategy strategy;
  Exhaustive* exhaustive;  ///< chooses in its place; nullptr: does not
  bool precise;            ///< who has to wait at its point is not asked, and all steps matter
  bool records;            ///< decisions, for whoever repeats them
  u64 since;               ///< steps when `current` began to run
  Limits limits;           ///< limits.steps is where at_step_limit() has to look; 0: at each step
  u64 most_steps;          ///< of the execution
  bool follows;            ///< shared->followed is filled
  void* main_context;
  uptr main_fs;
  Shared* shared;
  u8 points[(1 << 16) / 8];  ///< sites that are points, bits
};
extern Engine g_engine;

/// In the whole execution no other thread runs between two points.
void decide(bool yields) noexcept;
/// Each step of an execution that is followed, or the end of one that has too many steps.
void at_step_limit(const Step& step, u32 what) noexcept;

/// `what` says for the trace what is done, without an address.
GRIDLOCK_INLINE void point(const Step& step, u32 what) noexcept {
  Engine& engine = g_engine;
  if (GRIDLOCK_UNLIKELY(++engine.steps > engine.limits.steps)) at_step_limit(step, what);
  engine.hash.add(engine.current->number, what);
  if (engine.runnable_count == engine.alone) return;
  engine.next_steps[engine.current->number] = step;
  decide(false);
}

/// A point of one who waits for another thread without saying for which.
void yield_point(u32 what) noexcept;
/// Another thread than the one that runs can go on, now or when its time has come.
bool others_may_go_on() noexcept;
/// False: the deadline has passed. `site`: where the test's code is.
bool block(Wait wait, SyncObject* object, u64 deadline, uptr site) noexcept;
void make_runnable(Fiber& fiber) noexcept;
/// Those that are held back at edges of a cycle go on, all or the first of them. False: nobody is.
bool let_go_on(bool all) noexcept;
/// The thread that runs has looked at the object long enough: where executions are precise it waits for a change.
void await_change(const SyncObject& object) noexcept;
/// A number below `bound`, by the strategy.
u32 choose(u32 bound) noexcept;

/// A new thread of the execution, which can go on. nullptr: there are too many.
Fiber* add_fiber(void* (*start)(void*), void* argument) noexcept;
/// The end of the thread that runs, with its result.
[[noreturn]] void end_fiber(void* result) noexcept;

/// The end of the execution: all that had to end has.
[[noreturn]] void finish() noexcept;
/// Begins what is said of a failure. From here to fail() nothing is under control.
Text failing() noexcept;
[[noreturn]] void fail(Failure failure) noexcept;
/// A program: exit() has run what it had to, and the process is over. Others still run where all schedules are tried, so
/// that what they would have done is known to matter.
[[noreturn]] void end_program() noexcept;
/// Return addresses of the callers, innermost first.
u32 find_callers(uptr* out, u32 limit) noexcept;
/// The thread that waits says where, if it has not.
void find_frames(Fiber& fiber) noexcept;
/// The callers, a line each.
void describe_callers(Text& text) noexcept;
/// For the log, the thread that runs with its callers.
void note_current_thread() noexcept;
/// Each thread, what it waits for and who could end that.
void describe_threads(Text& text) noexcept;

/// `exhaustive`: who chooses in place of the schedule's strategy; or nullptr.
/// Runs body(argument) and all threads that it makes to their ends. The outcome is in `shared`.
void run_execution(const Schedule& schedule, const Limits& limits, Shared* shared,
                   void* (*body)(void*), void* argument, Exhaustive* exhaustive = nullptr) noexcept;

/// All that the thread that runs has done is known to whoever acquires `clock` later.
GRIDLOCK_INLINE void release_into(VectorClock& clock) noexcept {
  Fiber& self = *g_engine.current;
  clock.join(self.clock);
  ++self.clock.entries[self.number];
}
GRIDLOCK_INLINE void acquire_from(const VectorClock& clock) noexcept {
  g_engine.current->clock.join(clock);
}

/// The place in the test's code that called the function that says so.
#define GRIDLOCK_SITE reinterpret_cast<::gridlock::internal::uptr>(__builtin_return_address(0))

}  // namespace gridlock::internal::controlled
