// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "harness/platform/pages.h"

namespace gridlock::internal {
namespace {

TEST(Table, BeforeItHasRoomIsFull) {
  const Table<u32> table;
  EXPECT_TRUE(table.full());
  EXPECT_EQ(table.size(), 0u);
}

TEST(Table, TakesItsCapacityAndNoMore) {
  Table<u32> table;
  ASSERT_TRUE(table.reserve(3));
  for (u32 i = 0; i < 3; ++i) {
    EXPECT_FALSE(table.full());
    EXPECT_EQ(table.add(), i);
    EXPECT_EQ(table[i], 0u) << "elements begin zeroed";
    table[i] = i + 1;
  }
  EXPECT_TRUE(table.full());
  table.release();
}

TEST(Table, SaysWhetherThereIsRoomForSeveral) {
  Table<u32> table;
  ASSERT_TRUE(table.reserve(4));
  table.add();
  EXPECT_FALSE(table.full(3));
  EXPECT_TRUE(table.full(4));
  table.release();
}

TEST(Table, DoesNotMoveWhenItGrows) {
  Table<u64> table;
  ASSERT_TRUE(table.reserve(1u << 16));
  table.add();
  const u64* const first = &table[0];
  for (u32 i = 1; i < 1u << 16; ++i) table.add();
  EXPECT_EQ(&table[0], first);
  table.release();
}

TEST(Table, ForWhichThereIsNoAddressSpaceStaysFull) {
  struct Giant {
    char bytes[1u << 30];
  };
  Table<Giant> table;
  EXPECT_FALSE(table.reserve(~0u));
  EXPECT_TRUE(table.full());
  table.release();
}

TEST(Table, CanBeUsedAgainAfterItsRelease) {
  Table<u32> table;
  ASSERT_TRUE(table.reserve(1));
  table[table.add()] = 7;
  table.release();
  EXPECT_TRUE(table.full());
  ASSERT_TRUE(table.reserve(1));
  EXPECT_EQ(table[table.add()], 0u);
  table.release();
}

}  // namespace
}  // namespace gridlock::internal
