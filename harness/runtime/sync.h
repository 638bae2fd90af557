// SPDX-License-Identifier: Apache-2.0
//
// What some threads signal and others wait for: permits, events, futures, items of a queue,
// arrivals at a barrier. A signal orders (what the signaller did before is before what the receiver
// does after) only where every schedule has that order, and a wait for it needs what the signaller
// needs before it signals. Both are known only while one single thread signals; from the second
// signaller on the object says nothing any more, and what it said is taken back.
//
// A finding that was written cannot be taken back: where a second signaller shows up only after a cycle
// through the first one was reported, the report stands (docs/design/filters.md).
#pragma once

#include "harness/runtime/threads.h"

namespace gridlock::internal {

/// One of the ways in which an object is signalled. Most have one; a queue has three.
enum class Channel : u8 { kSignal, kRoom, kDone };

enum class Rule : u8 {
  kOnce,     ///< event, future: whoever waits needs the first signal, and no other
  kCounted,  ///< permits, items: a thread's n-th receipt needs the (n - free)-th signal
  kWakeup,   ///< condition: orders nothing; the wait needed the signal that woke it
};

struct Signal {
  ObjectId object;
  Channel channel;
  Rule rule;
  u32 free = 0;  ///< kCounted: receipts that need no signal (permits at first, capacity of a queue)
  u32 number = 0;  ///< kWakeup: how many notifications there were before this one, or this wait
};

bool init_sync(u32 objects) noexcept;
bool init_sync_barriers(u32 objects) noexcept;

/// Called before a signal is given, by the thread that gives it.
void before_signal(ThreadState* state, const Signal& signal) noexcept;
/// Called when a wait without a time limit is requested, before it may block and after
/// before_request(): whatever is held is held while waiting.
void before_receive(ThreadState* state, const Signal& signal) noexcept;
/// Called after the signal was received, however (also at once, by a try or in time).
void after_receive(ThreadState* state, const Signal& signal) noexcept;
/// Somebody waits for this node of the lock-order graph while others wait for him: what its signaller
/// needs is asked for from now on. Nothing if the node is a lock. With graph_mutex() held.
void follow_wait(u32 node) noexcept;
/// What the thread requested up to now has nothing to do with this signal, which only it will give:
/// it takes up a task of which others wait for the result. With graph_mutex() held.
void forget_earlier_requests(const ThreadState* state, const Signal& signal) noexcept;
/// The object takes a signal back (Event::clear), or lets everybody go on without one
/// (Queue::close): from now on none of its channels says anything.
void retract_signal(ThreadState* state, ObjectId object) noexcept;

/// A barrier of `parties`: each departure is after all arrivals, as long as no more than `parties`
/// threads ever use it.
/// `for_ever`: without a time limit.
void before_arrive(ThreadState* state, ObjectId object, u32 parties, bool for_ever) noexcept;
void after_depart(ThreadState* state, ObjectId object, u32 parties) noexcept;

/// The body of a once flag runs between these two, in the thread that runs it; the flag is held
/// meanwhile like a lock. after_once: the calling thread has come through the flag, whoever ran the
/// body.
void once_body_begins(ThreadState* state, ObjectId object) noexcept;
void once_body_ended(ThreadState* state, ObjectId object) noexcept;
void after_once(ThreadState* state, ObjectId object) noexcept;

/// A semaphore that began with one permit, and whose permits are only ever released by who holds
/// them, behaves as a lock: from the first such release on, until somebody else releases one.
void note_permit_released(ThreadState* state, ObjectId object, bool own) noexcept;
/// Before the first request of such a semaphore.
void note_lock_like(ThreadState* state, ObjectId object) noexcept;

}  // namespace gridlock::internal
