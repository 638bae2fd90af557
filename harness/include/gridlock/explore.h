// SPDX-License-Identifier: Apache-2.0
//
// A test under schedules that are chosen. gridlock::explore() runs a body again and again, each time in
// another order of its threads, until something fails or the executions are over:
//
//   const gridlock::ExploreResult result = gridlock::explore({.executions = 10000}, [] {
//     std::atomic<int> total = 0;
//     const auto add = [&] { total = total + 1; };
//     std::thread first(add), second(add);
//     first.join();
//     second.join();
//     gridlock::require(total == 2, "two increments");
//   });
//   EXPECT_FALSE(result) << result.message;
//
// The program is compiled by clang and linked so that the calls of -fsanitize=thread come to this library in
// place of ThreadSanitizer's; in CMake: gridlock_explore(my_test). docs/design/controlled_schedules.md has the
// flags for other builds, what is under control, and what is not.
//
// Within the body threads, locks, conditions, semaphores, barriers, futexes, sleeps and clocks are under
// control: one thread runs at a time, time is virtual, and the same schedule gives the same result. The body has
// to do the same thing in each execution: no random numbers that are not seeded, no input that changes.
//
//   found                reported as
//   deadlock             "deadlock": each thread, what it waits for and who holds that
//   data race            "data-race": both places
//   require(false)       "check-failed"
//   assert, abort        "assertion", "abort"
//   exception            "exception": that nothing caught, also one that leaves the body
//   signal               "crash"
//   no end               "livelock": more than max_steps
//   thread left behind   "leaked-thread": neither joined nor detached when the body has returned
//   misuse               "misuse": a mutex that is unlocked by a thread that does not hold it
//   exit()               "exit"
//   anything else        "not-controlled": what this library cannot do; no verdict on the program
//
// A failure ends the search and has a replay line. GRIDLOCK_REPLAY=LINE in the environment, or .replay, runs that
// execution alone.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace gridlock {

/// Who chooses the schedules. docs/design/controlled_schedules.md says what each is good at.
enum class ExploreStrategy : std::uint8_t {
  kMix,         ///< those below take turns, but for the last
  kRandomWalk,  ///< each thread is as likely as any other
  kPct,         ///< priorities that change at few random moments
  kPos,         ///< priorities of steps, drawn again where they conflict
  kSurw,        ///< all orders of the steps at one shared object are as likely
  kPostpone,    ///< threads wait at one place of the code until nobody else can go on
  kExhaustive,  ///< all schedules, until none is left: then nothing that was not found can happen
};

/// Where another thread may run first. Synchronisation and atomic operations always are such points.
enum class ExplorePoints : std::uint8_t {
  kLearned,  ///< and accesses of memory that earlier executions saw shared; some executions take all
  kAll,      ///< and every access of memory
  kSynchronization,  ///< nothing else: enough for a program without data races
};

/// How the next execution finds the state that the first one found.
enum class ExploreRepeat : std::uint8_t {
  kFork,  ///< a process for each execution
  kInProcess,  ///< a hundred times faster, for a body that leaves nothing behind: no global or static that it
               ///< changes, no memory it does not free
};

/// What an atomic load may read.
enum class ExploreMemory : std::uint8_t {
  kSequential,  ///< the newest store
  kWeak,  ///< or an older one, where the memory orders that were written allow it: what is found so need not ever happen on
          ///< x86-64, and does on other machines or with another compiler
};

