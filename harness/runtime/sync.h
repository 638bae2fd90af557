// SPDX-License-Identifier: Apache-2.0
//
// What some threads signal and others wait for: permits, events, futures, items of a queue,
// arrivals at a barrier. A signal orders (what the signaller did before is before what the receiver
// does after) only where every schedule has that order, and a wait for it needs what the signaller
// needs before it signals. Both are known only while one single thread signals; from the second
// signaller on the object says nothing any more, and what it said is taken back.
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
/// The object takes a signal back (Event::clear): from now on it says nothing.
void retract_signal(ThreadState* state, ObjectId object) noexcept;

/// A barrier of `parties`: each departure is after all arrivals, as long as no more than `parties`
/// threads ever use it.
void before_arrive(ThreadState* state, ObjectId object, u32 parties) noexcept;
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
