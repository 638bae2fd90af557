// SPDX-License-Identifier: Apache-2.0
//
// Schedules written by hand over real primitives. Runs with on_deadlock=throw (CMakeLists.txt).
#include <gmock/gmock.h>
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <semaphore>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/schedule/scheduler.h"

namespace gridlock::schedule {
namespace {

using internal::ThreadEvent;
using testing::ElementsAre;
using Threads = Script::Threads;

// The threads' turns; a thread's number is the order of its start, 0 the thread of the test. After
// the last turn the Scheduler decides.
Script in_this_order(std::vector<u32> turns) {
  Script script;
  script.next = [turns = std::move(turns), at = std::size_t{0}](const schedule::Controlled&,
                                                                Threads threads) mutable {
    return at < turns.size() ? threads[turns[at++]]->number : 0U;
  };
  return script;
}

// Two threads that take two locks in opposite orders; how many were thrown out.
int cross(Script script) {
  Lock a("a");
  Lock b("b");
  std::atomic<int> victims{0};
  const auto take = [&](Lock& first, Lock& second) {
    try {
      const std::lock_guard hold(first);
      const std::lock_guard both(second);
    } catch (const std::system_error&) {
      ++victims;
    }
  };
  const Scheduler scheduler(std::move(script));
  Thread one("one", [&] { take(a, b); });
  Thread two("two", [&] { take(b, a); });
  one.join();
  two.join();
  return victims;
}

// A thread that is started stands before everything; then there is a point before each lock and unlock.
TEST(Scheduler, LeadsTwoThreadsIntoADeadlockOrPastIt) {
  EXPECT_EQ(cross(in_this_order({1, 1, 1, 1, 1, 2, 2, 2, 2, 2})), 0);
  EXPECT_EQ(cross(in_this_order({1, 1, 2, 2, 1, 2})), 1);
  EXPECT_EQ(cross(in_this_order({2, 2, 1, 1})), 1);
  EXPECT_EQ(cross(in_this_order({2, 2, 2})), 0);
}

TEST(Scheduler, HoldsAThreadBeforeEachOperation) {
  std::vector<std::string> seen;
  Script script;
  script.next = [&](const schedule::Controlled& stopped, Threads) {
    if (stopped.where == Where::kAtPoint) seen.emplace_back(name_of(stopped.operation.op));
    return 0U;
  };
  Lock lock;
  Event event;
  const Scheduler scheduler(std::move(script));
  {
    const std::lock_guard hold(lock);
    event.set();
  }
  event.wait();
  EXPECT_FALSE(!lock.try_lock());
  lock.unlock();
  EXPECT_THAT(seen, ElementsAre("lock", "set", "unlock", "wait", "try_lock", "unlock"));
}

// They make no request, because they never wait; what they change lets others go on, or is seen by them.
TEST(Scheduler, HoldsAThreadBeforeWhatIsNoRequest) {
  std::vector<std::string> seen;
  Script script;
  script.next = [&](const schedule::Controlled& stopped, Threads) {
    if (stopped.where == Where::kAtPoint)
      seen.push_back(std::string(internal::type_name(stopped.operation.type)) + " " +
                     name_of(stopped.operation.op));
    return 0U;
  };
  RLock lock;
  OnceFlag once;
  Queue<int> queue;
  Barrier barrier(2);
  const Scheduler scheduler(std::move(script));
  lock.lock();
  lock.lock();
  EXPECT_TRUE(lock.try_lock());
  call_once(once, [] {});
  queue.close();
  barrier.abort();
  barrier.reset();
  EXPECT_THAT(seen,
              ElementsAre("RLock lock", "RLock lock", "RLock try_lock", "OnceFlag call_once",
                          "OnceFlag call_once", "Queue clear", "Barrier clear", "Barrier clear"));
  for (int i = 0; i < 3; ++i) lock.unlock();
}

TEST(Scheduler, LetsASleeperGoOnWhenItsWordHasChangedAndNotBefore) {
  Semaphore items(0);
  std::vector<std::string> seen;
  Script script;
  script.at_points = false;
  script.next = [&](const schedule::Controlled&, Threads threads) {
    for (const auto& each : threads) {
      if (each->where == Where::kAsleep)
        seen.emplace_back(Scheduler::can_go_on(*each) ? "can" : "sleeps");
    }
    return 0U;
  };
  const Scheduler scheduler(std::move(script));
  Thread taker([&] { items.acquire(); });
  Scheduler::step();  // it is left where it is: whoever stopped goes on if it can
  EXPECT_THAT(seen, ElementsAre());
  Thread giver([&] {
    Scheduler::step();
    items.release();
  });
  taker.join();  // the taker runs first, and sleeps; then the giver
  giver.join();
  EXPECT_THAT(seen, testing::Contains("sleeps"));
  EXPECT_EQ(seen.back(), "can");
}

TEST(Scheduler, HasAClockThatMovesWhenOnlyTimeIsLeft) {
  Lock lock;
  Event held;
  Event over;
  const auto before = std::chrono::steady_clock::now();
  const Scheduler scheduler({});
  const u64 begin = internal::time_now();
  Thread holder([&] {
    const std::lock_guard hold(lock);
    held.set();
    over.wait();
  });
  held.wait();
  EXPECT_FALSE(lock.try_lock_for(std::chrono::hours(1)));
  EXPECT_EQ(internal::time_now() - begin, 3'600'000'000'000U);
  over.set();
  holder.join();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::minutes(30));
}

// A wait that could end in time is not what is waited for when somebody else can go on.
TEST(Scheduler, LetsNoTimePassWhileAnybodyCanGoOn) {
  Event event;
  const Scheduler scheduler({});
  Thread setter([&] {
    for (int i = 0; i < 10; ++i) Scheduler::step();
    event.set();
  });
  EXPECT_TRUE(event.wait_for(std::chrono::nanoseconds(1)));
  setter.join();
}

TEST(Scheduler, ChoosesAWakeUpWithoutANotification) {
  Lock lock;
  Condition changed;
  bool ready = false;
  u32 asked = 0;
  Script script;
  script.choose = [&](internal::Choice choice, u32 bound) {
    EXPECT_EQ(choice, internal::Choice::kSpuriousWakeup);
    EXPECT_EQ(bound, 2U);
    return ++asked <= 2 ? 1U : 0U;
  };
  const Scheduler scheduler(std::move(script));
  {
    std::unique_lock hold(lock);
    changed.wait(hold);  // nobody would ever notify
    EXPECT_TRUE(hold.owns_lock());
  }
  EXPECT_EQ(asked, 1U);
  Thread notifier([&] {
    const std::lock_guard change(lock);
    ready = true;
    changed.notify_one();
  });
  std::unique_lock hold(lock);
  changed.wait(hold, [&] { return ready; });  // tests again after the first, and sleeps
  EXPECT_TRUE(ready);
  EXPECT_GE(asked, 2U);
  hold.unlock();
  notifier.join();
}

using SchedulerDeathTest = testing::Test;

// A thread that Gridlock does not know might set the event, so nobody is said to starve; but nobody can
// go on, and that is not to be mistaken for a thread that takes its time.
TEST(SchedulerDeathTest, SaysWhenNobodyCanGoOnAndTheRuntimeSaidNothing) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        std::binary_semaphore never{0};
        std::thread([&] { never.acquire(); }).detach();
        Event event;
        const Scheduler scheduler({});
        event.wait();
      },
      testing::ExitedWithCode(70), "nobody can go on");
}

