// SPDX-License-Identifier: Apache-2.0
//
// The Control decides when a thread goes on. A primitive changes its word by itself; sleeping,
// waking, reading the clock and yielding go through here, so that something else than the kernel
// can decide.
//
//   kFreeControl         the kernel: one process
//   kProcessTreeControl  the same in slices, because a wait can be ended by the death of another
//                        process, and a deadlock can lie across them (process_tree/waits.h)
//
// A table of functions and not a class with virtual ones: those would be weak symbols (README.md).
#pragma once

#include <gridlock/waiting.h>

#include <atomic>

#include "harness/platform/base.h"
#include "harness/platform/futex.h"
#include "harness/runtime/core/object_types.h"
#include "harness/trace/record.h"

namespace gridlock::internal {

struct ThreadState;
struct WaitFor;

/// What a thread is about to do to an object. Plain data.
struct Operation {
  ObjectType type;
  Op op;
  ObjectId object;
  std::atomic<u32>* word;  ///< that it may sleep on; nullptr: it never does
  u64 nanoseconds;         ///< how long it may wait: 0 for a try, kNoTimeout
};

/// The end of one sleep inside an operation.
enum class Wake : u8 {
  kLookAgain,  ///< somebody woke it, or nobody did: the caller looks at the word
  kTimedOut,   ///< the deadline has passed
  kDeadlock,   ///< this call is the victim (on_deadlock=throw); the finding is on disk
};

/// What happens to a thread. Threads are named by their numbers, which are not used again.
enum class ThreadEvent : u8 {
  kCreated,  ///< `self` has started `other`, which runs by now
  kBegun,    ///< `self` was started by a gridlock::Thread; nothing of the user's has run in it
  kAdopted,  ///< `self` was started by something else, and makes its first operation
  kJoining,  ///< `self` is about to wait for the end of `other`; the wait is published
  kJoined,   ///< the wait is over; told before the analyses hear of it
  kEnding,   ///< `self` makes no further operation, and its end has been looked at
};

/// What the documented behaviour leaves open. 0 is what happens where nobody chooses.
enum class Choice : u8 {
  kSpuriousWakeup,  ///< 1: a wait for a condition ends without a notification
};

struct Control {
  /// Called before each operation, with its record made and nothing else told; may hold the thread.
  /// nullptr: there is no such point.
  void (*point)(ThreadState* state, const Operation& operation) noexcept;
  /// Sleeps while *what.word == expected, at most until the deadline (of now(), or kNoTimeout). The
  /// wait is published. After kDeadlock the publication is taken back already.
  Wake (*block)(ThreadState* state, const WaitFor& what, u32 expected, u64 deadline_ns) noexcept;
  /// Lets at most `count` threads that sleep on the word look again. Only the address is used.
  /// `shared`: the word lies in memory that several processes share.
  void (*wake)(std::atomic<u32>& word, u32 count, bool shared) noexcept;
  /// Nanoseconds of a clock that never goes back.
  u64 (*now)() noexcept;
  /// Lets others run, one of which will end what the caller waits for.
  void (*yield)() noexcept;
  /// How often a held lock is looked at before its waiter sleeps.
  u32 spins;
  /// A number below `bound`. nullptr: 0.
  u32 (*choose)(Choice choice, u32 bound) noexcept = nullptr;
  /// May hold the calling thread, which is `self`. nullptr: nobody wants to know.
  void (*thread)(ThreadEvent event, u32 self, u32 other) noexcept = nullptr;
};

extern const Control kFreeControl;

/// The functions that all controls of the kernel share.
void wake_by_kernel(std::atomic<u32>& word, u32 count, bool shared) noexcept;
void yield_to_kernel() noexcept;
inline constexpr u32 kKernelSpins = 100;

/// Never nullptr. Changed when the process becomes part of a tree, or leaves it: a thread that sleeps
/// meanwhile stays where it is.
extern std::atomic<const Control*> g_control;

GRIDLOCK_INLINE const Control& control() noexcept {
  return *g_control.load(std::memory_order_acquire);
}

GRIDLOCK_INLINE void wake_waiters(std::atomic<u32>& word, u32 count) noexcept {
  control().wake(word, count, false);
}
GRIDLOCK_INLINE void wake_shared_waiters(std::atomic<u32>& word, u32 count) noexcept {
  control().wake(word, count, true);
}
GRIDLOCK_INLINE u64 time_now() noexcept { return control().now(); }

GRIDLOCK_INLINE u32 choose(Choice choice, u32 bound) noexcept {
  const Control& decides = control();
  return GRIDLOCK_UNLIKELY(decides.choose != nullptr) ? decides.choose(choice, bound) : 0;
}
GRIDLOCK_INLINE void tell_of_thread(ThreadEvent event, u32 self, u32 other) noexcept {
  const Control& decides = control();
  if (GRIDLOCK_UNLIKELY(decides.thread != nullptr)) decides.thread(event, self, other);
}

/// The moment in so many nanoseconds; kNoTimeout stays what it is.
GRIDLOCK_INLINE u64 deadline_in(u64 nanoseconds) noexcept {
  return nanoseconds == kNoTimeout ? kNoTimeout : time_now() + nanoseconds;
}

/// Most critical sections are shorter than a system call: attempt() is called until it says stop, or
/// often enough. True: it said kGot.
enum class Spin : u8 { kGot, kAgain, kStop };
template <typename Attempt>
GRIDLOCK_INLINE bool spin(Attempt attempt) noexcept {
  for (u32 i = control().spins; i > 0; --i) {
    const Spin seen = attempt();
    if (seen != Spin::kAgain) return seen == Spin::kGot;
    cpu_relax();
  }
  return false;
}

/// Lets others run. For code that is compiled like the user's.
void yield_thread() noexcept;

}  // namespace gridlock::internal
