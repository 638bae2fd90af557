// SPDX-License-Identifier: Apache-2.0
//
// Many threads at one lock. Run twice: as the machine is, and with restartable sequences switched off in
// the C library (GLIBC_TUNABLES), so that unlock has to do without. A lost wake-up shows as a hang, that
// is, as the test's time limit.
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

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
    Rendezvous together{threads};
    std::deque<Thread> all;
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

TEST(Restartable, AThreadInTheMiddleOfItIsPutBackWhenEverybodyIsInterrupted) {
  if (internal::restartable_slot() == nullptr) GTEST_SKIP() << "no restartable sequences here";
  std::atomic<bool> stop{false};
  Thread interrupter{[&] {
    while (!stop.load()) internal::interrupt_restartable();
  }};
  internal::u64* const slot = internal::restartable_slot();
  std::atomic<internal::u32> word{0};
  unsigned put_back = 0;
  while (put_back == 0) {  // ends with the test's time limit otherwise
    word.store(7, std::memory_order_relaxed);
    if (internal::clear_if_still(word, 7, slot)) continue;
    ++put_back;
    EXPECT_EQ(word.load(), 7u);
  }
  stop.store(true);
}

#if defined(__x86_64__)
// clear_if_still(), but with a wait between the look and the store: `inside` says that it has begun.
bool clear_slowly(internal::u32* word, internal::u32 expected, internal::u64* slot, int* inside,
                  const int* go_on) {
  asm goto volatile(GRIDLOCK_CLEAR_IF_STILL("movl $1, (%[inside])\n"
                                            "5: cmpl $0, (%[go_on])\n"
                                            "je 5b\n")
                    :
                    : [word] "r"(word), [expected] "r"(expected), [slot] "r"(slot),
                      [inside] "r"(inside), [go_on] "r"(go_on)
                    : "rax", "memory", "cc"
                    : changed);
  return true;
changed:
  return false;
}

// What every sleeper relies on. The owner is held in the middle of its sequence, so this needs no luck.
TEST(Restartable, AMarkIsNotWipedOutOnceEverybodyWasInterrupted) {
  if (internal::restartable_slot() == nullptr) GTEST_SKIP() << "no restartable sequences here";
  for (unsigned round = 0; round < 100; ++round) {
    std::atomic<internal::u32> word{7};
    std::atomic<int> inside{0};
    std::atomic<int> go_on{0};
    bool cleared = true;
    Thread owner{[&] {
      cleared =
          clear_slowly(reinterpret_cast<internal::u32*>(&word), 7, internal::restartable_slot(),
                       reinterpret_cast<int*>(&inside), reinterpret_cast<int*>(&go_on));
    }};
    // It may have been put back by the scheduler meanwhile; then the mark was not in danger.
    while (inside.load() == 0 && owner.is_alive()) std::this_thread::yield();
    word.store(8);
    internal::interrupt_restartable();
    go_on.store(1);
    owner.join();
    EXPECT_FALSE(cleared);
    EXPECT_EQ(word.load(), 8u);
  }
}
#endif

}  // namespace
}  // namespace gridlock
