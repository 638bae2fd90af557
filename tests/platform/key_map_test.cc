// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

#include "harness/platform/pages.h"

namespace gridlock::internal {
namespace {

TEST(KeyMap, ThatIsEmptyFindsNothing) {
  KeyMap map;
  EXPECT_EQ(map.find(1), nullptr);
  EXPECT_EQ(map.size(), 0u);
}

TEST(KeyMap, FindsWhatWasPutInAndNothingElse) {
  KeyMap map;
  ASSERT_TRUE(map.insert(7, 70));
  ASSERT_NE(map.find(7), nullptr);
  EXPECT_EQ(*map.find(7), 70u);
  EXPECT_EQ(map.find(8), nullptr);
  map.release();
}

TEST(KeyMap, LetsAValueBeChangedInPlace) {
  KeyMap map;
  ASSERT_TRUE(map.insert(7, 70));
  *map.find(7) = 71;
  EXPECT_EQ(*map.find(7), 71u);
  EXPECT_EQ(map.size(), 1u);
  map.release();
}

TEST(KeyMap, KeepsKeysApartThatDifferInOneBit) {
  KeyMap map;
  for (u32 bit = 0; bit < 64; ++bit) ASSERT_TRUE(map.insert(u64{1} << bit, bit));
  for (u32 bit = 0; bit < 64; ++bit) {
    ASSERT_NE(map.find(u64{1} << bit), nullptr) << bit;
    EXPECT_EQ(*map.find(u64{1} << bit), bit);
  }
  EXPECT_EQ(map.find(3), nullptr);
  map.release();
}

TEST(KeyMap, IsEmptyAgainAfterItsRelease) {
  KeyMap map;
  ASSERT_TRUE(map.insert(7, 70));
  map.release();
  EXPECT_EQ(map.find(7), nullptr);
  EXPECT_EQ(map.size(), 0u);
  ASSERT_TRUE(map.insert(7, 71));
  EXPECT_EQ(*map.find(7), 71u);
  map.release();
}

TEST(KeyMap, SaysTheSameAsAMapOfTheStandard) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  KeyMap map;
  std::unordered_map<u64, u32> model;
  for (u32 i = 0; i < 100'000; ++i) {
    // Few bits, so that keys come again and neighbours are many.
    const u64 key = (random() % 50'000 + 1) << (random() % 3 * 20);
    u32* const found = map.find(key);
    const auto known = model.find(key);
    ASSERT_EQ(found != nullptr, known != model.end()) << key;
    if (found != nullptr) {
      ASSERT_EQ(*found, known->second) << key;
    } else {
      ASSERT_TRUE(map.insert(key, i));
      model.emplace(key, i);
    }
  }
  EXPECT_EQ(map.size(), model.size());
  map.release();
}

// Small, so that runs are long and go round the end.
TEST(KeyMap, SaysTheSameAsAMapOfTheStandardWhileKeysGo) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  KeyMap map;
  std::unordered_map<u64, u32> model;
  for (u32 i = 0; i < 200'000; ++i) {
    const u64 key = random() % 700 + 1;
    if (random() % 2 == 0 || model.size() > 500) {
      map.erase(key);
      model.erase(key);
    } else {
      ASSERT_TRUE(map.insert(key, i));
      model[key] = i;
    }
    if (i % 5000 == 0) {
      const u64 kept = random() % 3;
      map.erase_if([&](u64 each, u32) { return each % 3 != kept; });
      std::erase_if(model, [&](const auto& each) { return each.first % 3 != kept; });
    }
    ASSERT_EQ(map.size(), model.size());
    const u64 asked = random() % 700 + 1;
    const auto known = model.find(asked);
    ASSERT_EQ(map.find(asked) != nullptr, known != model.end());
    if (known != model.end()) {
      ASSERT_EQ(*map.find(asked), known->second);
    }
  }
  map.release();
}

}  // namespace
}  // namespace gridlock::internal
