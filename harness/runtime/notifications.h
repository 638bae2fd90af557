// SPDX-License-Identifier: Apache-2.0
//
// How a producer tells of a condition: a Condition, or whatever stands in front of pthread_cond_t. A
// notification without a waiter is lost, so the runtime keeps the last such one. From the condition
// itself it needs only the word of its Core, which counts the notifications.
//
//   wait:    NotificationWait::begin(...)  under the lock, when the waiter can be notified already
//            the lock is released; a Request
//            wait.asks(request)            before it blocks
//            wait.received(request)        if it was notified
//   notify:  a Release; before_notification(release, core); a waiter is woken
//            after_notification(...)
#pragma once

#include "harness/runtime/operation.h"

namespace gridlock::internal {

/// Room for the last notification of each object. False when there is no address space.
bool init_notifications(u32 capacity) noexcept;

GRIDLOCK_INLINE Signal notification(ObjectId object, u32 number) noexcept {
  return {object, Channel::kSignal, Rule::kWakeup, 0, number};
}

/// How many notifications there were. A test that was made before one of them is no longer true.
GRIDLOCK_INLINE u32 notification_count(const Core& core) noexcept { return core.word.load(); }

/// One wait for a notification. Plain data: it may be kept while the lock is released.
struct NotificationWait {
  ObjectId object;
  u32 number;         ///< notifications before it
  bool told;          ///< prediction knows of it already, and of the lock
  bool early_counts;  ///< a notification that was given already is lost for it

  /// Tells that the calling thread is about to wait. `lock` is what it will release, 0: that is not one of
  /// ours, or it is not held.
  static void begin(ThreadState* state, ObjectId object, u32 number, ObjectId lock, bool no_timeout,
                    const void* frame) noexcept;
  void asks(Request& request) const noexcept;
  void received(const Request& request) const noexcept;
};

void before_notification(const Release& release, Core& core) noexcept;
/// `woke`: somebody waited. `frame`: as for Request.
void after_notification(ThreadState* state, ObjectId object, bool woke, const void* frame) noexcept;

/// The last notification of the object, if nobody waited for it; thread 0 if somebody did.
struct EarlyNotification {
  u32 thread;  ///< its number
  u32 stack;   ///< where it was given (StackId)
};
EarlyNotification early_notification(ObjectId object) noexcept;

}  // namespace gridlock::internal
