// SPDX-License-Identifier: Apache-2.0
//
// Gridlock's own primitives under schedules that are chosen. The catalogue (catalogue.cc) has each of them once broken
// and once right; here is what only an exploration has: orders that have to be found, virtual time, and executions
// that repeat in one process.
#include <gridlock/gridlock.h>

#include <atomic>
#include <chrono>
#include <utility>

#include "tests/explore/expect.h"
#include "tests/explore/own_bodies.h"

namespace gridlock {
namespace {

using namespace std::chrono_literals;

ExploreOptions in_process(std::uint64_t executions = 5000) {
  ExploreOptions options = quietly(executions);
  options.repeat = ExploreRepeat::kInProcess;
  return options;
}

TEST(OwnPrimitives, TwoLocksInOppositeOrdersAreADeadlockThatIsFoundAndReplayed) {
  const ExploreResult found = expect_found("deadlock", opposite_orders);
  EXPECT_TRUE(has_finding(found, "deadlock"));
  EXPECT_TRUE(says(found, "[deadlock]")) << found.message;
}

TEST(OwnPrimitives, EachThreadOfADeadlockSaysWhatItWaitsForAndWhereInTheProgram) {
  const ExploreResult found = expect_found("deadlock", opposite_orders);
  EXPECT_TRUE(says(found, "T1 waits for Lock M")) << found.message;
  EXPECT_TRUE(says(found, "T2 waits for Lock M")) << found.message;
  EXPECT_TRUE(says(found, "/tests/explore/own_bodies")) << found.message;
  EXPECT_FALSE(says(found, "can go on")) << found.message;
  EXPECT_FALSE(says(found, "/harness/")) << found.message;
}

TEST(OwnPrimitives, TwoLocksInOneOrderAreClean) {
  expect_clean(
      [] {
        Lock first;
        Lock second;
        Thread other([&] { lock_both(first, second); });
        lock_both(first, second);
        other.join();
      },
      5000);
}

TEST(OwnPrimitives, ADeadlockIsFoundAgainInOneProcessAndAnotherSearchAfterItIsAsNew) {
  expect_found("deadlock", opposite_orders, in_process());
  const ExploreResult clean = explore(in_process(500), [] {
    Lock lock;
    Thread other([&] { const Guard guard(lock); });
    const Guard guard(lock);
  });
  EXPECT_FALSE(clean) << clean.message;
  expect_found("deadlock", opposite_orders, in_process());
}

// The orders never meet: the second thread begins when the first is over.
TEST(OwnPrimitives, WhatCanHappenIsAFindingOfAnExecutionThatDoesNotFail) {
  const auto one_after_the_other = [] {
    Lock first;
    Lock second;
    Turns turns;
    Thread other([&] {
      turns.wait_for(1);
      lock_both(second, first);
    });
    lock_both(first, second);
    turns.done();
    other.join();
  };
  const ExploreResult result = explore(quietly(50), one_after_the_other);
  EXPECT_FALSE(result) << result.message;
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_EQ(result.findings[0].kind, "lock-order-cycle");
  EXPECT_NE(result.findings[0].record.find("\"record\":\"finding\""), std::string::npos);
  EXPECT_FALSE(result.findings[0].confirmed);
  EXPECT_GT(result.findings[0].tried, 0U);
  EXPECT_NE(result.findings[0].text.find("not confirmed"), std::string::npos);

  ExploreOptions blind = quietly(50);
  blind.observer = false;
  EXPECT_TRUE(explore(blind, one_after_the_other).findings.empty());
}

// Without steering: a thousand steps lie between the two, so that they hardly ever meet.
void far_apart() {
  Lock first;
  Lock second;
  std::atomic<int> work = 0;
  Thread other([&] {
    for (int i = 0; i < 1000; ++i) work.fetch_add(1);
    lock_both(second, first);
  });
  lock_both(first, second);
  other.join();
}

TEST(OwnPrimitives, APredictedCycleIsMadeToHappen) {
  ExploreOptions options = quietly(1);
  const ExploreResult result = explore(options, far_apart);
  EXPECT_TRUE(result);
  EXPECT_EQ(result.kind, "deadlock") << result.message;
  ASSERT_FALSE(result.findings.empty());
  const ExploreFinding& finding = result.findings[0];
  EXPECT_EQ(finding.kind, "lock-order-cycle");
  EXPECT_TRUE(finding.confirmed) << finding.text;
  EXPECT_EQ(finding.replay, result.replay);

  options.replay = finding.replay;
  const ExploreResult replayed = explore(options, far_apart);
  EXPECT_EQ(replayed.kind, "deadlock");
  EXPECT_EQ(replayed.trace_hash, result.trace_hash);
  EXPECT_FALSE(replayed.diverged);

  ExploreOptions from_a_report = quietly(0);
  from_a_report.steer_to = finding.record;
  EXPECT_EQ(explore(from_a_report, far_apart).kind, "deadlock");

  ExploreOptions without = quietly(1);
  without.steer = false;
  EXPECT_FALSE(explore(without, far_apart));
}

TEST(OwnPrimitives, WithoutTheObserverADeadlockIsFoundByTheEngine) {
  ExploreOptions options = quietly(2000);
  options.observer = false;
  expect_found("deadlock", opposite_orders, options);
}

TEST(OwnPrimitives, ATimeOutOfTenSecondsTakesMicroseconds) {
  const auto begin = std::chrono::steady_clock::now();
  const ExploreResult result = explore(in_process(200), [] {
    Lock lock;
    Event never;
    Semaphore none(0);
    Queue<int> empty;
    const Guard guard(lock);
    Thread other([&] {
      require(!lock.try_lock_for(10s), "the lock is held all the time");
      require(!never.wait_for(10s), "nobody sets it");
      require(!none.try_acquire_for(10s), "nobody gives a permit");
      require(!empty.get_for(10s).has_value(), "nobody puts anything");
    });
    other.join();
  });
  EXPECT_FALSE(result) << result.message;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);  // of 8000 s of waiting
}

TEST(OwnPrimitives, ATryThatIsLateIsFoundWhereTimeAndTheReleaseAreARace) {
  expect_found("check-failed", [] {
    Semaphore permit(0);
    bool got = false;
    Thread waiter([&] { got = permit.try_acquire_for(1ms); });
    Thread giver([&] {
      std::this_thread::sleep_for(2ms);
      permit.release();
    });
    waiter.join();
    giver.join();
    require(got, "the permit comes in time");
  });
}

template <typename Wait>
void hand_over(Wait wait) {
  Lock lock;
  Condition changed;
  bool ready = false;
  Thread waiter([&] {
    const Guard guard(lock);
    wait(changed, lock, ready);
  });
  {
    const Guard guard(lock);
    ready = true;
    changed.notify_one();
  }
  waiter.join();
}

TEST(OwnPrimitives, ANotificationBeforeTheWaitIsLostWithoutAPredicate) {
  const ExploreResult found = expect_found("deadlock", [] {
    hand_over([](Condition& changed, Lock& lock, bool&) { changed.wait(lock); });
  });
  EXPECT_TRUE(has_finding(found, "lost-wakeup"));
  expect_clean(
      [] {
        hand_over([](Condition& changed, Lock& lock, bool& ready) {
          changed.wait(lock, [&] { return ready; });
        });
      },
      3000);
}

TEST(OwnPrimitives, ASpuriousWakeUpIsMadeOnRequest) {
  const auto body = [] {
    hand_over([](Condition& changed, Lock& lock, bool& ready) {
      if (!ready) changed.wait(lock);
      require(ready, "it was notified");
    });
  };
  ExploreOptions options = quietly(100);
  EXPECT_FALSE(explore(options, body));
  options.spurious_wakeups = true;
  expect_found("check-failed", body, options);
}

TEST(OwnPrimitives, OnePermitLessThanTheThreadsThatMeetIsFoundAsStarvation) {
  const ExploreResult found = expect_found("deadlock", [] {
    Barrier barrier(3);
    Thread other([&] { barrier.arrive_and_wait(); });
    barrier.arrive_and_wait();
    other.join();
  });
  EXPECT_TRUE(has_finding(found, "starvation"));
  expect_clean(
      [] {
        Barrier barrier(2);
        Thread other([&] { barrier.arrive_and_wait(); });
        barrier.arrive_and_wait();
        other.join();
      },
      3000);
}

TEST(OwnPrimitives, LookingBeforeTakingFromAQueueIsFound) {
  const auto two_takers = [](auto take) {
    Queue<int> queue;
    queue.put(1);
    Thread other([&] { take(queue); });
    take(queue);
    other.join();
  };
  expect_found("deadlock", [&] {
    two_takers([](Queue<int>& queue) {
      if (!queue.empty()) static_cast<void>(queue.get());
    });
  });
  expect_clean([&] { two_takers([](Queue<int>& queue) { static_cast<void>(queue.try_get()); }); },
               3000);
}

// Another thread runs in the middle of what the item does.
TEST(OwnPrimitives, AnItemOfAQueueMayUseOtherThreads) {
  struct Item {
    explicit Item(std::atomic<int>* counter) : moves(counter) {}
    Item(Item&& other) noexcept : moves(other.moves) { moves->fetch_add(1); }
    Item& operator=(Item&&) = default;
    Item(const Item&) = default;
    Item& operator=(const Item&) = default;
    ~Item() = default;
    std::atomic<int>* moves;
  };
  expect_clean(
      [] {
        std::atomic<int> moves = 0;
        Queue<Item> queue;
        Thread one([&] { queue.put(Item(&moves)); });
        Thread two([&] { queue.put(Item(&moves)); });
        static_cast<void>(queue.get());
        static_cast<void>(queue.get());
      },
      2000);
}

TEST(OwnPrimitives, AResultThatIsReadBesideItsFutureIsADataRace) {
  const auto body = [](auto read) {
    int value = 0;
    Executor pool(2);
    Future<void> done = pool.submit("write", [&] { value = 1; });
    read(done, value);
    pool.shutdown();
  };
  expect_found("data-race", [&] { body([](Future<void>&, int& value) { value = 2; }); });
  expect_clean(
      [&] {
        body([](Future<void>& done, int& value) {
          done.get();
          value = 2;
        });
      },
      1000, 20);
}

TEST(OwnPrimitives, ReadersThatBothWantToWriteAreADeadlock) {
  expect_found("deadlock", [] {
    SharedLock lock;
    const auto upgrade = [&] {
      lock.lock_shared();
      lock.lock();
      lock.unlock();
      lock.unlock_shared();
    };
    Thread other(upgrade);
    upgrade();
    other.join();
  });
}

TEST(OwnPrimitives, AnOnceFlagOrdersWhatItsFunctionDid) {
  expect_clean(
      [] {
        OnceFlag once;
        int made = 0;
        const auto use = [&] {
          call_once(once, [&] { ++made; });
          require(made == 1, "it was made once, and is seen");
        };
        Thread other(use);
        use();
      },
      3000);
}

TEST(OwnPrimitives, AnAtomicWaitsForItsValue) {
  expect_clean(
      [] {
        Atomic<int> stage{0};
        int data = 0;
        Thread other([&] {
          data = 1;
          stage.store(1);
          stage.notify_all();
        });
        stage.wait(0);
        require(data == 1, "what came before the store is seen");
      },
      3000);
}

TEST(OwnPrimitives, AThreadOfTheStandardLibraryReleasesWhatOneOfOursWaitsFor) {
  expect_clean(
      [] {
        Semaphore permit(0);
        std::thread giver([&] { permit.release(); });
        permit.acquire();
        giver.join();
      },
      3000);
}

TEST(OwnPrimitives, ALockThatTheBodyLeavesHeldIsFound) {
  const ExploreResult found = expect_found("misuse", [] {
    static Lock lock;
    lock.lock();
  });
  EXPECT_TRUE(has_finding(found, "misuse-thread-exit-holding")) << found.message;
}

TEST(OwnPrimitives, ALockThatAThreadLeavesHeldIsFound) {
  const ExploreResult found = expect_found("misuse", [] {
    Lock lock;
    Thread careless([&] { lock.lock(); });
    careless.join();
    static_cast<void>(lock.try_lock());
  });
  EXPECT_TRUE(has_finding(found, "misuse-thread-exit-holding"));
}

}  // namespace
}  // namespace gridlock
