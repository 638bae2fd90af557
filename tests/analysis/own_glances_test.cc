// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/own_glances.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "harness/analysis/request_news.h"

namespace gridlock::internal {
namespace {

constexpr u64 kStamp = 12345;
constexpr u64 kOtherStamp = 54321;
constexpr u32 kWanted = 9 << 2;
using Entries = std::vector<u64>;

class Glances {
 public:
  bool has(const Entries& held, u32 wanted = kWanted, u64 stamp = kStamp) const {
    return glances_->has(stamp, wanted, static_cast<u32>(held.size()),
                         [&](u32 i) { return held[i]; });
  }
  void add(const Entries& held, u32 from, u32 wanted = kWanted, u64 stamp = kStamp) {
    glances_->add(stamp, wanted, static_cast<u32>(held.size()), from,
                  [&](u32 i) { return held[i]; });
  }

 private:
  std::unique_ptr<OwnGlances> glances_ = std::make_unique<OwnGlances>();
};

TEST(OwnGlances, SayWhatTheyWereToldAndNothingOfAnotherLock) {
  Glances glances;
  EXPECT_FALSE(glances.has({1}));
  glances.add({1, 2}, 2);
  EXPECT_TRUE(glances.has({1, 2}));
  EXPECT_TRUE(glances.has({2, 1}));
  EXPECT_FALSE(glances.has({1, 3}));
  EXPECT_FALSE(glances.has({1, 2}, kWanted + 4)) << "another lock is wanted";
  EXPECT_FALSE(glances.has({1, 2}, kWanted + 1)) << "the same, for reading";
}

TEST(OwnGlances, WhatIsTrueOfThreeLocksIsNotSaidOfTwo) {
  Glances glances;
  glances.add({1, 2, 3}, 3);
  EXPECT_TRUE(glances.has({1, 2, 3}));
  EXPECT_FALSE(glances.has({1, 2}));
  glances.add({1, 2}, 2);
  EXPECT_TRUE(glances.has({1, 2}));
}

TEST(OwnGlances, SayNothingOnceSomethingWasForgotten) {
  Glances glances;
  glances.add({1}, 1);
  EXPECT_TRUE(glances.has({1}));
  EXPECT_FALSE(glances.has({1}, kWanted, kOtherStamp));
  glances.add({2}, 1, kWanted, kOtherStamp);
  EXPECT_FALSE(glances.has({1}, kWanted, kOtherStamp));
  EXPECT_TRUE(glances.has({2}, kWanted, kOtherStamp));
}

TEST(OwnGlances, TellApartHowALockIsHeld) {
  Glances glances;
  glances.add({1}, 1);
  EXPECT_FALSE(glances.has({1 | RequestNews::kReads}));
  EXPECT_FALSE(glances.has({1 | RequestNews::kInFull}));
  glances.add({1 | RequestNews::kReads}, 1);
  EXPECT_TRUE(glances.has({1 | RequestNews::kReads}));
}

// A few locks, far apart and side by side, so that they push each other out: what is said must have been told,
// with this stamp, of so many locks or fewer.
TEST(OwnGlances, NeverSayMoreThanTheyWereTold) {
  struct Fact {
    u64 stamp;
    u32 wanted;
    u32 from;
    u64 held;
  };
  const unsigned seed = std::random_device{}();
  std::mt19937 random{seed};
  Glances glances;
  std::vector<Fact> told;
  u32 yes = 0;
  for (u32 step = 0; step < 20'000; ++step) {
    Entries held(1 + random() % 3);
    for (u64& each : held)
      each = (1 + random() % 3 + 64 * (random() % 2) + 256 * (random() % 2)) |
             (random() % 4 == 0 ? RequestNews::kReads : 0);
    const u32 wanted = static_cast<u32>(1 + random() % 2 + OwnGlances::kRows * (random() % 2)) << 2;
    const u64 stamp = kStamp + step / 200;
    const u32 count = static_cast<u32>(held.size());
    if (random() % 2 == 0) {
      const u32 from = 1 + static_cast<u32>(random() % count);
      glances.add(held, from, wanted, stamp);
      for (const u64 each : held) told.push_back({stamp, wanted, from, each});
    } else if (glances.has(held, wanted, stamp)) {
      ++yes;
      for (const u64 each : held) {
        EXPECT_TRUE(std::ranges::any_of(told,
                                        [&](const Fact& fact) {
                                          return fact.stamp == stamp && fact.wanted == wanted &&
                                                 fact.from <= count && fact.held == each;
                                        }))
            << "seed " << seed << ", step " << step;
      }
    }
    if (random() % 200 == 0) {
      told.clear();
      glances = Glances{};
    }
  }
  EXPECT_GT(yes, 50U) << "seed " << seed;
}

}  // namespace
}  // namespace gridlock::internal
