// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/segments.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace gridlock::internal {
namespace {

struct Lives : Segments {
  explicit Lives(u32 capacity) { EXPECT_TRUE(init(capacity)); }
  ~Lives() { release(); }
  Lives(const Lives&) = delete;
  Lives& operator=(const Lives&) = delete;
};

TEST(Segments, OfSiblingsAreConcurrentUntilOneIsJoined) {
  Lives lives(16);
  const SegmentId main1 = lives.add(0, 0);
  const SegmentId child_a = lives.add(main1, 0);
  const SegmentId main2 = lives.add(main1, 0);
  const SegmentId child_b = lives.add(main2, 0);
  const SegmentId main3 = lives.add(main2, child_a);  // joined a
  const SegmentId child_c = lives.add(main3, 0);
  EXPECT_TRUE(lives.concurrent(child_a, child_b));
  EXPECT_TRUE(lives.concurrent(child_b, child_c));
  EXPECT_FALSE(lives.concurrent(child_a, child_c));
  EXPECT_TRUE(lives.ordered(main1, child_c));
  EXPECT_FALSE(lives.ordered(child_c, main1));
}

TEST(Segments, WithoutAPlaceInTheTableAreOrderedWithAllAndSoIsWhatComesAfterThem) {
  Lives lives(2);
  const SegmentId first = lives.add(0, 0);
  EXPECT_EQ(lives.add(first, 0), kUnknownSegment);
  EXPECT_EQ(lives.dropped(), 1U);
  EXPECT_FALSE(lives.concurrent(first, kUnknownSegment));
  EXPECT_FALSE(lives.concurrent(kUnknownSegment, kUnknownSegment));
  EXPECT_EQ(lives.add(kUnknownSegment, 0), kUnknownSegment);
  EXPECT_EQ(lives.add(0, kUnknownSegment), kUnknownSegment);
}

TEST(Segments, AreOrderedThroughAnObjectUntilItIsDistrusted) {
  Lives lives(16);
  const SegmentId a = lives.add(0, 0);
  const SegmentId b = lives.add(0, a, 7);
  u32 through = 0;
  EXPECT_TRUE(lives.ordered(a, b, &through));
  EXPECT_EQ(through, 7U);
  lives.distrust(8);
  EXPECT_TRUE(lives.ordered(a, b));
  lives.distrust(7);
  EXPECT_TRUE(lives.concurrent(a, b));
}

TEST(Segments, NameNoObjectWhereStartAndJoinSuffice) {
  Lives lives(16);
  const SegmentId a = lives.add(0, 0);
  const SegmentId b = lives.add(0, a, 7);
  const SegmentId joined = lives.add(b, a);
  u32 through = 1;
  EXPECT_TRUE(lives.ordered(a, joined, &through));
  EXPECT_EQ(through, 0U);
  lives.distrust(7);
  EXPECT_TRUE(lives.ordered(a, joined));
}

TEST(Segments, NameEveryObjectOfThePathAsACause) {
  Lives lives(16);
  const SegmentId a = lives.add(0, 0);
  const SegmentId b = lives.add(0, a, 7);
  const SegmentId c = lives.add(0, b, 9);
  u32 steps = 100;
  const SegmentOrder order = lives.order(a, c, &steps);
  EXPECT_TRUE(order.ordered);
  EXPECT_EQ(order.causes, u64{1} << (mix(7) & 63) | u64{1} << (mix(9) & 63));
}

TEST(Segments, ThatStandApartComeAfterTheirThreadsPastForTheirOwnThreadOnly) {
  Lives lives(16);
  const SegmentId heard = lives.add(0, 0);
  const SegmentId earlier = lives.add(0, 0);
  const SegmentId body = lives.add_apart(earlier, heard, 9);
  const SegmentId inside = lives.add(body, 0);
  const SegmentId behind = lives.add(earlier, inside);
  const SegmentId other = lives.add(0, inside, 7);
  EXPECT_TRUE(lives.ordered(earlier, inside));
  EXPECT_TRUE(lives.ordered(earlier, behind));
  EXPECT_TRUE(lives.ordered(body, behind));
  EXPECT_TRUE(lives.ordered(body, other));
  EXPECT_TRUE(lives.ordered(inside, other));
  EXPECT_TRUE(lives.ordered(heard, other));
  EXPECT_FALSE(lives.ordered(earlier, other));
  lives.distrust(9);
  EXPECT_FALSE(lives.ordered(heard, other));
}

TEST(Segments, HearInsteadWhatTheyAreTold) {
  Lives lives(16);
  const SegmentId less = lives.add(0, 0);
  const SegmentId more = lives.add(less, 0);
  const SegmentId body = lives.add_apart(0, more, 9);
  const SegmentId other = lives.add(0, body);
  EXPECT_TRUE(lives.ordered(more, other));
  lives.hear_instead(body, lives.add(0, less), 8);
  EXPECT_FALSE(lives.ordered(more, other));
  EXPECT_TRUE(lives.ordered(less, other));
}

TEST(Segments, SearchALongLifeInFewSteps) {
  Lives lives(1'000'000);
  const SegmentId first = lives.add(0, 0);
  SegmentId main = lives.add(0, 0);
  while (lives.size() < 999'999) main = lives.add(main, 0);
  u32 steps = 10;
  const SegmentOrder order = lives.order(first, main, &steps);
  EXPECT_FALSE(order.ordered);
  EXPECT_FALSE(order.undecided);
}

TEST(Segments, SayWhenTheStepsRunOut) {
  Lives lives(2000);
  const SegmentId first = lives.add(0, 0);
  SegmentId last = lives.add(0, 0);
  while (lives.size() < 1000) last = lives.add(last, last);  // each a stretch of its own
  u32 steps = 10;
  EXPECT_TRUE(lives.order(first, last, &steps).undecided);
  EXPECT_EQ(steps, 0U);
  steps = 5000;
  EXPECT_FALSE(lives.order(first, last, &steps).ordered);
}

TEST(Segments, AgreeWithTransitiveClosure) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    constexpr u32 kCount = 80;
    Lives lives(kCount + 1);
    std::vector<std::vector<bool>> before(kCount + 1, std::vector<bool>(kCount + 1));
    for (SegmentId id = 1; id <= kCount; ++id) {
      const SegmentId parents[2] = {static_cast<SegmentId>(random() % id),
                                    random() % 3 == 0 ? static_cast<SegmentId>(random() % id) : 0};
      const u32 via = static_cast<u32>(random() % 4);  // 3 is distrusted below
      ASSERT_EQ(lives.add(parents[0], parents[1], via), id);
      for (const SegmentId& parent : parents) {
        if (&parent == &parents[1] && via == 3) continue;
        if (parent == 0) continue;
        before[parent][id] = true;
        for (SegmentId k = 1; k < parent; ++k) before[k][id] = before[k][id] || before[k][parent];
      }
    }
    lives.distrust(3);
    for (SegmentId a = 1; a <= kCount; ++a) {
      for (SegmentId b = 1; b <= kCount; ++b)
        ASSERT_EQ(lives.ordered(a, b), before[a][b]) << a << ", " << b;
    }
    for (int round = 0; round < 200; ++round) {
      std::vector<SegmentId> some(1 + random() % 5);
      for (SegmentId& id : some) id = static_cast<SegmentId>(random() % (kCount + 1));
      bool any = false;
      for (const SegmentId a : some) {
        for (const SegmentId b : some) any = any || before[a][b];
      }
      u32 steps = 1000;
      const SegmentOrder order =
          lives.any_ordered(some.data(), static_cast<u32>(some.size()), &steps);
      ASSERT_EQ(order.ordered, any) << testing::PrintToString(some);
    }
  }
}

