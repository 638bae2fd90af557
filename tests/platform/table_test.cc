// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>

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

#if defined(__SANITIZE_THREAD__)
constexpr bool kNothingIsFree = true;
#elif defined(__has_feature)
constexpr bool kNothingIsFree = __has_feature(thread_sanitizer);
#else
constexpr bool kNothingIsFree = false;
#endif

u64 mapped_bytes() {
  std::ifstream file("/proc/self/statm");
  u64 pages = 0;
  file >> pages;
  return pages * 4096;
}

TEST(Table, TakesAddressSpaceAsItIsFilled) {
  if (kNothingIsFree)
    GTEST_SKIP() << "ThreadSanitizer leaves no addresses free: all is mapped at once";
  constexpr u64 kMegabyte = 1u << 20;
  Table<u64> table;
  Table<u64> beside;
  const u64 before = mapped_bytes();
  ASSERT_TRUE(table.reserve(1u << 28) && beside.reserve(1u << 28));
  EXPECT_LT(mapped_bytes(), before + kMegabyte);
  for (u32 i = 0; i < 1u << 20; ++i) {
    ASSERT_FALSE(table.full());
    table[table.add()] = i;
  }
  EXPECT_LT(mapped_bytes(), before + 32 * kMegabyte);
  for (u32 i = 0; i < 1u << 20; ++i) ASSERT_EQ(table[i], i);
  table.release();
  beside.release();
  EXPECT_LT(mapped_bytes(), before + kMegabyte);
}

TEST(Table, ReachesElementsThatWereNotAdded) {
  Table<u64> table;
  ASSERT_TRUE(table.reserve(1u << 20));
  EXPECT_TRUE(table.reach(1u << 19));
  table[(1u << 19) - 1] = 7;
  EXPECT_EQ(table.size(), 0u);
  EXPECT_TRUE(table.reach(1u << 20));
  EXPECT_EQ(table[(1u << 19) - 1], 7u);
  EXPECT_FALSE(table.reach((1u << 20) + 1));
  table.release();
}

TEST(Table, IsZeroedAgainWhenItIsCleared) {
  for (const u32 size : {3u, 100'000u}) {
    Table<u64> table;
    ASSERT_TRUE(table.reserve(size));
    for (u32 i = 0; i < size && !table.full(); ++i) table[table.add()] = ~u64{0};
    table.clear();
    EXPECT_EQ(table.size(), 0u);
    for (u32 i = 0; i < size && !table.full(); ++i) ASSERT_EQ(table[table.add()], 0u);
    EXPECT_EQ(table.size(), size);
    table.release();
  }
}

}  // namespace
}  // namespace gridlock::internal
