// SPDX-License-Identifier: Apache-2.0
//
// What a thread holds when it holds very many locks and gives them back in any order.
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "harness/runtime/orders/hooks.h"

namespace gridlock::internal {
namespace {

// Beside the thread's own list, in the order of acquiring.
class Locks {
 public:
  explicit Locks(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) locks_.push_back(std::make_unique<Lock>());
  }
  ~Locks() {
    while (!held_.empty()) give_back(held_.size() - 1);
  }
  Locks(const Locks&) = delete;
  Locks& operator=(const Locks&) = delete;

  std::size_t held() const { return held_.size(); }
  void take() {
    locks_[next_]->lock();
    held_.push_back({locks_[next_].get(), this_thread()->next_held[-1].object});
    ++next_;
  }
  void give_back(std::size_t which) {
    const auto gone = held_.begin() + static_cast<std::ptrdiff_t>(which);
    const ObjectId object = gone->object;
    const Held* const found = find_held(this_thread(), object);
    ASSERT_NE(found, nullptr);
    ASSERT_EQ(found->object, object);
    gone->lock->unlock();
    held_.erase(gone);
    ASSERT_EQ(find_held(this_thread(), object), nullptr);
  }
  /// After a request all that is held lies side by side and is signed as if nothing else had ever been held.
  void compare() const {
    const ThreadState* const state = this_thread();
    ASSERT_EQ(held_count(state), held_.size());
    u64 hash = state->held[-1].held_hash;
    for (std::size_t i = 0; i < held_.size(); ++i) {
      hash = hash_with(hash, held_[i].object);
      ASSERT_EQ(state->held[i].object, held_[i].object) << i;
      ASSERT_EQ(state->held[i].held_hash, hash) << i;
    }
  }

 private:
  struct Taken {
    Lock* lock;
    ObjectId object;
  };
  std::vector<std::unique_ptr<Lock>> locks_;
  std::vector<Taken> held_;
  std::size_t next_ = 0;
};

TEST(Held, VeryManyAreGivenBackInAnyOrderWhileOthersAreTaken) {
  std::mt19937 random(1);
  Locks locks(2'000);
  for (int i = 0; i < 1'000; ++i) locks.take();
  for (int i = 0; locks.held() != 0; ++i) {
    ASSERT_NO_FATAL_FAILURE(locks.give_back(random() % locks.held()));
    if (i % 97 != 0) continue;
    locks.take();
    ASSERT_NO_FATAL_FAILURE(locks.compare());
  }
  EXPECT_EQ(held_count(this_thread()), 0u);
}

TEST(Held, AfterVeryManyAThreadIsAsFastAsBefore) {
  std::mt19937 random(2);
  Locks locks(501);
  for (int i = 0; i < 500; ++i) locks.take();
  while (locks.held() > 1) ASSERT_NO_FATAL_FAILURE(locks.give_back(random() % locks.held()));
  locks.take();
  ASSERT_NO_FATAL_FAILURE(locks.compare());
  const ThreadState* const state = this_thread();
  EXPECT_EQ(state->holes, 0u);
  EXPECT_EQ(state->moved_up, 0u);
}

TEST(Held, TheOldestAndTheNewestMayGoBetweenThoseInTheMiddle) {
  Locks locks(1'000);
  for (int i = 0; i < 600; ++i) locks.take();
  for (int i = 0; locks.held() > 100; ++i) {
    const std::size_t which[] = {0, locks.held() / 2, locks.held() - 1, 70};
    ASSERT_NO_FATAL_FAILURE(locks.give_back(which[i % 4]));
  }
  locks.take();
  ASSERT_NO_FATAL_FAILURE(locks.compare());
}

}  // namespace
}  // namespace gridlock::internal
