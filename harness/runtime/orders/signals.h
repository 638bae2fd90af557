// SPDX-License-Identifier: Apache-2.0
//
// What primitives that are no locks tell prediction (analysis/prediction.h, which says what it makes
// of it). Each takes graph_mutex() only if there is news.
#pragma once

#include "harness/analysis/prediction.h"
#include "harness/runtime/orders/order.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

/// Called before a signal is given, by the thread that gives it.
void before_signal(ThreadState* state, const Signal& signal) noexcept;
/// Called when a wait without a time limit is requested, before it may block and after
/// before_request(): whatever is held is held while waiting.
void before_receive(ThreadState* state, const Signal& signal) noexcept;
/// Called after the signal was received, however (also at once, by a try or in time).
void after_receive(ThreadState* state, const Signal& signal) noexcept;
/// The thread takes the signal back (Event::clear).
void note_cleared(ThreadState* state, const Signal& signal) noexcept;
/// Before everybody may go on without a signal (Queue::close), and after the thread did.
void end_waits(ThreadState* state, const Signal& signal) noexcept;
void after_end(ThreadState* state, const Signal& signal) noexcept;
/// The thread would have given the signal, but found the waits ended (a put into a closed queue).
void comes_too_late(ThreadState* state, const Signal& signal) noexcept;

/// Called when a wait for a condition begins, before its lock is released, because the verdict must not
/// depend on who is faster then. While it sleeps the thread holds all that it holds but `lock`; 0: that
/// is not one of ours, and before_receive() follows when it has been released.
void before_sleep(ThreadState* state, const Signal& signal, ObjectId lock,
                  bool no_timeout) noexcept;
/// The lock under which a condition is waited for.
struct TestLock {
  ObjectId object;
  bool reads;  ///< it is held for reading
};
/// Called when a wait with a test was over at once, with the lock still held.
void found_true(ThreadState* state, const Signal& signal, TestLock lock, bool no_timeout,
                const void* frame) noexcept;

/// Called after the thread has ended its segment `before` by something after which others come: what it
/// holds, it holds across that. With graph_mutex() held.
void hold_across(ThreadState* state, SegmentId before) noexcept;

/// A barrier of `parties`. `no_timeout`: without a time limit.
void before_arrive(ThreadState* state, ObjectId object, u32 parties, bool no_timeout) noexcept;
/// The same for parties that come without waiting, and before the wait for such an arrival.
void before_count(ThreadState* state, ObjectId object, u32 parties, const Coming& coming) noexcept;
void before_depart(ThreadState* state, ObjectId object) noexcept;
void after_depart(ThreadState* state, ObjectId object) noexcept;
/// A latch: before a count, before a wait without a time limit, and after each that found it zero.
void before_count_down(ThreadState* state, ObjectId latch) noexcept;
void before_latch(ThreadState* state, ObjectId latch) noexcept;
void after_latch(ThreadState* state, ObjectId latch) noexcept;

/// The body of a once flag runs between these two, in the thread that runs it; the flag is held
/// meanwhile like a lock. after_once: the calling thread has come through the flag, whoever ran the
/// body.
void once_body_begins(ThreadState* state, ObjectId object) noexcept;
void once_body_ended(ThreadState* state, ObjectId object) noexcept;
void after_once(ThreadState* state, ObjectId object) noexcept;

/// A semaphore that began with so many permits behaves as a lock as far as is known: what is acquired of
/// it gets kLockLike.
bool may_be_lock(ObjectId object, u32 permits) noexcept;
/// Before each request without a time limit that might be for a lock, and before each release; `own`:
/// of a permit that the thread holds.
void before_permit(ThreadState* state, ObjectId object, u32 permits) noexcept;
void note_permit_released(ThreadState* state, ObjectId object, u32 permits, bool own) noexcept;

}  // namespace gridlock::internal
