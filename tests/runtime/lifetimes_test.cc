// SPDX-License-Identifier: Apache-2.0
//
// What is said of an object that is used after its destructor, without ThreadSanitizer's help. With it:
// tests/gate/observer_program_lifetimes.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/runtime/child.h"
#include "tests/support/effort.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Every operation of the table is reported once, with the object's name and type. Returns how many there
// are.
int each_is_reported(const std::string& what, const std::string& name) {
  for (int number = 0;; ++number) {
    const std::string which = what + " " + std::to_string(number);
    const Probe run = probe(which);
    if (run.output == "no more\n") return number;
    EXPECT_EQ(run.exit_code, 0) << which << run.output;
    EXPECT_THAT(run.kinds(), ElementsAre("misuse-use-after-destroy")) << which << run.output;
    if (run.wire.findings.empty()) continue;
    const Object& object = run.wire.findings[0].objects[0];
    EXPECT_EQ(object.type + "\n", run.output) << which;
    EXPECT_EQ(object.name, name) << which;
  }
}

TEST(Lifetimes, AnOperationOnAnObjectThatWasDestroyedIsReportedAlsoIfItDoesNotBlock) {
  EXPECT_EQ(each_is_reported("after-destroy", "gone"), 23);
  EXPECT_EQ(each_is_reported("queue-after-destroy", "gone"), 6);
}

TEST(Lifetimes, ADestructorThatRunsTwiceIsReported) {
  EXPECT_EQ(each_is_reported("destroyed-twice", "gone"), 23);
}

TEST(Lifetimes, AnObjectWithoutASecondWordTellsWhereItsMemoryStays) {
  for (const std::string what : {"in-place-after-destroy", "in-place-destroyed-twice"}) {
    for (int number = 0; number < 3; ++number) {
      const Probe run = probe(what + " " + std::to_string(number));
      EXPECT_THAT(run.kinds(), ElementsAre("misuse-use-after-destroy")) << what << number;
    }
  }
}

TEST(Lifetimes, TheMarkOfTheDestructorOutlivesTheMemoryBeingFreed) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer has a finding of its own for it";
  EXPECT_EQ(each_is_reported("after-free", "gone"), 23);
  EXPECT_EQ(each_is_reported("queue-after-free", "gone"), 6);
}

TEST(Lifetimes, WhoeverWasWokenMayDestroyTheObjectWhileTheWakerIsOnItsWayOut) {
  for (int number = 0; number < 4; ++number) {
    const Probe run = probe("destroyed-by-the-woken " + std::to_string(number));
    EXPECT_EQ(run.signal, 0) << number;
    EXPECT_EQ(run.output, "done\n") << number;
    EXPECT_THAT(run.kinds(), IsEmpty()) << number;
  }
}

TEST(Lifetimes, ANewObjectInOldMemoryIsNoUseOfTheOldOne) {
  const Probe run = probe("new-in-old-memory");
  EXPECT_EQ(run.output, "done\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Lifetimes, StaticObjectsMayBeUsedUntilTheProcessEnds) {
  const Probe run = probe("static-after-end");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.output, "done\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

}  // namespace
}  // namespace gridlock::test
