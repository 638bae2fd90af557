// SPDX-License-Identifier: Apache-2.0
//
// The program's own code in the middle of an operation of a queue: it may throw, wait, take locks, and use
// the same queue. Runs with on_deadlock=throw.
#include <gmock/gmock.h>
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

// Calls something when it is moved, compared and destroyed.
struct Item {
  struct Hooks {
    std::function<void()> moved = [] {};
    std::function<void()> compared = [] {};
    std::function<void()> destroyed = [] {};
  };
  Item(int v, Hooks& h) : value(v), hooks(&h) {}
  // NOLINTNEXTLINE(performance-noexcept-move-constructor): it throws, that is what it is for
  Item(Item&& other) : value(other.value), hooks(other.hooks) { hooks->moved(); }
  Item(const Item&) = delete;
  Item& operator=(const Item&) = delete;
  ~Item() { hooks->destroyed(); }
  friend bool operator<(const Item& left, const Item& right) {
    left.hooks->compared();
    return left.value < right.value;
  }
  int value;
  Hooks* hooks;
};

// Once, and not again from the inside.
std::function<void()> once(std::function<void()> call) {
  return [call = std::move(call), done = false]() mutable {
    if (std::exchange(done, true)) return;
    call();
  };
}

template <typename Queue>
std::vector<int> all_of(Queue& queue) {
  std::vector<int> values;
  while (const auto item = queue.try_get()) values.push_back(item->value);
  return values;
}

template <typename Queue>
class AnyQueue : public testing::Test {};
using Queues = testing::Types<Queue<Item>, LifoQueue<Item>, PriorityQueue<Item>>;
TYPED_TEST_SUITE(AnyQueue, Queues);

TYPED_TEST(AnyQueue, AnItemMayUseItWhileItIsPut) {
  Item::Hooks hooks;
  TypeParam queue{4};
  queue.put({1, hooks});
  hooks.moved = once([&] {
    EXPECT_EQ(queue.size(), 1u);
    EXPECT_EQ(queue.get()->value, 1);
    queue.put({2, hooks});
    queue.task_done();
  });
  EXPECT_TRUE(queue.try_put(Item{3, hooks}));
  EXPECT_THAT(all_of(queue), UnorderedElementsAre(2, 3));
}

TYPED_TEST(AnyQueue, AnItemMayUseItWhileItIsTakenAndDestroyed) {
  Item::Hooks hooks;
  TypeParam queue{1};
  queue.put({1, hooks});
  hooks.moved = once([&] { queue.put({2, hooks}); });  // its room is free
  hooks.destroyed = once([&] { EXPECT_EQ(queue.size(), 1u); });
  EXPECT_EQ(queue.get()->value, 1);
  EXPECT_THAT(all_of(queue), ElementsAre(2));
}

TYPED_TEST(AnyQueue, OthersGoOnWhileAnItemWaits) {
  Item::Hooks slow;
  Item::Hooks hooks;
  Event waits;
  Event go_on;
  TypeParam queue{2};
  slow.moved = once([&] {
    waits.set();
    go_on.wait();
  });
  Thread putter{[&] { EXPECT_TRUE(queue.try_put(Item{1, slow})); }};
  waits.wait();
  EXPECT_TRUE(queue.try_put(Item{2, hooks}));
  EXPECT_FALSE(queue.try_put(Item{3, hooks})) << "the room of the one that waits is taken";
  EXPECT_THAT(all_of(queue), ElementsAre(2));
  EXPECT_EQ(queue.get_for(1ms).has_value(), false);
  go_on.set();
  EXPECT_EQ(queue.get()->value, 1);
  putter.join();
}

TYPED_TEST(AnyQueue, GivesUpNothingThatIsBeingPutWhenItIsClosed) {
  for (const bool succeeds : {true, false}) {
    Item::Hooks slow;
    Event waits;
    Event go_on;
    TypeParam queue{2};
    slow.moved = once([&] {
      waits.set();
      go_on.wait();
      if (!succeeds) throw std::runtime_error("moved");
    });
    Thread putter{[&] {
      const auto put = [&] { return queue.try_put(Item{1, slow}); };
      if (succeeds) {
        EXPECT_TRUE(put());
      } else {
        EXPECT_THROW((void)put(), std::runtime_error);
      }
    }};
    waits.wait();
    queue.close();
    EXPECT_TRUE(queue.closed());
    EXPECT_FALSE(queue.try_put(Item{2, slow}));
    Thread getter{[&] {
      EXPECT_EQ(queue.get().has_value(), succeeds);
      EXPECT_FALSE(queue.get().has_value());
    }};
    go_on.set();
  }
}

TYPED_TEST(AnyQueue, GetsItsSignalsWhileAnItemIsMoved) {
  static volatile std::sig_atomic_t handled = 0;
  handled = 0;
  const auto before = std::signal(SIGUSR1, [](int) { handled = handled + 1; });
  Item::Hooks hooks;
  TypeParam queue;
  hooks.moved = [&] {
    const int count = handled;
    EXPECT_EQ(std::raise(SIGUSR1), 0);
    EXPECT_EQ(handled, count + 1);
  };
  queue.put({1, hooks});
  EXPECT_EQ(queue.get()->value, 1);
  std::signal(SIGUSR1, before);
  EXPECT_GE(handled, 2);
}

