// SPDX-License-Identifier: Apache-2.0
//
// Classic programs, each beside the nearest one that is correct.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/explore/expect.h"

namespace gridlock {
namespace {

// A counter whose updates get lost.
struct Counter {
  std::atomic<int> total = 0;
  void add() { total.store(total.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
  void add_at_once() { total.fetch_add(1, std::memory_order_relaxed); }
};

template <typename Add>
void count(Add add) {
  Counter counter;
  std::thread first([&] { add(counter); });
  std::thread second([&] { add(counter); });
  first.join();
  second.join();
  require(counter.total == 2, "two increments");
}

TEST(UnsafeCounter, LosesAnUpdate) {
  expect_found("check-failed", [] { count([](Counter& counter) { counter.add(); }); });
}
TEST(UnsafeCounter, KeepsBothWhereTheyAreOneStep) {
  expect_clean([] { count([](Counter& counter) { counter.add_at_once(); }); });
}

TEST(PlainCounter, IsADataRace) {
  expect_found("data-race", [] {
    int total = 0;
    std::thread first([&] { ++total; });
    ++total;
    first.join();
  });
}
TEST(PlainCounter, IsNoneUnderAMutex) {
  expect_clean([] {
    int total = 0;
    std::mutex mutex;
    const auto add = [&] {
      const std::scoped_lock lock(mutex);
      ++total;
    };
    std::thread first(add);
    add();
    first.join();
    require(total == 2, "two increments");
  });
}

// Two locks in two orders.
void transfer(std::mutex& from, std::mutex& to) {
  const std::scoped_lock first(from);
  const std::scoped_lock second(to);
}

TEST(TwoLocks, InTwoOrdersAreADeadlock) {
  expect_found("deadlock", [] {
    std::mutex a;
    std::mutex b;
    std::thread other([&] { transfer(a, b); });
    transfer(b, a);
    other.join();
  });
}
TEST(TwoLocks, InOneOrderAreNone) {
  expect_clean([] {
    std::mutex a;
    std::mutex b;
    std::thread other([&] { transfer(a, b); });
    transfer(a, b);
    other.join();
  });
}
TEST(TwoLocks, TakenTogetherAreNone) {
  expect_clean([] {
    std::mutex a;
    std::mutex b;
    std::thread other([&] { const std::scoped_lock both(a, b); });
    {
      const std::scoped_lock both(b, a);
    }
    other.join();
  });
}

// A bounded buffer that looks once, or again, whether there is something.
template <bool LooksAgain>
class Buffer {
 public:
  void put(int value) {
    std::unique_lock lock(mutex_);
    wait(lock, not_full_, [&] { return items_.empty(); });
    items_.push_back(value);
    not_empty_.notify_one();
  }
  int take() {
    std::unique_lock lock(mutex_);
    wait(lock, not_empty_, [&] { return !items_.empty(); });
    require(!items_.empty(), "there is something in the buffer");
    const int value = items_.front();
    items_.pop_front();
    not_full_.notify_one();
    return value;
  }

 private:
  template <typename Ready>
  static void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                   Ready ready) {
    if constexpr (LooksAgain) {
      while (!ready()) condition.wait(lock);
    } else {
      if (!ready()) condition.wait(lock);
    }
  }
  std::mutex mutex_;
  std::condition_variable not_full_;
  std::condition_variable not_empty_;
  std::deque<int> items_;
};

template <bool LooksAgain>
void produce_and_consume() {
  Buffer<LooksAgain> buffer;
  std::atomic<int> sum = 0;
  std::thread first([&] { sum += buffer.take(); });
  std::thread second([&] { sum += buffer.take(); });
  buffer.put(1);
  buffer.put(2);
  first.join();
  second.join();
  require(sum == 3, "all that was put was taken");
}

TEST(BoundedBuffer, ThatLooksOnceFindsNothingInIt) {
  expect_found("check-failed", [] { produce_and_consume<false>(); });
}
TEST(BoundedBuffer, ThatLooksAgainWorks) {
  expect_clean([] { produce_and_consume<true>(); });
}

// A notification that comes before the wait.
template <bool UnderTheLock>
void announce() {
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<bool> ready = false;
  std::thread other([&] {
    if constexpr (UnderTheLock) {
      const std::scoped_lock lock(mutex);
      ready = true;
    } else {
      ready = true;
    }
    changed.notify_one();
  });
  {
    std::unique_lock lock(mutex);
    while (!ready) changed.wait(lock);
  }
  other.join();
}

TEST(WakeUp, IsLostBetweenTheLookAndTheWait) {
  expect_found("deadlock", [] { announce<false>(); });
}
TEST(WakeUp, IsNotLostWhereTheChangeIsMadeUnderTheLock) {
  expect_clean([] { announce<true>(); });
}
TEST(WakeUp, ThatWasLostIsNamed) {
  const ExploreResult found = explore(quietly(2000), [] { announce<false>(); });
  EXPECT_TRUE(says(found, "it was notified 1 time while nobody waited"));
}

// Something that is made when it is first wanted.
struct Lazy {
  std::atomic<int*> made = nullptr;
  std::atomic<int> times = 0;
  std::once_flag once;
  int value = 0;

