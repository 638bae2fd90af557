// SPDX-License-Identifier: Apache-2.0
//
// The words in which Prediction is told what threads do. Plain data.
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/segments.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

/// A thread, as far as this is concerned. Belongs to its thread.
struct ThreadNode {
  u32 thread = 0;              ///< its number; never used again
  SegmentId segment = 0;       ///< where its life is now; most operations change it
  u32 receipts_known[8] = {};  ///< channels from which a receipt would be no news, a few of them
  u32 signals_known[8] = {};   ///< the same of signals, where several threads give them
  NodeId last_once = 0;        ///< the once flag that it came through last
  u32 place = 0;               ///< among those that live; 0: it does not
  u32 notifications = 0;       ///< of conditions that were noted, by this thread
};

/// Something that a thread holds while it asks for something else.
struct HeldLock {
  NodeId object;  ///< itself: a gate
  NodeId node;    ///< what it counts as in the order: itself, or its class
  u32 site;       ///< opaque
  Mode mode;
  bool unpublished;    ///< nobody else can know it yet
  u32 permits = 1;     ///< how many of it, if it is a semaphore
  bool known = false;  ///< the edge from it is no news (RequestNews)
};

/// What a request that may wait is made with.
struct PendingRequest {
  const HeldLock* held = nullptr;  ///< all that behaves as a lock, in the order of acquisition
  u32 count = 0;
  u32 site = 0;               ///< opaque
  bool keyed = false;         ///< RequestNews is to be told of it, and said what follows:
  bool asked_before = false;  ///< it is no news to those that may wait for it
  bool writer_known = false;  ///< nor as a writer
};

/// What is asked for, as RequestNews knows it.
struct Wanted {
  NodeId node;
  Mode mode = Mode::kExclusive;
  bool readers_wait = false;
};

/// What of a request is news.
struct News {
  static constexpr u32 kMax = 64;  // locks that are held
  u64 edges = 0;                   ///< bit i: that from held lock i
  bool asked = false;
  bool writer = false;
  GRIDLOCK_INLINE bool none() const noexcept { return edges == 0 && !asked && !writer; }
};

/// What is asked for.
struct Target {
  NodeId object;
  NodeId node;
  Mode mode = Mode::kExclusive;
  bool readers_wait = false;  ///< behind waiting writers, here
  bool is_class = false;
};

/// One of the ways in which an object is signalled. Most have one; a queue has three.
enum class Channel : u8 { kSignal, kRoom, kDone };

enum class Rule : u8 {
  kOnce,     ///< future: whoever waits needs the first signal, and no other
  kCleared,  ///< event: the same, until the thread clears it itself; then it needs the next one
  kCounted,  ///< permits, items: a thread's n-th receipt needs the (n - free)-th signal
  kItems,    ///< a queue's join: as many signals as the thread itself has put items
  kWakeup,   ///< condition: orders nothing; the wait needed the signal that woke it
};

struct Signal {
  NodeId object;
  Channel channel;
  Rule rule;
  u32 free = 0;  ///< kCounted: receipts that need no signal (permits at first, capacity of a queue)
  u32 number = 0;  ///< kWakeup: how many notifications there were before this one, or this wait
};

/// Parties that come to a barrier without waiting.
struct Coming {
  u32 count;
  bool drops;  ///< for the last time
};

/// What it needs from outside.
struct PredictionHooks {
  OnCycle on_cycle;
  /// Another node with the same name, for an object that needs two; 0: no room.
  NodeId (*add_alias)(NodeId object, void* argument);
  void* argument;
};

}  // namespace gridlock::internal