TEST(SchedulerDeathTest, SaysWhenTheScriptWantsSomebodyWhoCannot) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        Lock lock;
        const Scheduler scheduler(in_this_order({0, 1, 1, 1}));
        const std::lock_guard hold(lock);
        Thread waits([&] { const std::lock_guard too(lock); });
        Scheduler::step();
      },
      testing::ExitedWithCode(70), "T[0-9]+ cannot go on");
}

std::mutex g_told_mutex;
std::vector<std::string> g_told;

void tell(ThreadEvent event, u32 /*self*/, u32 other) noexcept {
  constexpr const char* kNames[] = {"created", "begun", "adopted", "joining", "joined", "ending"};
  const std::scoped_lock hold(g_told_mutex);
  g_told.push_back(kNames[static_cast<int>(event)] + std::string(other != 0 ? " another" : ""));
}

TEST(ThreadEvents, AreToldFromTheStartOfAThreadToItsEnd) {
  internal::Control told = internal::kFreeControl;
  told.thread = &tell;
  const internal::Control* const before = internal::g_control.exchange(&told);
  g_told.clear();
  Thread([] {}).join();
  std::thread([] { (void)this_thread_id(); }).join();
  std::thread([] {}).join();  // has nothing to do with Gridlock
  internal::g_control.store(before);
  ASSERT_EQ(g_told.size(), 7U);
  const auto place = [](const char* what) {
    return std::ranges::find(g_told, what) - g_told.begin();
  };
  EXPECT_LT(place("created another"), place("joining another"));
  EXPECT_LT(place("begun"), place("ending"));
  EXPECT_LT(place("joining another"), place("joined another"));
  EXPECT_LT(place("ending"), place("joined another"));
  EXPECT_EQ(place("adopted"), 5);
  EXPECT_EQ(g_told.back(), "ending");
}

}  // namespace
}  // namespace gridlock::schedule
