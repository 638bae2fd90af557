// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/ordered_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace gridlock::internal {
namespace {

// Groups of nodes move to somewhere else, as they do when an edge goes against the order; a vector says what stands where.
void compare_with_a_vector(u32 nodes, u32 moves, bool one_gap, u32 seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  OrderedList list;
  ASSERT_TRUE(list.init(nodes));
  std::vector<u32> model;
  for (u32 node = 1; node <= nodes; ++node) {
    ASSERT_TRUE(list.add());
    model.push_back(node);
  }
  EXPECT_FALSE(list.add());
  for (u32 i = 0; i < moves; ++i) {
    std::vector<u32> moving;
    const u32 most = one_gap ? 64 : 4;
    for (u32 count = 1 + static_cast<u32>(random() % most); count > 0; --count) {
      const auto at = model.begin() + static_cast<std::ptrdiff_t>(random() % model.size());
      list.take_out(*at);
      moving.push_back(*at);
      model.erase(at);
    }
    const std::size_t at = one_gap ? model.size() / 2 : random() % (model.size() + 1);
    u32 place = at == 0 ? 0 : model[at - 1];
    for (u32 k = 0; k < moving.size(); ++k)
      place = list.put_behind(place, moving[k], static_cast<u32>(moving.size()) - 1 - k);
    model.insert(model.begin() + static_cast<std::ptrdiff_t>(at), moving.begin(), moving.end());
    if (i % 16 != 0) continue;
    for (std::size_t k = 0; k < model.size(); ++k) {
      ASSERT_EQ(list.before(model[k]), k == 0 ? 0 : model[k - 1]) << i;
      if (k != 0) {
        ASSERT_LT(list.place(model[k - 1]), list.place(model[k])) << i;
      }
    }
  }
  list.release();
}

TEST(OrderedList, AgreesWithAVector) {
  for (u32 seed = 1; seed <= 20; ++seed) compare_with_a_vector(100, 2'000, false, seed);
}

TEST(OrderedList, AgreesWithAVectorWhereAllGoIntoOneGap) {
  for (u32 seed = 1; seed <= 20; ++seed) compare_with_a_vector(300, 2'000, true, seed);
}

TEST(OrderedList, HasRoomForManyAtTheBeginningAndForManyAtOnce) {
  constexpr u32 kNodes = 5000;
  OrderedList list;
  ASSERT_TRUE(list.init(kNodes));
  for (u32 node = 1; node <= kNodes; ++node) ASSERT_TRUE(list.add());
  list.clear();
  for (u32 node = 1; node <= kNodes / 2; ++node) list.put_behind(0, node, 0);
  u32 place = 1;  // the last
  list.take_out(2);
  place = list.put_behind(place, 2, 0);
  for (u32 node = kNodes / 2 + 1; node <= kNodes; ++node)  // all between 1 and 2
    place = list.put_behind(node == kNodes / 2 + 1 ? 1 : place, node, kNodes - node);
  for (u32 node = 3; node < kNodes / 2; ++node) ASSERT_GT(list.place(node), list.place(node + 1));
  ASSERT_LT(list.place(3), list.place(1));
  ASSERT_LT(list.place(1), list.place(kNodes / 2 + 1));
  for (u32 node = kNodes / 2 + 1; node < kNodes; ++node)
    ASSERT_LT(list.place(node), list.place(node + 1));
  ASSERT_LT(list.place(kNodes), list.place(2));
  list.release();
}

TEST(OrderedList, HasRoomForAllThatComeBetweenTwoThatStandCloseTogether) {
  constexpr u32 kNodes = 100;
  OrderedList list;
  ASSERT_TRUE(list.init(kNodes));
  for (u32 node = 1; node <= kNodes; ++node) ASSERT_TRUE(list.add());
  list.clear();
  list.put_behind(0, 1, 0);
  u32 next = list.put_behind(1, 2, 0);
  while (list.place(next) - list.place(1) > 16) {
    const u32 other = next == 2 ? 3 : 2;
    list.put_behind(1, other, 0);
    list.take_out(next);
    next = other;
  }
  u32 place = 1;
  for (u32 node = 4; node <= kNodes; ++node) place = list.put_behind(place, node, kNodes - node);
  ASSERT_LT(list.place(1), list.place(4));
  for (u32 node = 4; node < kNodes; ++node) ASSERT_LT(list.place(node), list.place(node + 1));
  ASSERT_LT(list.place(kNodes), list.place(next));
  list.release();
}

}  // namespace
}  // namespace gridlock::internal
