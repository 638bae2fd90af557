// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/settled_rows.h"

#include <gtest/gtest.h>

#include <vector>

#include "harness/analysis/settled_requests.h"

namespace gridlock::internal {
namespace {

constexpr u64 kPlace = 12345;

bool knows(const SettledRows& rows, u32 to, u32 entry, u32 count) {
  const u64 key = SettledRows::key(kPlace, to, SettledRows::block_of(entry), count);
  const SettledRows::Row* const row = rows.find(key, count);
  return row != nullptr && SettledRows::has(*row, entry);
}

void learn(SettledRows& rows, u32 to, u32 entry, u32 from, u32 count) {
  rows.add(SettledRows::key(kPlace, to, SettledRows::block_of(entry), count), &entry, 1, from,
           count, true);
}

TEST(SettledRows, WhatIsTrueOfTwoLocksIsNotPushedOutByARequestWithOne) {
  SettledRows rows;
  learn(rows, 1, 10, 2, 3);
  learn(rows, 1, 10, 1, 1);
  EXPECT_TRUE(knows(rows, 1, 10, 3));
  EXPECT_TRUE(knows(rows, 1, 10, 1));
  EXPECT_FALSE(knows(rows, 1, 11, 3));
  rows.release();
}

TEST(SettledRows, WhatIsTrueOfThreeLocksIsNotSaidOfTwo) {
  SettledRows rows;
  learn(rows, 1, 10, 3, 3);
  EXPECT_TRUE(knows(rows, 1, 10, 3));
  EXPECT_FALSE(knows(rows, 1, 10, 2));
  rows.release();
}

// However few they are, some lie in one place of a table that is small.
TEST(SettledRows, RowsThatPushEachOtherOutMakeTheTableGrowUntilAllOfThemFindRoom) {
  constexpr u32 kRows = 100;
  constexpr u32 kRounds = 2'000;
  SettledRows rows;
  u32 missing = kRows;
  for (u32 round = 0; round < kRounds && missing != 0; ++round) {
    missing = 0;
    for (u32 to = 1; to <= kRows; ++to) {
      if (knows(rows, to, 10, 2)) continue;
      ++missing;
      learn(rows, to, 10, 2, 2);
    }
  }
  EXPECT_EQ(missing, 0u);
  rows.release();
}

// Edges that were made by one request list the same, and each goes its own way from there.
TEST(SettledRequests, EdgesOfOneRequestShareAListAndNothingThatIsSaidOfAnotherEdge) {
  using Says = SettledRequests::Says;
  constexpr HeldNode kOneTwo[] = {2, 4};
  constexpr HeldNode kOneThree[] = {2, 6};
  const auto key = [](u32 to) { return SettledRequests::key(kPlace, 1, to); };
  SettledRequests settled;
  ASSERT_TRUE(settled.init());
  const auto is_settled = [&](u32 to, const HeldNode(&held)[2]) {
    u32 from = 0;
    return settled.says(key(to), &held[0], 2, &from) == Says::kSettled;
  };
  settled.settle_with(key(10), &kOneTwo[0], 2, 0);
  const u64 bytes = settled.bytes();
  settled.settle_with(key(11), &kOneTwo[0], 2, 0);
  EXPECT_EQ(settled.bytes(), bytes);
  settled.settle_with(key(12), &kOneThree[0], 2, 0);  // as long, and another one
  settled.settle_with(key(11), &kOneThree[0], 2,
                      0);  // what is listed last has another one behind it
  settled.settle_with(key(13), &kOneThree[0], 2, 0);
  EXPECT_TRUE(is_settled(10, kOneTwo));
  EXPECT_FALSE(is_settled(10, kOneThree));
  EXPECT_TRUE(is_settled(11, kOneTwo));
  EXPECT_TRUE(is_settled(11, kOneThree));
  EXPECT_FALSE(is_settled(12, kOneTwo));
  EXPECT_TRUE(is_settled(12, kOneThree));
  EXPECT_FALSE(is_settled(13, kOneTwo));
  EXPECT_TRUE(is_settled(13, kOneThree));
  settled.forget();
  settled.settle_with(key(14), &kOneThree[0], 2, 0);
  for (u32 i = 0; i < 8; ++i) {  // where the lists were that are forgotten
    const HeldNode other[] = {20 + 2 * i, 60 + 2 * i};
    settled.settle_with(key(20 + i), &other[0], 2, 0);
  }
  EXPECT_TRUE(is_settled(14, kOneThree));
  EXPECT_FALSE(is_settled(14, kOneTwo));
  settled.release();
}

}  // namespace
}  // namespace gridlock::internal
