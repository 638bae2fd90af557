// SPDX-License-Identifier: Apache-2.0
//
// Gridlock's own primitives under schedules that are chosen.
#include <gridlock/gridlock.h>

#include "tests/explore/expect.h"

namespace gridlock {
namespace {

void lock_both(Lock& first, Lock& second) {
  const Guard outer(first);
  const Guard inner(second);
}

TEST(OwnPrimitives, TwoLocksInOppositeOrdersAreADeadlockThatIsFoundAndReplayed) {
  const ExploreResult found = expect_found("deadlock", [] {
    Lock first;
    Lock second;
    Thread other([&] { lock_both(second, first); });
    lock_both(first, second);
    other.join();
  });
  ASSERT_FALSE(found.findings.empty());
  EXPECT_EQ(found.findings.back().kind, "deadlock");
}

TEST(OwnPrimitives, TwoLocksInOneOrderAreClean) {
  expect_clean([] {
    Lock first;
    Lock second;
    Thread other([&] { lock_both(first, second); });
    lock_both(first, second);
    other.join();
  });
}

}  // namespace
}  // namespace gridlock
