// SPDX-License-Identifier: Apache-2.0
//
// The same with Gridlock's own primitives.
#include <gridlock/gridlock.h>
#include <gridlock/gtest.h>

#include <mutex>

namespace {

void lock_both(bool opposite) {
  gridlock::Lock alice("alice");
  gridlock::Lock bob("bob");
  gridlock::Event paid;
  gridlock::Thread rent("rent", [&] {
    const std::scoped_lock first(alice);
    const std::scoped_lock second(bob);
  });
  rent.join();
  static_cast<void>(paid);
  gridlock::Thread gift("gift", [&] {
    const std::scoped_lock first(opposite ? bob : alice);
    const std::scoped_lock second(opposite ? alice : bob);
  });
  gift.join();
}

void hang() {
  gridlock::Lock accounts("accounts");
  accounts.lock();
  accounts.lock();
}

TEST(Own, Hangs) { hang(); }
TEST(Own, AHangIsFound) { EXPECT_DEADLOCK(hang()); }
TEST(Own, IsRight) { EXPECT_NO_FINDINGS(lock_both(false)); }
TEST(Own, Misuses) {
  gridlock::Lock accounts("accounts");
  accounts.unlock();
}
TEST(Own, ARaceIsFound) {
  EXPECT_DATA_RACE(int shared = 0; gridlock::Thread other("other", [&] { ++shared; }); ++shared;
                   other.join());
}
TEST(Own, ARaceIsNotThere) {
  EXPECT_DATA_RACE(int shared = 0; gridlock::Thread other("other", [&] { ++shared; }); other.join();
                   ++shared);
}

}  // namespace
