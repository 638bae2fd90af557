// SPDX-License-Identifier: Apache-2.0
//
// Many threads at one lock. Run twice: as the machine is, and with restartable sequences switched off in
// the C library (GLIBC_TUNABLES), so that unlock has to do without. A lost wake-up shows as a hang, that
// is, as the test's time limit.
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>

#include "harness/platform/restartable.h"

namespace gridlock {
namespace {

using namespace std::chrono_literals;

template <typename Mutex>
class ContendedLock : public testing::Test {
 protected:
  // Each of the threads does something `rounds` times; what it is has a few instructions.
  template <typename Round>
  void in_threads(unsigned threads, unsigned rounds, Round round) {
    std::deque<Thread> all;
    Rendezvous together{threads};
    for (unsigned i = 0; i < threads; ++i) {
      all.emplace_back([&, i] {
        together.meet();
        for (unsigned j = 0; j < rounds; ++j) round(i * rounds + j);
      });
    }
  }
  Mutex lock_;
  unsigned long counter_ = 0;
};
using Both = testing::Types<Lock, RLock>;
TYPED_TEST_SUITE(ContendedLock, Both);

TYPED_TEST(ContendedLock, LosesNoUpdateAndNoWakeUp) {
  this->in_threads(2, 50000, [&](unsigned) {
    const std::lock_guard hold{this->lock_};
    ++this->counter_;
  });
  this->in_threads(5, 10000, [&](unsigned) {
    const std::lock_guard hold{this->lock_};
    ++this->counter_;
  });
  EXPECT_EQ(this->counter_, 150000u);
}

// A sleeper that gives up may be the one that set the bit by which the others are woken.
TYPED_TEST(ContendedLock, LosesNoWakeUpWhenOthersGiveUpWaiting) {
  this->in_threads(4, 5000, [&](unsigned round) {
    if (round % 2 == 0) {
      const std::lock_guard hold{this->lock_};
      ++this->counter_;
    } else if (this->lock_.try_lock_for(1us)) {
      this->lock_.unlock();
    }
  });
  EXPECT_EQ(this->counter_, 10000u);
}

// The memory of a lock may go as soon as another thread has had it (std::mutex promises as much).
TYPED_TEST(ContendedLock, MayBeDestroyedByWhoeverComesAfter) {
  for (unsigned round = 0; round < 2000; ++round) {
    auto lock = std::make_unique<TypeParam>();
    Rendezvous together{2};
    Thread other{[&] {
      lock->lock();
      together.meet();
      lock->unlock();
    }};
    together.meet();
    lock->lock();
    lock->unlock();
    lock.reset();
  }
}

TEST(Restartable, AWordIsClearedOnlyAsItWasLeft) {
  internal::u64* const slot = internal::restartable_slot();
  if (slot == nullptr) GTEST_SKIP() << "no restartable sequences here";
  std::atomic<internal::u32> word{7};
  EXPECT_FALSE(internal::clear_if_still(word, 6, slot));
  EXPECT_EQ(word.load(), 7u);
  while (!internal::clear_if_still(word, 7, slot)) EXPECT_EQ(word.load(), 7u);  // interrupted
  EXPECT_EQ(word.load(), 0u);
}

}  // namespace
}  // namespace gridlock