// Whichever move throws, of putting or of taking, there are as many items as before.
TYPED_TEST(AnyQueue, HasTheSameItemsAfterAnyMoveThatThrows) {
  bool threw = true;
  for (int which = 1; threw; ++which) {
    Item::Hooks hooks;
    TypeParam queue{4};
    for (const int value : {2, 1, 3}) queue.put({value, hooks});
    int count = 0;
    hooks.moved = [&] {
      if (++count == which) throw std::runtime_error("moved");
    };
    threw = false;
    bool got = false;
    bool put = false;
    try {
      got = queue.get().has_value();
      put = queue.try_put(Item{4, hooks});
    } catch (const std::runtime_error&) {
      threw = true;
    }
    hooks.moved = [] {};
    ASSERT_EQ(queue.size(), 3u - (got ? 1 : 0) + (put ? 1 : 0));
    queue.close();
    ASSERT_EQ(all_of(queue).size(), 3u - (got ? 1 : 0) + (put ? 1 : 0));
    ASSERT_LT(which, 100);
  }
}

TYPED_TEST(AnyQueue, TakesAnItemBackThoughItsRoomWasFilled) {
  Item::Hooks hooks;
  TypeParam queue{1};
  queue.put({1, hooks});
  hooks.moved = once([&] {
    queue.put({2, hooks});
    throw std::runtime_error("moved");
  });
  EXPECT_THROW((void)queue.get(), std::runtime_error);
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_FALSE(queue.try_put(Item{3, hooks}));
  EXPECT_EQ(queue.get()->value, 1) << "it is the next one";
  EXPECT_FALSE(queue.try_put(Item{3, hooks})) << "that was the room that it had in excess";
  EXPECT_EQ(queue.get()->value, 2);
  EXPECT_TRUE(queue.try_put(Item{3, hooks}));
  EXPECT_FALSE(queue.try_put(Item{4, hooks}));
}

TEST(PriorityQueue, HasTheSameItemsAfterAnyComparisonThatThrows) {
  bool threw = true;
  for (int which = 1; threw; ++which) {
    Item::Hooks hooks;
    PriorityQueue<Item> queue;
    int count = 0;
    hooks.compared = [&] {
      if (++count == which) throw std::runtime_error("compared");
    };
    threw = false;
    std::vector<int> expected;
    for (const int value : {5, 2, 8, 1, 9, 4, 7, 3, 6}) {
      try {
        queue.put({value, hooks});
        expected.push_back(value);
      } catch (const std::runtime_error&) {
        threw = true;
      }
    }
    std::sort(expected.rbegin(), expected.rend());
    std::vector<int> got;
    while (!queue.empty()) {
      try {
        got.push_back(queue.get()->value);
      } catch (const std::runtime_error&) {
        threw = true;
      }
    }
    ASSERT_EQ(got, expected);
    ASSERT_LT(which, 1000);
  }
}

TEST(PriorityQueue, AComparisonThatUsesItIsASelfDeadlock) {
  Item::Hooks hooks;
  PriorityQueue<Item> queue{"jobs"};
  queue.put({1, hooks});
  hooks.compared = [&] { (void)queue.get(); };
  EXPECT_THROW(queue.put({2, hooks}), std::system_error);
  hooks.compared = [] {};
  EXPECT_THAT(all_of(queue), ElementsAre(1)) << "and the queue is as before";
}

TEST(PriorityQueue, AComparisonMayUseAnotherOne) {
  Item::Hooks hooks;
  Item::Hooks none;
  PriorityQueue<Item> log;
  PriorityQueue<Item> queue;
  queue.put({1, hooks});
  hooks.compared = [&] { log.put({7, none}); };
  queue.put({2, hooks});
  EXPECT_EQ(log.size(), 1u);
  EXPECT_THAT(all_of(queue), ElementsAre(2, 1));
}

TEST(PriorityQueue, OfWhateverIsComparedIsSorted) {
  PriorityQueue<std::pair<int, std::string>> pairs;
  for (const int i : {3, 1, 2}) pairs.put({i, std::to_string(i)});
  for (const int i : {3, 2, 1}) EXPECT_EQ(pairs.get()->second, std::to_string(i));
  PriorityQueue<int, std::greater<>> numbers;
  std::vector<int> sorted;
  for (int i = 0; i < 1000; ++i) numbers.put(i * 7919 % 1000);
  while (const auto number = numbers.try_get()) sorted.push_back(*number);
  EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
  EXPECT_EQ(sorted.size(), 1000u);
}

TEST(Queue, DestroysWhatIsLeftInIt) {
  int destroyed = 0;
  const auto destroy = [&destroyed](const int*) { ++destroyed; };
  static int some;
  using Owner = std::unique_ptr<int, std::function<void(const int*)>>;
  {
    Queue<Owner> queue;
    LifoQueue<Owner> newest;
    PriorityQueue<Owner> largest;
    for (int i = 0; i < 5; ++i) {
      queue.put(Owner(&some, destroy));
      newest.put(Owner(&some, destroy));
      largest.put(Owner(&some, destroy));
    }
    (void)largest.get();
    EXPECT_EQ(destroyed, 1);
  }
  EXPECT_EQ(destroyed, 15);
}

// The nodes of plain items are used again, and no more of them are kept than a moderate number.
TEST(Queue, OfPlainItemsHandsOutEachOfManyInTheirOrder) {
  Queue<int> queue;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20'000; ++i) queue.put(i);
    for (int i = 0; i < 20'000; ++i) ASSERT_EQ(queue.get(), i);
  }
}

}  // namespace
}  // namespace gridlock
