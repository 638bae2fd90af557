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

TEST(Segments, WithoutAPlaceInTheTableAreConcurrentWithAll) {
  Lives lives(2);
  const SegmentId first = lives.add(0, 0);
  EXPECT_EQ(lives.add(first, 0), 0U);
  EXPECT_TRUE(lives.concurrent(first, 0));
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
      ASSERT_EQ(lives.add(parents[0], parents[1]), id);
      for (const SegmentId parent : parents) {
        if (parent == 0) continue;
        before[parent][id] = true;
        for (SegmentId k = 1; k < parent; ++k) before[k][id] = before[k][id] || before[k][parent];
      }
    }
    for (SegmentId a = 1; a <= kCount; ++a) {
      for (SegmentId b = 1; b <= kCount; ++b)
        ASSERT_EQ(lives.ordered(a, b), before[a][b]) << a << ", " << b;
    }
  }
}

}  // namespace
}  // namespace gridlock::internal
