// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/settled_rows.h"

#include <gtest/gtest.h>

#include <vector>

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

}  // namespace
}  // namespace gridlock::internal
