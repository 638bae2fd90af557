// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/aging_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace gridlock::internal {
namespace {

TEST(AgingTable, HasNothingBehindANumberThatWasForgotten) {
  AgingTable<u64> table;
  ASSERT_TRUE(table.init(100));
  for (u64 i = 1; i <= 10; ++i) *table.find(table.add()) = i;
  ASSERT_TRUE(table.age([](u32 number, u64) { return number % 5 == 0; }));
  EXPECT_EQ(table.find(0), nullptr);
  EXPECT_EQ(table.find(4), nullptr);
  EXPECT_EQ(table[4], 0u);
  EXPECT_EQ(table[5], 5u);
  EXPECT_EQ(table[10], 10u);
  EXPECT_EQ(table.find(11), nullptr);
  EXPECT_EQ(table.add(), 11u) << "numbers go on";
  EXPECT_EQ(table[11], 0u);
  EXPECT_EQ(table.added(), 1u);
  table.release();
}

TEST(AgingTable, SaysTheSameAsAMapOfTheStandard) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  AgingTable<u32> table;
  ASSERT_TRUE(table.init(1u << 16));
  std::map<u32, u32> model;
  for (u32 round = 0; round < 50; ++round) {
    for (u32 i = random() % 3000; i > 0 && !table.full(); --i) {
      const u32 number = table.add();
      *table.find(number) = static_cast<u32>(random());
      model[number] = table[number];
    }
    const u32 kept = 1 + random() % 9;
    ASSERT_TRUE(table.age([&](u32, u32 element) { return element % kept != 0; }));
    std::erase_if(model, [&](const auto& each) { return each.second % kept == 0; });
    u32 seen = 0;
    u32 last = 0;
    table.each([&](u32 number, u32 element) {
      EXPECT_LT(last, number);
      last = number;
      EXPECT_EQ(model.at(number), element);
      ++seen;
    });
    ASSERT_EQ(seen, model.size());
    for (u32 number = 1; number < table.limit(); ++number)
      ASSERT_EQ(table.find(number) != nullptr, model.contains(number));
  }
  table.release();
}

}  // namespace
}  // namespace gridlock::internal