  void want() {
    if (made.load() == nullptr) {
      ++times;
      made.store(&value);
    }
  }
  void want_once() {
    std::call_once(once, [this] {
      ++times;
      made.store(&value);
    });
  }
};

TEST(LazyInit, IsDoneTwice) {
  expect_found("check-failed", [] {
    Lazy lazy;
    std::thread other([&] { lazy.want(); });
    lazy.want();
    other.join();
    require(lazy.times == 1, "it was made once");
  });
}
TEST(LazyInit, IsDoneOnceByCallOnce) {
  expect_clean([] {
    Lazy lazy;
    std::thread other([&] { lazy.want_once(); });
    lazy.want_once();
    other.join();
    require(lazy.times == 1, "it was made once");
  });
}

// A try that an exception ends, and the next one: both count, one behind the other. Where not all tries go by the flag nothing orders them.
template <bool ByTheFlag>
void try_until_it_is_made() {
  std::once_flag once;
  int tries = 0;
  const auto want = [&] {
    try {
      const auto make = [&] {
        if (++tries == 1) throw tries;
      };
      if (ByTheFlag) {
        std::call_once(once, make);
      } else {
        make();
      }
    } catch (int number) {
      require(number == 1, "the first one alone fails");
    }
  };
  std::thread other(want);
  want();
  other.join();
  require(tries == 2, "the first one failed");
}

TEST(Once, ATryThatThrewIsKnownToTheNextOne) { expect_clean(&try_until_it_is_made<true>); }
TEST(Once, TriesOfWhichNobodyTakesTurnsAreARace) {
  expect_found("data-race", &try_until_it_is_made<false>);
}

// A static object whose making fails once.
template <bool ByTheGuard>
void make_until_it_is_there() {
  static int tries;
  tries = 0;
  struct Made {
    Made() {
      if (++tries == 1) throw tries;
    }
  };
  const auto want = [] {
    try {
      if (ByTheGuard) {
        static const Made made;
      } else {
        const Made made;
      }
    } catch (int number) {
      require(number == 1, "the first one alone fails");
    }
  };
  std::thread other(want);
  want();
  other.join();
}

TEST(StaticObject, ATryThatThrewIsKnownToTheNextOne) {
  // The object stays made, so each execution is a process.
  EXPECT_FALSE(explore(quietly(100), &make_until_it_is_there<true>));
}
TEST(StaticObject, WithoutItsGuardTriesAreARace) {
  expect_found("data-race", &make_until_it_is_there<false>);
}

// Members and elements of what is local to the body are seen there as they are in the other thread.
TEST(LocalObject, MembersAreSeenWhereTheyAreLocal) {
  const auto body = [](bool joined) {
    struct {
      int first = 0;
      int second = 0;
    } local;
    std::thread other([&] { local.second = 1; });
    if (joined) other.join();
    local.second = 2;
    if (!joined) other.join();
    require(local.second != 0 && local.first == 0, "one of both");
  };
  expect_found("data-race", [&] { body(false); });
  expect_clean([&] { body(true); });
}
TEST(LocalObject, ElementsAreSeenWhereTheyAreLocal) {
  const auto body = [](bool own) {
    int local[3] = {};
    std::thread other([&] { local[2] = 1; });
    for (int i = 0; i < (own ? 2 : 3); ++i) local[i] += i;
    other.join();
    require(local[1] == 1, "that was nobody else's");
  };
  expect_found("data-race", [&] { body(false); });
  expect_clean([&] { body(true); });
}

// What an atomic object that is not instrumented orders is told by annotations of ThreadSanitizer.
// NOLINTBEGIN(readability-identifier-naming): its names
extern "C" {
void AnnotateHappensBefore(const char* file, int line, void* object);
void AnnotateHappensAfter(const char* file, int line, void* object);
}
// NOLINTEND(readability-identifier-naming)
TEST(Annotations, SayWhatHappensBeforeWhat) {
  const auto body = [](bool told) {
    int letter = 0;
    std::atomic<bool> full = false;
    std::thread other([&] {
      letter = 1;
      if (told) AnnotateHappensBefore(__FILE__, __LINE__, &full);
      full.store(true, std::memory_order_relaxed);
    });
    while (!full.load(std::memory_order_relaxed)) std::this_thread::yield();
    if (told) AnnotateHappensAfter(__FILE__, __LINE__, &full);
    require(letter == 1, "it is there");
    other.join();
  };
  expect_clean([&] { body(true); });
  expect_found("data-race", [&] { body(false); });
}

}  // namespace
}  // namespace gridlock
