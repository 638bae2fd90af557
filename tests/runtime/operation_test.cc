// SPDX-License-Identifier: Apache-2.0
//
// The order of hooks of harness/runtime/operation.h, recorded for each primitive by a Control of its
// own. Whatever the thread waits for is given inside its block(), by a second thread: no schedule has
// to be hoped for.
#include "tests/runtime/operation_recording.h"

#include <gmock/gmock.h>
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness/runtime/process_tree/waits.h"

namespace gridlock::internal {
namespace {

using testing::ElementsAre;

template <typename L>
std::vector<std::string> lock_after_holder(L& lock) {
  Holder holder([&] { lock.lock(); }, [&] { lock.unlock(); });
  Recording recording(holder.gives());
  lock.lock();
  std::vector<std::string> steps = recording.stop();
  lock.unlock();
  return steps;
}

// `run` with each type of lock.
template <typename Run>
void expect_of_each_lock(Run run, const testing::Matcher<std::vector<std::string>>& expected) {
  Lock lock;
  RLock again;
  SharedLock shared;
  IpcLock ipc;
  EXPECT_THAT(run(lock), expected);
  EXPECT_THAT(run(again), expected);
  EXPECT_THAT(run(shared), expected);
  EXPECT_THAT(run(ipc), expected);
}

TEST(OrderOfHooks, OfALockThatAnotherThreadHolds) {
  expect_of_each_lock([](auto& lock) { return lock_after_holder(lock); },
                      ElementsAre("point lock?", "block lock?", "end lock"));
}

template <typename L>
std::vector<std::string> lock_and_unlock(L& lock) {
  Recording recording;
  lock.lock();
  lock.unlock();
  return recording.stop();
}

TEST(OrderOfHooks, OfAFreeLock) {
  expect_of_each_lock([](auto& lock) { return lock_and_unlock(lock); },
                      ElementsAre("point lock?", "point unlock", "end unlock"));
}

template <typename L>
std::vector<std::string> try_after_holder(L& lock) {
  Holder holder([&] { lock.lock(); }, [&] { lock.unlock(); });
  Recording recording;
  EXPECT_FALSE(lock.try_lock());
  std::vector<std::string> steps = recording.stop();
  holder.gives()();
  return steps;
}

TEST(OrderOfHooks, OfATryThatFailsHasNoBlock) {
  expect_of_each_lock([](auto& lock) { return try_after_holder(lock); },
                      ElementsAre("point try_lock?", "end try_lock?"));
}

template <typename L>
std::vector<std::string> timed_after_holder(L& lock) {
  Holder holder([&] { lock.lock(); }, [&] { lock.unlock(); });
  Recording recording;  // its block() says at once that the time is over
  EXPECT_FALSE(lock.try_lock_for(std::chrono::hours(1)));
  std::vector<std::string> steps = recording.stop();
  holder.gives()();
  return steps;
}

TEST(OrderOfHooks, OfATimedTryThatGivesUpBlocksOnce) {
  Lock lock;
  RLock again;
  SharedLock shared;
  IpcLock ipc;
  const auto expected = ElementsAre("point try_lock?", "block try_lock?", "end try_lock?");
  EXPECT_THAT(timed_after_holder(lock), expected);
  EXPECT_THAT(timed_after_holder(again), expected);
  EXPECT_THAT(timed_after_holder(ipc), expected);
  // Readers may have waited behind the writer that gave up.
  EXPECT_THAT(timed_after_holder(shared),
              ElementsAre("point try_lock?", "block try_lock?", "wake", "end try_lock?"));
}

TEST(OrderOfHooks, OfAReaderBehindAWriterAndOfAnUpgradeBehindAReader) {
  SharedLock book;
  {
    Holder writer([&] { book.lock(); }, [&] { book.unlock(); });
    Recording recording(writer.gives());
    book.lock_shared();
    EXPECT_THAT(recording.stop(),
                ElementsAre("point lock_shared?", "block lock_shared?", "end lock_shared"));
  }
  Holder reader([&] { book.lock_shared(); }, [&] { book.unlock_shared(); });
  Recording recording(reader.gives());
  book.upgrade();
  book.downgrade();
  book.unlock_shared();
  EXPECT_THAT(recording.stop(), ElementsAre("point upgrade?", "block upgrade?", "point unlock",
                                            "point unlock_shared", "end unlock_shared"));
}

template <typename S>
void expect_order_of_semaphore() {
  S slots(1);
  Holder holder([&] { slots.acquire(); }, [&] { slots.release(); });
  Recording recording(holder.gives());
  slots.acquire();
  slots.release();
  const std::vector<std::string> steps = recording.stop();
  ASSERT_EQ(steps.size(), 4u);
  EXPECT_THAT(steps, testing::Contains("block acquire?"));
  EXPECT_EQ(steps[0], "point acquire?");
  EXPECT_THAT(steps[2], testing::StartsWith("point release"));
  EXPECT_EQ(steps[3], "end release");
}

TEST(OrderOfHooks, OfASemaphore) {
  expect_order_of_semaphore<Semaphore>();
  expect_order_of_semaphore<IpcSemaphore>();
}

TEST(OrderOfHooks, OfWhatOnlySignals) {
  Event event;
  {
    Recording recording([&] { event.set(); });
    event.wait();
    event.clear();
    event.set();
    EXPECT_THAT(recording.stop(),
                ElementsAre("point wait?", "block wait?", "point clear", "point set", "end set"));
  }
  Promise<int> promise;
  Future<int> future = promise.get_future();
  Recording recording([&] { promise.set_value(7); });
  EXPECT_EQ(future.get(), 7);
  EXPECT_THAT(recording.stop(), ElementsAre("point get?", "block get?", "end get"));
}

TEST(OrderOfHooks, OfAConditionReleasesTheLockBeforeItBlocksAndTakesItAgain) {
  Lock lock;
  Condition ready;
  bool is_ready = false;
  std::unique_lock hold(lock);
  Recording recording([&] {
    const std::scoped_lock change(lock);
    is_ready = true;
    ready.notify_one();
  });
  ready.wait(hold, [&] { return is_ready; });
  ready.notify_all();
  EXPECT_THAT(recording.stop(), ElementsAre("point unlock", "point wait?", "block wait?",
                                            "point lock?", "point notify_all", "end notify_all"));
}

TEST(OrderOfHooks, OfABarrierALatchAndAFlagThatAnotherThreadRuns) {
  Barrier hut(2);
  {
    Recording recording([&] { hut.arrive_and_wait(); });
    hut.arrive_and_wait();
    EXPECT_THAT(recording.stop(), ElementsAre("point arrive?", "block arrive?", "end arrive"));
  }
  {
    Latch latch(2);
    latch.count_down();
    Recording recording([&] { latch.count_down(); });
    latch.wait();
    EXPECT_THAT(recording.stop(), ElementsAre("point wait?", "block wait?", "end wait"));
  }
  {
    Atomic<int> value(0);
    Recording recording([&] {
      value = 1;
      value.notify_all();
    });
    value.wait(0);
    EXPECT_THAT(recording.stop(), ElementsAre("point wait?", "block wait?", "end wait"));
  }
  {
    Barrier early(2);
    Recording recording([&] { (void)early.arrive(); });
    early.wait(early.arrive());
    EXPECT_THAT(recording.stop(),
                ElementsAre("point arrive", "point wait?", "block wait?", "end wait"));
  }
  OnceFlag flag;
  Event runs;
  Event go_on;
  std::thread runner([&] {
    call_once(flag, [&] {
      runs.set();
      go_on.wait();
    });
  });
  runs.wait();
  Recording recording([&] {
    go_on.set();
    runner.join();
  });
  call_once(flag, [] {});
  EXPECT_THAT(recording.stop(),
              ElementsAre("point call_once?", "block call_once?", "end call_once"));
}

TEST(OrderOfHooks, OfARendezvousAndOfTurns) {
  Rendezvous both(2);
  {
    Recording recording([&] { both.meet(); });
    both.meet();
    EXPECT_THAT(recording.stop(), ElementsAre("point meet?", "block meet?", "end meet"));
  }
  Turns turns;
  Recording recording([&] { turns.done(); });
  turns.wait_for(1);
  turns.done();
  turns.wait_for(2);
  EXPECT_THAT(recording.stop(), ElementsAre("point meet?", "block meet?", "point meet", "wake",
                                            "point meet?", "end meet"));
}

TEST(OrderOfHooks, OfAQueueInBothDirectionsAndOfItsJoin) {
  Queue<int> queue(1);
  {
    Recording recording([&] { queue.put(1); });
    EXPECT_EQ(queue.get(), 1);
    EXPECT_THAT(recording.stop(), ElementsAre("point get?", "block get?", "end get"));
  }
  queue.put(2);
  {
    Recording recording([&] { (void)queue.get(); });
    queue.put(3);
    EXPECT_THAT(recording.stop(), ElementsAre("point put?", "block put?", "end put"));
  }
  Recording recording([&] {
    (void)queue.get();
    for (int i = 0; i < 3; ++i) queue.task_done();
  });
  queue.join();
  EXPECT_THAT(recording.stop(), ElementsAre("point join?", "block join?", "end join"));
}

TEST(OrderOfHooks, OfAJoinableQueue) {
  JoinableQueue<int> queue(1);
  {
    Recording recording([&] { queue.put(1); });
    EXPECT_EQ(queue.get(), 1);
    EXPECT_THAT(recording.stop(), ElementsAre("point get?", "block get?", "end get"));
  }
  Recording recording([&] { queue.task_done(); });
  queue.join();
  EXPECT_THAT(recording.stop(), ElementsAre("point join?", "block join?", "end join"));
}

// A request tells of itself after its point.
TEST(OrderOfHooks, TheOrderOfLocksIsAskedForBehindThePoint) {
  Lock outer;
  Lock inner;
  static std::vector<bool> seen;
  seen.clear();
  static constexpr auto kLook = [](ThreadState* state, const Operation& operation) noexcept {
    if (operation.object != 0 && operation.op == Op::kLock && held_count(state) == 1)
      seen.push_back(order_seen(order_key(state, operation.object, Ask::kLock)));
  };
  static const Control looking = {+kLook,           kFreeControl.block, kFreeControl.wake,
                                  kFreeControl.now, kFreeControl.yield, 0};
  const Control* const before = g_control.exchange(&looking);
  set_fast_limit(this_thread());
  for (int i = 0; i < 5; ++i) {
    const std::scoped_lock first(outer);
    const std::scoped_lock second(inner);
  }
  g_control.store(before);
  set_fast_limit(this_thread());
  // When the table of what was seen begins to know it depends on the build; the first time it is news.
  ASSERT_EQ(seen.size(), 5u);
  EXPECT_FALSE(seen.front());
  EXPECT_TRUE(seen.back());
}

struct Trace {
  Record record;
  u32 amount;
  ObjectId object;
  u64 held_hash;
  uptr frame;
};

GRIDLOCK_NOINLINE Trace take(Lock& lock) {
  lock.lock();
  const ThreadState* const state = this_thread();
  const Held& held = state->next_held[-1];
  return {state->ring.oldest(state->ring.size() - 1), held.amount, held.object, held.held_hash,
          held.frames[0]};
}

// The fast path is the same as a request, unrolled.
TEST(FastPath, LeavesTheSameAsARequest) {
  Lock outer;
  Lock inner;
  const std::scoped_lock nested(outer);
  (void)take(inner);  // known from now on
  inner.unlock();
  const Trace fast = take(inner);
  inner.unlock();
  Recording recording;
  const Trace full = take(inner);
  inner.unlock();
  EXPECT_THAT(recording.stop(), ElementsAre("point lock?", "point unlock", "end unlock"));
  EXPECT_EQ(fast.record, full.record);
  EXPECT_EQ(fast.amount, full.amount);
  EXPECT_EQ(fast.object, full.object);
  EXPECT_EQ(fast.held_hash, full.held_hash);
  EXPECT_EQ(fast.frame, full.frame);
}

}  // namespace
}  // namespace gridlock::internal
