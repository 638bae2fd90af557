// SPDX-License-Identifier: Apache-2.0
#include "reports/way.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace gridlock::internal::reports {
namespace {

const Names& names() {
  static const Names all = [] {
    std::vector<ThreadInfo> threads(1);
    threads[0].id = "T1";
    threads[0].name = "payer";
    std::vector<Object> objects(1);
    objects[0].id = "M1";
    objects[0].type = "Lock";
    objects[0].name = "accounts";
    return Names(threads, objects);
  }();
  return all;
}

ChosenStep step(std::string operation, std::string object, std::optional<StepValue> before = {},
                std::optional<StepValue> after = {}) {
  ChosenStep one;
  one.operation = std::move(operation);
  one.thread = "T1";
  one.object = std::move(object);
  one.size = before || after ? 4 : 0;
  one.before = before;
  one.after = after;
  return one;
}

TEST(Values, AreNumbersWithTheirSignsAndHexWhereEightBytesAreNoSmallNumber) {
  EXPECT_EQ(value_text({-128, false}, 1), "-128");
  EXPECT_EQ(value_text({-2147483648, false}, 4), "-2147483648");
  EXPECT_EQ(value_text({2147483647, false}, 8), "2147483647");
  EXPECT_EQ(value_text({-2147483648, false}, 8), "-2147483648");
  EXPECT_EQ(value_text({2147483648, false}, 8), "0x80000000");
  EXPECT_EQ(value_text({0x3ff0000000000000, false}, 8), "0x3ff0000000000000");
  EXPECT_EQ(value_text({std::numeric_limits<std::int64_t>::min(), false}, 8), "0x8000000000000000");
}

TEST(Values, ThatAreAddressesAreNotShown) {
  EXPECT_EQ(value_text({140737345855488, true}, 8), "an address");
}

TEST(StepWords, SayWhatWasReadAndWritten) {
  EXPECT_EQ(step_text(step("read", "V1", StepValue{7}), names()), "reads V1: 7");
  EXPECT_EQ(step_text(step("write", "V1", StepValue{7}, StepValue{8}), names()),
            "writes V1: 8, where 7 was");
  EXPECT_EQ(step_text(step("write", "V1", StepValue{7}, StepValue{7}), names()), "writes V1: 7");
  EXPECT_EQ(step_text(step("load", "A1", StepValue{0}), names()), "loads A1: 0");
  EXPECT_EQ(step_text(step("store", "A1", StepValue{0}, StepValue{1}), names()),
            "stores A1: 1, where 0 was");
  EXPECT_EQ(step_text(step("update", "A1", StepValue{1}, StepValue{2}), names()),
            "changes A1 from 1 to 2");
  EXPECT_EQ(step_text(step("update", "A1", StepValue{1}, StepValue{1}), names()),
            "looks at A1 and leaves it: 1");
}

TEST(StepWords, SayNothingOfValuesThatAreNotKnown) {
  EXPECT_EQ(step_text(step("read", "V1"), names()), "reads V1");
  EXPECT_EQ(step_text(step("write", "V1", StepValue{7}), names()), "writes V1, where 7 was");
  EXPECT_EQ(step_text(step("update", "A1"), names()), "changes A1");
}

TEST(StepWords, SayWhetherALockWasTakenAndHowAWaitEnded) {
  ChosenStep lock = step("lock", "M1");
  EXPECT_EQ(step_text(lock, names()), "takes accounts (M1)");
  lock.waits = true;
  EXPECT_EQ(step_text(lock, names()), "has to wait for accounts (M1)");
  lock.waits = lock.granted = false;
  lock.goes_on = true;
  EXPECT_EQ(step_text(lock, names()), "does not get accounts (M1): out of time");
  ChosenStep attempt = step("try_lock", "M1");
  attempt.granted = false;
  EXPECT_EQ(step_text(attempt, names()), "tries in vain to take accounts (M1)");
  ChosenStep wait = step("wait", "C2");
  wait.waits = true;
  EXPECT_EQ(step_text(wait, names()), "waits for C2");
  wait.waits = false;
  wait.goes_on = true;
  EXPECT_EQ(step_text(wait, names()), "goes on, woken at C2");
  wait.granted = false;
  EXPECT_EQ(step_text(wait, names()), "goes on, out of time, at C2");
  EXPECT_EQ(step_text(step("acquire", "S1", StepValue{2}, StepValue{1}), names()),
            "takes a permit of S1, 2 before and 1 behind");
}

TEST(StepWords, OfAnOperationThatIsNotKnownArePrintable) {
  EXPECT_EQ(step_text(step("jumps\n\x1b[31m", "M1"), names()), "jumps \\x1b[31m accounts (M1)");
}

// Two threads: T1 with eight steps, T2 with one between them.
std::vector<ChosenStep> two_runs() {
  std::vector<ChosenStep> way(9, step("read", "V1"));
  for (std::size_t i = 0; i < way.size(); ++i) way[i].number = i + 1;
  way[4].thread = "T2";
  return way;
}

TEST(ShownSteps, AreThoseAtTheSwitchesWhereThereIsNoRoomForAll) {
  using Indices = std::vector<std::size_t>;
  EXPECT_EQ(shown_steps(two_runs(), 9), (Indices{0, 1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(shown_steps(two_runs(), 5), (Indices{0, 3, 4, 5, 8}));
  EXPECT_EQ(shown_steps(two_runs(), 2), (Indices{5, 8}));
  EXPECT_EQ(shown_steps({}, 5), Indices{});
}

TEST(WayStory, SaysWhoHoldsAndWaitsBehindEachStep) {
  ChosenExecution execution;
  execution.way = {step("lock", "M1"), step("lock", "M2"), step("unlock", "M1")};
  execution.way[0].held = {"M1"};
  execution.way[1].thread = "T2";
  execution.way[1].waits = true;
  const Story story = way_story(execution, names(), 16);
  ASSERT_EQ(story.episodes.size(), 3U);
  EXPECT_EQ(story.episodes[2].state, "payer (T1) holds accounts (M1)");
  EXPECT_EQ(story.episodes[1].state, "payer (T1) holds accounts (M1); T2 waits for M2");
  EXPECT_EQ(story.episodes[0].state, "T2 waits for M2");
  EXPECT_EQ(way_story(execution, names(), 1).left_out, 2U);
}

}  // namespace
}  // namespace gridlock::internal::reports
