// SPDX-License-Identifier: Apache-2.0
//
// Algorithms that are wrong by their memory orders alone, each beside the one that is right; and where older stores end.
#include <condition_variable>
#include <cstdint>
#include <latch>
#include <memory>
#include <mutex>
#include <new>
#include <semaphore>

#include "tests/explore/litmus.h"

namespace gridlock {
namespace {

ExploreOptions forked(ExploreOptions options) {
  options.repeat = ExploreRepeat::kFork;
  return options;
}

// Found by chance and by a search of all schedules, repeated by its line, and no failure where memory is sequentially
// consistent.
template <typename Body>
ExploreResult expect_broken_by_its_orders(Body body) {
  const ExploreResult found = expect_found("check-failed", body, weak(20000));
  EXPECT_TRUE(says(found, "an older store: read "));
  expect_found("check-failed", body, forked(weak(3000)));
  expect_found("check-failed", body, all_weak());
  ExploreOptions strong = all_weak();
  strong.memory = ExploreMemory::kSequential;
  const ExploreResult clean = explore(strong, body);
  EXPECT_FALSE(clean) << clean.message;
  EXPECT_TRUE(clean.exhausted);
  return found;
}

template <typename Body>
void expect_right(Body body) {
  const ExploreResult all = explore(all_weak(), body);
  EXPECT_FALSE(all) << all.message;
  EXPECT_TRUE(all.exhausted) << all.executions;
  const ExploreResult some = explore(weak(20000), body);
  EXPECT_FALSE(some) << some.message;
}

template <typename First, typename Second>
void run_both(const First& first, const Second& second) {
  std::thread other(second);
  first();
  other.join();
}

// Dekker's entry: each says that it wants to, and goes in where the other one does not want to.
auto dekker(std::memory_order order) {
  return [order] {
    std::atomic<bool> wants[2] = {};
    std::atomic<int> inside = 0;
    const auto enter = [&](std::size_t self) {
      wants[self].store(true, order);
      if (wants[1 - self].load(order)) return;
      require(inside.fetch_add(1, kRelaxed) == 0, "one at a time");
    };
    run_both([&] { enter(0); }, [&] { enter(1); });
  };
}

TEST(WeakMemory, BreaksDekkersEntryThatIsRelaxed) {
  expect_broken_by_its_orders(dekker(kRelaxed));
  expect_right(dekker(kSequential));
}

// Peterson's: each gives the turn to the other one, and goes in if that one does not want to or has given it back.
enum class Turn { kStored, kStoredBeforeAFence, kExchanged };

auto peterson(Orders orders, Turn how) {
  return [=] {
    std::atomic<bool> wants[2] = {};
    std::atomic<std::size_t> turn = 0;
    std::atomic<int> inside = 0;
    const auto enter = [&](std::size_t self) {
      const std::size_t other = 1 - self;
      wants[self].store(true, orders.store);
      if (how == Turn::kExchanged) {
        turn.exchange(other, kAcquireRelease);
      } else {
        turn.store(other, orders.store);
      }
      if (how == Turn::kStoredBeforeAFence) std::atomic_thread_fence(kSequential);
      if (wants[other].load(orders.load) && turn.load(orders.load) == other) return;
      require(inside.fetch_add(1, kRelaxed) == 0, "one at a time");
    };
    run_both([&] { enter(0); }, [&] { enter(1); });
  };
}

TEST(WeakMemory, BreaksPetersonsLockThatIsRelaxed) {
  expect_broken_by_its_orders(peterson(kAllRelaxed, Turn::kStored));
  expect_broken_by_its_orders(peterson(kReleaseAcquire, Turn::kStored));
  // A fence orders the two threads, and nothing says that a wish is seen before the turn.
  expect_broken_by_its_orders(peterson(kAllRelaxed, Turn::kStoredBeforeAFence));
  expect_right(peterson(kAllSequential, Turn::kStored));
  // Whoever exchanges last knows what the first one wants (Williams, "Peterson's lock with C++0x atomics", 2008).
  expect_right(peterson({kRelaxed, kAcquire}, Turn::kExchanged));
}

// A sequence lock (Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012).
auto sequence_lock(bool fenced) {
  return [fenced] {
    std::atomic<unsigned> sequence = 0;
    std::atomic<int> low = 0;
    std::atomic<int> high = 0;
    const auto write = [&] {
      sequence.store(1, kRelaxed);
      if (fenced) std::atomic_thread_fence(kRelease);
      low.store(1, kRelaxed);
      high.store(1, kRelaxed);
      sequence.store(2, kRelease);
    };
    const auto read = [&] {
      const unsigned before = sequence.load(kAcquire);
      const int a = low.load(kRelaxed);
      const int b = high.load(kRelaxed);
      if (fenced) std::atomic_thread_fence(kAcquire);
      const unsigned after = sequence.load(kRelaxed);
      require((before & 1) != 0 || before != after || a == b, "both of one write");
    };
    run_both(write, read);
  };
}

TEST(WeakMemory, BreaksASequenceLockWithoutFences) {
  expect_broken_by_its_orders(sequence_lock(false));
  expect_right(sequence_lock(true));
}

// Two threads that each look whether the other one has work before they sleep: a wake-up that is lost by the orders.
auto sleeper(std::memory_order order) {
  return [order] {
    std::atomic<bool> sleeps = false;
    std::atomic<bool> has_work = false;
    std::atomic<bool> was_woken = false;
    bool found_work = false;
    run_both(
        [&] {
          has_work.store(true, order);
          if (sleeps.load(order)) was_woken.store(true, kRelaxed);
        },
        [&] {
          sleeps.store(true, order);
          found_work = has_work.load(order);
        });
    require(found_work || was_woken.load(kRelaxed), "work is done");
  };
}

TEST(WeakMemory, LosesAWakeupThatOnlySequentialOrderKeeps) {
  expect_broken_by_its_orders(sleeper(kRelaxed));
  expect_right(sleeper(kSequential));
}

TEST(WeakMemory, SaysWhichOlderStoreWasRead) {
  const ExploreResult found = explore(forked(weak(3000)), [] {
    std::atomic<int> data = 0;
    std::atomic<int> flag = 0;
    run_both(
        [&] {
          data.store(7, kRelaxed);
          flag.store(1, kRelaxed);
        },
        [&] {
          if (flag.load(kRelaxed) == 1) require(data.load(kRelaxed) == 7, "the data is there");
        });
  });
  ASSERT_TRUE(found) << found.executions;
  EXPECT_TRUE(
      says(found, "an older store: read 0, which was there before; newest is 7, stored at"));
  EXPECT_TRUE(says(found, "weak_memory_test.cc:"));
  EXPECT_TRUE(says(found, " by T1\n"));
  EXPECT_NE(found.replay.find(":-m"), std::string::npos) << found.replay;
}

// Only what is needed is stale in the shortest schedule: one load, one older store that the execution itself made.
TEST(WeakMemory, NamesThePlaceOfTheOlderStore) {
  const ExploreResult found = explore(forked(weak(3000)), [] {
    std::atomic<int> value = 0;
    std::atomic<int> stage = 0;
    run_both(
        [&] {
          value.store(1, kRelaxed);
          stage.store(1, kRelease);
          value.store(2, kRelaxed);
          stage.store(2, kRelaxed);
        },
        [&] {
          if (stage.load(kAcquire) != 1) return;
          if (stage.load(kAcquire) == 2) require(value.load(kRelaxed) != 1, "the second value");
        });
  });
  ASSERT_TRUE(found);
  EXPECT_TRUE(says(found, "an older store: read 1, stored at"));
  EXPECT_TRUE(says(found, "; newest is 2, stored at"));
}

TEST(WeakMemory, LoopsThatWaitEnd) {
  expect_right([] {
    std::atomic<bool> ready = false;
    run_both([&] { ready.store(true, kRelaxed); },
             [&] {
               while (!ready.load(kRelaxed)) {
               }
             });
  });
  const ExploreResult yields = explore(weak(5000), [] {
    std::atomic<int> stage = 0;
    run_both(
        [&] {
          for (int i = 1; i <= 40; ++i) stage.store(i, kRelaxed);
        },
        [&] {
          while (stage.load(kRelaxed) != 40) std::this_thread::yield();
        });
  });
  EXPECT_FALSE(yields) << yields.message;
}

// Of what cannot be remembered nothing wrong is read, and no search claims to have seen all.
TEST(WeakMemory, AnObjectWithManyStoresForgetsItsOldest) {
  const auto body = [](int stores) {
    return [stores] {
      std::atomic<int> value = 0;
      run_both(
          [&] {
            for (int i = 1; i <= stores; ++i) value.store(i, kRelaxed);
          },
          [&] {
            const int first = value.load(kRelaxed);
            require(first <= value.load(kRelaxed), "no value comes back");
          });
    };
  };
  const ExploreResult few = explore(all_weak(), body(3));
  EXPECT_TRUE(few.exhausted);
  EXPECT_FALSE(few) << few.message;
  const ExploreResult many = explore(all_weak(), body(20));
  EXPECT_FALSE(many.exhausted);
  EXPECT_FALSE(many) << many.message;
  // Where all threads know of what is forgotten nothing is left out.
  const ExploreResult known = explore(all_weak(), [] {
    std::atomic<int> value = 0;
    for (int i = 1; i <= 40; ++i) value.store(i, kRelaxed);
    std::thread other([&] { require(value.load(kRelaxed) == 40, "the newest"); });
    other.join();
  });
  EXPECT_TRUE(known.exhausted);
  EXPECT_FALSE(known) << known.message;
}

// An object at the place of another one has none of its values.
TEST(WeakMemory, ANewObjectAtAnOldPlaceHasNoOlderStores) {
  expect_right([] {
    alignas(8) unsigned char place[8] = {};
    std::atomic<int> ready = 0;
    auto* object = new (place) std::atomic<int>(1);
    object->store(2, kRelaxed);
    object->store(3, kRelaxed);
    auto* wide = new (place) std::atomic<long>(5);
    wide->store(6, kRelaxed);
    object = new (place) std::atomic<int>(3);
    run_both([&] { ready.store(1, kRelaxed); },
             [&] {
               ready.load(kRelaxed);
               require(object->load(kRelaxed) == 3, "its first value");
             });
  });
}

// A store of the whole object is one of its halves, too, and nothing older can be read of them.
TEST(WeakMemory, AccessesOfDifferentSizesReadTheNewestValue) {
  const ExploreResult result = explore(weak(20000), [] {
    alignas(8) std::uint32_t halves[2] = {};
    auto& whole = *reinterpret_cast<std::uint64_t*>(halves);  // as lock-free code does it
    std::atomic<int> stored = 0;
    std::thread third([&] { __atomic_store_n(&halves[1], 1, __ATOMIC_RELAXED); });
    run_both(
        [&] {
          __atomic_store_n(&whole, (std::uint64_t{1} << 32) | 2, __ATOMIC_RELAXED);
          stored.store(1, kRelease);
        },
        [&] {
          if (stored.load(kAcquire) == 0) return;
          require(__atomic_load_n(&halves[0], __ATOMIC_RELAXED) == 2, "what the whole store left");
          require(__atomic_load_n(&halves[1], __ATOMIC_RELAXED) == 1, "in both halves");
        });
    third.join();
  });
  EXPECT_FALSE(result) << result.message;
}

__attribute__((no_sanitize("thread"), noinline)) void store_unseen(int* value, int wanted) {
  asm volatile("movl %1, %0" : "=m"(*value) : "r"(wanted));
}

TEST(WeakMemory, WhatCodeStoresThatIsNotInstrumentedIsSeenAtOnce) {
  const ExploreResult result = explore(weak(5000), [] {
    int value = 0;
    std::atomic<int> stored = 0;
    run_both(
        [&] {
          __atomic_store_n(&value, 1, __ATOMIC_RELAXED);
          __atomic_store_n(&value, 2, __ATOMIC_RELAXED);
          store_unseen(&value, 3);
          stored.store(1, kRelaxed);
        },
        [&] {
          if (stored.load(kRelaxed) == 1)
            require(__atomic_load_n(&value, __ATOMIC_RELAXED) == 3, "the newest");
        });
  });
  EXPECT_FALSE(result) << result.message;
}

// What synchronises by other means than atomic operations is as strong as ever.
TEST(WeakMemory, LocksConditionsAndJoinsOrderWhatIsRelaxed) {
  const auto body = [](bool locked) {
    return [locked] {
      std::mutex mutex;
      std::condition_variable changed;
      bool ready = false;
      std::atomic<int> data = 0;
      std::atomic<bool> hint = false;
      run_both(
          [&] {
            data.store(1, kRelaxed);
            hint.store(true, kRelaxed);
            const std::scoped_lock lock(mutex);
            ready = true;
            changed.notify_one();
          },
          [&] {
            if (locked) {
              std::unique_lock lock(mutex);
              changed.wait(lock, [&] { return ready; });
            } else if (!hint.load(kRelaxed)) {
              return;
            }
            require(data.load(kRelaxed) == 1, "data is there");
          });
      require(data.load(kRelaxed) == 1, "joined");
    };
  };
  expect_found("check-failed", body(false), weak(20000));
  expect_right(body(true));
}

// libstdc++'s, whose code is compiled like the test's, and sleeps in the kernel.
TEST(WeakMemory, WaitsInTheKernelEnd) {
  expect_right([] {
    std::atomic<int> word = 0;
    run_both(
        [&] {
          word.store(1, kRelaxed);
          word.notify_one();
        },
        [&] { word.wait(0, kRelaxed); });
  });
  const ExploreResult several = explore(weak(3000), [] {
    std::latch latch(2);
    std::counting_semaphore<> permits(0);
    std::atomic<short> small = 0;
    int data = 0;
    run_both(
        [&] {
          data = 1;
          latch.arrive_and_wait();
          permits.acquire();
          small.store(1, kRelease);
          small.notify_all();
        },
        [&] {
          latch.arrive_and_wait();
          require(data == 1, "the latch orders");
          permits.release();
          small.wait(0, kAcquire);
        });
  });
  EXPECT_FALSE(several) << several.message;
}

TEST(WeakMemory, FunctionLocalStaticsAndSharedPointersAreAsTheyAre) {
  const ExploreResult result = explore(forked(weak(300)), [] {
    const auto get = []() -> int& {
      static int object = [] { return 7; }();
      return object;
    };
    auto shared = std::make_shared<int>(1);
    run_both([&, mine = shared] { require(get() == 7 && *mine == 1, "made"); },
             [&, mine = shared] { require(get() == 7 && *mine == 1, "made"); });
  });
  EXPECT_FALSE(result) << result.message;
}

// The shortest schedule has nothing stale that the failure does not need.
TEST(WeakMemory, ShrinkingLeavesOneOlderStore) {
  const ExploreResult found = explore(forked(weak(5000)), [] {
    std::atomic<int> noise[3] = {};
    std::atomic<int> data = 0;
    std::atomic<int> flag = 0;
    run_both(
        [&] {
          for (auto& word : noise) word.store(1, kRelaxed);
          data.store(1, kRelaxed);
          flag.store(1, kRelaxed);
        },
        [&] {
          for (auto& word : noise) word.load(kRelaxed);
          if (flag.load(kRelaxed) == 1) require(data.load(kRelaxed) == 1, "the data is there");
        });
  });
  ASSERT_TRUE(found);
  std::size_t count = 0;
  for (std::size_t at = 0; (at = found.message.find("an older store", at)) != std::string::npos;
       ++at)
    ++count;
  EXPECT_EQ(count, 1U) << found.message;
}

}  // namespace
}  // namespace gridlock
