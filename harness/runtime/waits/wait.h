// SPDX-License-Identifier: Apache-2.0
//
// Waiting, and noticing that a wait can never end. Only the contended path comes here.
#pragma once

#include "harness/runtime/core/control.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

struct RobustWord;

/// A reader of a SharedLock that lets waiting writers go first.
inline constexpr u32 kBehindWriters = 1;
/// A writer at a word that names a writer alone: which threads read is known from what they hold.
inline constexpr u32 kReadersUncounted = 2;

/// What a thread is about to wait for.
struct WaitFor {
  ObjectType type;
  Op op;
  ObjectId object;
  std::atomic<u32>* word;  ///< to sleep on; nullptr for a thread
  /// Number of the thread that is joined; of a condition: of the thread whose notification came too
  /// early, 0: none did; of a SharedLock: kBehindWriters, kReadersUncounted.
  u32 target = 0;
  u32 stack = 0;  ///< of a condition: where that notification was given (StackId)
  /// Held by the thread that changes the word. If it dies with it held, the word may be half
  /// changed and says nothing until the next owner has put it right.
  const RobustWord* guard = nullptr;
};

/// Room for a look at all threads. False when there is no address space.
bool init_waits() noexcept;

/// Captures the caller's stack for the reports: about 2 us, and much less where the thread waited lately. Once before the first
/// sleep of an operation.
void prepare_wait(ThreadState* state) noexcept;
/// Room for what prepare_wait() keeps. False when there is no address space.
bool init_wait_stacks() noexcept;

/// Publishes the wait, looks whether it closes a deadlock, sleeps while the word is `expected`, and
/// takes the publication back. `deadline_ns` on the steady clock; kNoTimeout for a wait without one,
/// which alone can be part of a deadlock.
Wake sleep_on(ThreadState* state, const WaitFor& what, u32 expected, u64 deadline_ns) noexcept;

/// The two halves of it, for a wait that something else does (pthread_join). begin_wait says
/// kLookAgain when it may go on.
Wake begin_wait(ThreadState* state, const WaitFor& what, u32 expected, bool timed) noexcept;
void end_wait(ThreadState* state) noexcept;
/// Between the two, by the waiting thread itself: is it stuck by now? For a wait that may be ended
/// by something that publishes nothing. After kDeadlock end_wait() has been called.
Wake look_again(ThreadState* state) noexcept;

/// With the option `hang`, between the two: for a wait without a limit that began at `since`
/// (now_ns()) and is slept through in slices of hang_slice_ns(). After kDeadlock end_wait() has been
/// called.
Wake look_for_hang(ThreadState* state, u64 since) noexcept;

/// The process goes on, without the threads that were found stuck (host_cannot_go_on).
void forget_the_end() noexcept;

/// A thread has ended: perhaps no other thread can run.
void check_after_end() noexcept;

/// Bits of a lock's word.
inline constexpr u32 kWaitersBit = 0x80000000u;
inline constexpr u32 kOwnerMask = 0x7fffffffu;
/// Word of a destroyed Lock or RLock: an owner no thread has, which forces the slow path.
inline constexpr u32 kDestroyedWord = kOwnerMask;

/// Bits of a SharedLock's word, besides kWaitersBit; the rest is the owner (slot + 1), or the
/// number of threads that hold it shared.
inline constexpr u32 kExclusiveBit = 0x40000000u;
inline constexpr u32 kUpgradeBit = 0x20000000u;  ///< a thread waits to become the only reader
inline constexpr u32 kSharedMask = 0x1fffffffu;

}  // namespace gridlock::internal
