// SPDX-License-Identifier: Apache-2.0
//
// A condition that is none of ours: what stands in front of pthread_cond_t has only the word of a Core.
#include "harness/runtime/notifications.h"

#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

namespace gridlock::internal {
namespace {

struct Foreign {
  Core core{0, CallSite::current()};
  ObjectId id() { return id_of(core, ObjectType::kCondition); }
  void notify(bool woke) {
    const Release release({ObjectType::kCondition, Op::kNotify, id(), nullptr, 0},
                          __builtin_return_address(0));
    before_notification(release, core);
    after_notification(this_thread(), id(), woke, __builtin_frame_address(0));
  }
};

TEST(Notification, ThatNobodyWaitedForIsKeptWithItsThreadAndPlace) {
  Foreign ready;
  EXPECT_EQ(early_notification(ready.id()).thread, 0u);
  ready.notify(false);
  EXPECT_EQ(early_notification(ready.id()).thread, this_thread()->number);
  EXPECT_NE(early_notification(ready.id()).stack, 0u);
}

TEST(Notification, ThatWokeSomebodyForgetsTheOneBefore) {
  Foreign ready;
  ready.notify(false);
  ready.notify(true);
  EXPECT_EQ(early_notification(ready.id()).thread, 0u);
  EXPECT_EQ(notification_count(ready.core), 2u);
}

TEST(Notification, OfOneConditionSaysNothingOfAnother) {
  Foreign ready;
  Foreign other;
  ready.notify(false);
  EXPECT_EQ(early_notification(other.id()).thread, 0u);
}

TEST(Notification, OfAnObjectThatTheTableHadNoRoomForIsNotKept) {
  after_notification(this_thread(), 0, false, __builtin_frame_address(0));
  EXPECT_EQ(early_notification(0).thread, 0u);
  const ObjectId beyond = ~0u;
  after_notification(this_thread(), beyond, false, __builtin_frame_address(0));
  EXPECT_EQ(early_notification(beyond).thread, 0u);
}

TEST(Notification, IsWhatAWaitAimsAtIfItCameTooEarly) {
  static u32 target = 0;
  static const Control looking = {nullptr,
                                  +[](ThreadState*, const WaitFor& what, u32, u64) noexcept {
                                    target = what.target;
                                    return Wake::kTimedOut;
                                  },
                                  kFreeControl.wake,
                                  kFreeControl.now,
                                  kFreeControl.yield,
                                  0};
  Foreign ready;
  ready.notify(false);
  const Control* const before = g_control.exchange(&looking);
  for (const bool early_counts : {true, false}) {
    Request request({ObjectType::kCondition, Op::kWait, ready.id(), &ready.core.word, 1'000'000},
                    __builtin_frame_address(0));
    const NotificationWait wait{ready.id(), notification_count(ready.core), true, early_counts};
    wait.asks(request);
    EXPECT_EQ(request.wait([&](u32& expected) {
      expected = notification_count(ready.core);
      return Look::kHeld;
    }),
              WaitResult::kTimedOut);
    EXPECT_EQ(target, early_counts ? this_thread()->number : 0u);
  }
  g_control.store(before);
}

}  // namespace
}  // namespace gridlock::internal
