// SPDX-License-Identifier: Apache-2.0
//
// The index of the edges against a map of the standard library.
#include "harness/analysis/tagged_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace gridlock::internal {
namespace {

// Entry and hash; few hashes: many entries share one, and buckets run over.
void behaves_as_a_map(u32 operations, u64 hashes, u32 seed) {
  TaggedIndex index;
  ASSERT_TRUE(index.init(operations));
  std::map<u32, u64> known;
  std::mt19937 random(seed);
  const auto find = [&](u32 entry, u64 hash) {
    return index.find(hash, [entry](u32 found) { return found == entry; });
  };
  u32 newest = 0;
  for (u32 i = 0; i < operations; ++i) {
    if (known.empty() || random() % 3 != 0) {
      const u64 hash = mix(random() % hashes);
      ASSERT_FALSE(index.full());
      ASSERT_EQ(find(++newest, hash), 0U);
      index.insert(newest, hash);
      known[newest] = hash;
    } else {
      auto some = known.lower_bound(random() % newest);
      if (some == known.end()) some = known.begin();
      index.erase(some->first, some->second);
      ASSERT_EQ(find(some->first, some->second), 0U);
      known.erase(some);
    }
  }
  for (const auto& [entry, hash] : known) ASSERT_EQ(find(entry, hash), entry);
  for (const auto& [entry, hash] : known) index.erase(entry, hash);
  for (const auto& [entry, hash] : known) ASSERT_EQ(find(entry, hash), 0U);
  index.release();
}

TEST(TaggedIndex, BehavesAsAMap) {
  for (u32 seed = 0; seed < 8; ++seed) {
    behaves_as_a_map(3'000, ~u64{0}, seed);
    behaves_as_a_map(3'000, 40, seed);
    behaves_as_a_map(200, 1, seed);
  }
  behaves_as_a_map(200'000, ~u64{0}, 0);
}

TEST(TaggedIndex, TakesAboutFifteenBytesAnEntry) {
  constexpr u32 kEntries = 1u << 20;
  TaggedIndex index;
  ASSERT_TRUE(index.init(kEntries));
  for (u32 entry = 1; entry <= kEntries; ++entry) {
    ASSERT_FALSE(index.full());
    index.insert(entry, mix(entry));
  }
  EXPECT_LT(index.bytes(), u64{kEntries} * 18);
  RecordProperty("bytes_an_entry", std::to_string(static_cast<double>(index.bytes()) / kEntries));
  index.release();
}

}  // namespace
}  // namespace gridlock::internal