// Two relations: what comes before for the thread itself, and what for those who come through it.
TEST(Segments, AgreeWithAClosureInWhichSomeStandApart) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    constexpr u32 kCount = 60;
    Lives lives(kCount + 1);
    std::vector<std::vector<bool>> own(kCount + 1, std::vector<bool>(kCount + 1));
    std::vector<std::vector<bool>> others = own;
    for (SegmentId id = 1; id <= kCount; ++id) {
      const auto before = static_cast<SegmentId>(random() % id);
      const auto also = random() % 3 == 0 ? static_cast<SegmentId>(random() % id) : 0;
      const bool apart = random() % 4 == 0;
      ASSERT_EQ(apart ? lives.add_apart(before, also, 0) : lives.add(before, also), id);
      for (SegmentId k = 1; k < id; ++k) {
        const bool through = also != 0 && (k == also || others[k][also]);
        own[k][id] = through || (before != 0 && (k == before || own[k][before]));
        others[k][id] = through || (before != 0 && !apart && (k == before || others[k][before]));
      }
    }
    for (SegmentId a = 1; a <= kCount; ++a) {
      for (SegmentId b = 1; b <= kCount; ++b)
        ASSERT_EQ(lives.ordered(a, b), own[a][b]) << a << ", " << b;
    }
  }
}

}  // namespace
}  // namespace gridlock::internal
