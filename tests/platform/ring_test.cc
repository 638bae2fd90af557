// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/trace/record.h"

namespace gridlock::internal {
namespace {

// A ring in memory of its own, as a thread has it.
class OwnRing {
 public:
  OwnRing() : memory_(std::aligned_alloc(Ring::kBytes, rounded())) {
    std::fill_n(static_cast<char*>(memory_), rounded(), 0);
    ring.init(memory_);
  }
  ~OwnRing() { std::free(memory_); }
  OwnRing(const OwnRing&) = delete;
  OwnRing& operator=(const OwnRing&) = delete;

  Ring ring;

 private:
  static constexpr std::size_t rounded() {
    return (Ring::kSpace + Ring::kBytes - 1) / Ring::kBytes * Ring::kBytes;
  }
  void* memory_;
};

TEST(Record, GivesBackEachOfItsParts) {
  for (const Op op : {Op::kNone, Op::kLock, Op::kCommunicate}) {
    for (const u64 granted : {u64{0}, kGrantedBit}) {
      const Record record = make_record(op, kObjectMask, 0x7fff'1234'5678, granted);
      EXPECT_EQ(op_of(record), op);
      EXPECT_EQ(object_of(record), kObjectMask);
      EXPECT_EQ(low_address_of(record), 0x1234'5678u);
      EXPECT_EQ(was_granted(record), granted != 0);
    }
  }
}

TEST(Operation, HasANameOfItsOwn) {
  EXPECT_STREQ(name_of(Op::kLock), "lock");
  EXPECT_STREQ(name_of(Op::kCommunicate), "communicate");
  EXPECT_STREQ(name_of(static_cast<Op>(kOpMask)), "none") << "of a record that is half written";
}

TEST(Operation, ThatTakesHasOneThatGives) {
  EXPECT_EQ(effect_of(Op::kLock), OpEffect::kTakes);
  EXPECT_EQ(effect_of(Op::kUnlock), OpEffect::kGives);
  EXPECT_EQ(form_of(Op::kLock), OpForm::kBlocks);
  EXPECT_EQ(form_of(Op::kTryLock), OpForm::kTries);
  EXPECT_EQ(form_of(Op::kUnlock), OpForm::kInstant);
}

TEST(Ring, ThatIsNewHasNothing) {
  const OwnRing own;
  EXPECT_EQ(own.ring.total(), 0u);
  EXPECT_EQ(own.ring.size(), 0u);
  EXPECT_TRUE(own.ring.newest_is_granted());
}

TEST(Ring, GivesBackWhatWasAddedOldestFirst) {
  OwnRing own;
  own.ring.add(Op::kLock, 1, 0, 0);
  own.ring.add(Op::kUnlock, 2, 0, kGrantedBit);
  ASSERT_EQ(own.ring.size(), 2u);
  EXPECT_EQ(op_of(own.ring.oldest(0)), Op::kLock);
  EXPECT_EQ(op_of(own.ring.oldest(1)), Op::kUnlock);
}

TEST(Ring, GrantsTheNewestRequestAndNoOther) {
  OwnRing own;
  own.ring.add(Op::kLock, 1, 0, 0);
  own.ring.add(Op::kLock, 2, 0, 0);
  EXPECT_FALSE(own.ring.newest_is_granted());
  own.ring.grant();
  EXPECT_TRUE(own.ring.newest_is_granted());
  EXPECT_FALSE(was_granted(own.ring.oldest(0)));
}

TEST(Ring, KeepsTheLastOnesInOrderWhenItGoesRound) {
  OwnRing own;
  constexpr u32 kMore = Ring::kRecords + 100;
  for (u32 i = 0; i < kMore; ++i) own.ring.add(Op::kLock, i, 0, kGrantedBit);
  EXPECT_EQ(own.ring.total(), kMore);
  ASSERT_EQ(own.ring.size(), Ring::kRecords);
  for (u32 i = 0; i < Ring::kRecords; ++i)
    ASSERT_EQ(object_of(own.ring.oldest(i)), kMore - Ring::kRecords + i);
}

TEST(Ring, GrantsTheNewestAlsoWhereItLiesAtTheEndOfTheMemory) {
  OwnRing own;
  for (u32 i = 0; i < Ring::kRecords; ++i) own.ring.add(Op::kLock, i, 0, 0);
  own.ring.grant();
  EXPECT_TRUE(was_granted(own.ring.oldest(Ring::kRecords - 1)));
  EXPECT_FALSE(was_granted(own.ring.oldest(0)));
}

TEST(Ring, ForgetsAllOfItForAnotherThread) {
  OwnRing own;
  for (u32 i = 0; i < Ring::kRecords + 3; ++i) own.ring.add(Op::kLock, i, 0, kGrantedBit);
  own.ring.clear();
  EXPECT_EQ(own.ring.size(), 0u);
  own.ring.add(Op::kSet, 9, 0, kGrantedBit);
  ASSERT_EQ(own.ring.size(), 1u);
  EXPECT_EQ(object_of(own.ring.oldest(0)), 9u);
}

}  // namespace
}  // namespace gridlock::internal