/// What explore() does. Nothing has to be set.
struct ExploreOptions {
  std::uint64_t executions = 1000;  ///< at most: a failure ends the search
  std::uint64_t seed = 1;           ///< equal seeds of one program choose equal schedules
  ExploreStrategy strategy = ExploreStrategy::kMix;   ///< who chooses
  std::uint32_t pct_depth = 3;                        ///< from 1 to 16
  ExplorePoints points = ExplorePoints::kLearned;     ///< where there is a choice
  ExploreRepeat repeat = ExploreRepeat::kFork;        ///< how the state is found again
  ExploreMemory memory = ExploreMemory::kSequential;  ///< what an atomic load may read
  std::uint64_t max_steps = 200000;                   ///< of one execution
  bool data_races = true;                             ///< false: they are not looked for
  bool leaked_threads = true;                         ///< false: they are no failure
  bool spurious_wakeups = false;   ///< waits for conditions may end without a notification
  std::uint32_t stuck_after = 10;  ///< seconds of real time without a step; 0: forever
  std::int32_t preemption_bound =
      -1;  ///< kExhaustive: only schedules with at most so many; below 0: all
  std::int32_t delay_bound = -1;  ///< the same for delays, where there is no preemption_bound
  bool shrink = true;    ///< a failure is repeated until it has as few switches as it needs
  bool observer = true;  ///< Gridlock's own primitives are watched, where the program has them
  bool steer =
      true;  ///< possible deadlocks that the observer predicts are made to happen, behind a search without failure
  /// Nothing but that: the record of a lock-order-cycle that this program's observer has written; empty: a search.
  std::string steer_to = {};
  bool quiet = false;       ///< nothing on stderr
  std::string replay = {};  ///< a replay line; empty: GRIDLOCK_REPLAY
  std::string name = {};    ///< what messages and reports call the test; empty: nothing
  double seconds = 0;       ///< no execution begins after so many; 0: no such limit
  std::uint64_t first = 0;  ///< the first execution's number: its seed follows from that
};

/// What the observer of Gridlock's own primitives noticed: a possible deadlock, misuse and the other kinds of
/// docs/findings.md. One that says what can happen (lock-order-cycle and its like) does not end the search.
struct ExploreFinding {
  std::string kind;             ///< of docs/findings.md
  std::string text;             ///< one line for people
  std::string record;           ///< the line of JSON that a log has of it (docs/design/wire.md)
  std::uint64_t execution = 0;  ///< the first one that had it
  std::string replay;           ///< the line that repeats that execution
  bool confirmed = false;       ///< it was made to happen; `replay` repeats that
  bool refuted = false;         ///< no execution that there is has it
  std::uint64_t tried = 0;      ///< executions that were steered to it
};

/// What explore() found.
struct ExploreResult {
  bool failed = false;  ///< some execution failed, or nothing could run
  std::string kind;     ///< of the table above; "usage" if nothing could run
  std::string message;  ///< what happened, for people, or what was exhausted; several lines
  std::string replay;   ///< the line that repeats it
  std::vector<ExploreFinding> findings;  ///< of the observer, each once
  std::uint64_t execution = 0;           ///< the failing one, from 0
  std::uint64_t executions = 0;          ///< how many ran
  std::uint64_t distinct =
      0;  ///< how many of them took other steps than all before; from 1,024 on an estimate
  bool exhausted = false;  ///< kExhaustive: there is no other schedule, within the bound
  std::uint64_t blocked =
      0;  ///< kExhaustive: how many of `executions` turned out to be like an earlier one
  std::uint64_t traces =
      0;  ///< kExhaustive: how many different ones there were, in the order of what conflicts
  std::uint64_t steps = 0;       ///< of the last one
  std::uint64_t trace_hash = 0;  ///< of the last one: equal for executions that took the same steps
  /// A replay took other steps than its line says: the program is another one, or it depends on something besides the
  /// schedule.
  bool diverged = false;
  /// Whether it failed.
  explicit operator bool() const noexcept { return failed; }
};

namespace internal {
ExploreResult explore(const ExploreOptions& options, void (*body)(void*), void* argument);
void require(bool condition, const char* what, const void* caller) noexcept;
void fail_at(const char* file, int line, const char* what) noexcept;

template <typename Body>
void call_explored(void* argument) {
  (*static_cast<Body*>(argument))();
}
}  // namespace internal

/// Runs body() under many schedules. Not from within a body.
template <typename Body>
ExploreResult explore(const ExploreOptions& options, Body&& body) {
  using Callable = std::remove_reference_t<Body>;
  if constexpr (std::is_function_v<Callable>) {
    Callable* function = body;
    return internal::explore(options, &internal::call_explored<Callable*>,
                             static_cast<void*>(&function));
  } else {
    return internal::explore(options, &internal::call_explored<Callable>,
                             const_cast<void*>(static_cast<const void*>(std::addressof(body))));
  }
}

/// Within a body, in any of its threads: where the condition is false the execution has failed, and ends here.
/// Outside of one it aborts.
inline void require(bool condition, const char* what) noexcept {
  if (!condition) internal::require(condition, what, __builtin_return_address(0));
}

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
