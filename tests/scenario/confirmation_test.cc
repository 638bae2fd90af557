// SPDX-License-Identifier: Apache-2.0
//
// From a possible deadlock to the plan of a fresh run, and from the hang of one back to it.
#include "harness/scenario/confirmation.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

namespace gridlock::internal {
namespace {

Frame at(std::uint64_t offset, std::string function = "pay()") {
  Frame frame;
  frame.function = std::move(function);
  frame.file = "/src/bank.cc";
  frame.line = static_cast<int>(offset);
  frame.module = "/bin/bank";
  frame.offset = offset;
  return frame;
}

Frame of_gridlock(std::uint64_t offset) {
  Frame frame = at(offset, "lock_in_full");
  frame.module = "/usr/lib/libgridlock_watch.so.0.1.0";
  return frame;
}

// T1: M1 at 10, asks for M2 at 11; T2: M2 at 20, asks for M1 at 21.
Finding possible() {
  Finding finding;
  finding.kind = FindingKind::kLockOrderCycle;
  finding.cycle = {"M1", "M2"};
  finding.edges = {
      {.from = "M1",
       .to = "M2",
       .thread = "T1",
       .held_stack = {at(10), at(100)},
       .wanted_stack = {of_gridlock(1), of_gridlock(2), at(11), at(100), at(200)}},
      {.from = "M2", .to = "M1", .thread = "T2", .held_stack = {at(20)}, .wanted_stack = {at(21)}}};
  finding.objects.resize(2);
  finding.objects[0].id = "M1";
  finding.objects[0].name = "accounts";
  finding.objects[1].id = "M2";
  return finding;
}

ThreadInfo waiting(std::string id, std::string held, Stack held_at, std::string wanted,
                   Stack wanted_at) {
  ThreadInfo thread;
  thread.id = std::move(id);
  thread.state = "blocked";
  thread.held = {{.object = std::move(held), .mode = "exclusive", .stack = std::move(held_at)}};
  thread.wants =
      WantedObject{.object = std::move(wanted), .operation = "lock", .stack = std::move(wanted_at)};
  return thread;
}

// The ids of another run, and the whole stacks of its waits.
Finding hang() {
  Finding finding;
  finding.kind = FindingKind::kDeadlock;
  finding.cycle = {"M7", "M9"};
  finding.threads = {
      waiting("T5", "M9", {at(20)}, "M7", {of_gridlock(1), at(21), at(101), at(200)}),
      waiting("T4", "M7", {at(10), at(100)}, "M9", {of_gridlock(1), at(11), at(100), at(200)})};
  return finding;
}

TEST(TheHang, IsThePossibleOneWithIdsOfItsOwn) { EXPECT_TRUE(is_the_hang(possible(), hang())); }

TEST(TheHang, IsAnotherOneWhereAThreadWaitsElsewhere) {
  Finding other = hang();
  other.threads[0].wants->stack = {at(22)};
  EXPECT_FALSE(is_the_hang(possible(), other));
}

TEST(TheHang, IsAnotherOneWhereAThreadGotItsLockElsewhere) {
  Finding other = hang();
  other.threads[1].held[0].stack = {at(12)};
  EXPECT_FALSE(is_the_hang(possible(), other));
}

Stack whole(std::uint64_t offset, std::uint64_t caller) {
  Stack stack = {at(offset), at(caller)};
  for (std::uint64_t outer = 1000; outer < 1010; ++outer) stack.push_back(at(outer));
  return stack;
}

TEST(TheHang, IsAnotherOneWhereTheyComeFromOtherCallers) {
  Finding known = possible();
  known.edges[0].wanted_stack = whole(11, 100);
  Finding other = hang();
  other.threads[1].wants->stack = whole(11, 100);
  EXPECT_TRUE(is_the_hang(known, other));
  other.threads[1].wants->stack = whole(11, 300);
  EXPECT_FALSE(is_the_hang(known, other));
}

TEST(TheHang, IsTheSameWhereFewFramesAreKnownAndThoseBehindTheUsersAreNot) {
  Finding other = hang();
  other.threads[1].held[0].stack = {at(10), at(300)};
  other.threads[1].wants->stack = {at(11), at(300)};
  EXPECT_TRUE(is_the_hang(possible(), other));
}

TEST(TheHang, IsAnotherOneWhereOnlyAWrapperIsTheSame) {
  const auto in_wrapper = [](std::uint64_t caller) {
    return Stack{at(50, "std::mutex::lock()"), at(caller)};
  };
  Finding known = possible();
  Finding other = hang();
  known.edges[0].held_stack = in_wrapper(10);
  other.threads[1].held[0].stack = in_wrapper(10);
  EXPECT_TRUE(is_the_hang(known, other));
  other.threads[1].held[0].stack = in_wrapper(12);
  EXPECT_FALSE(is_the_hang(known, other));
}

TEST(TheHang, IsNoneOfLocksThatDoNotCloseACycle) {
  Finding other = hang();
  other.threads[1].wants->object = "M8";
  EXPECT_FALSE(is_the_hang(possible(), other));
}

TEST(TheHang, NeedsAnotherThreadForEachEdge) {
  Finding other = hang();
  other.threads.pop_back();
  EXPECT_FALSE(is_the_hang(possible(), other));
}

TEST(TheHang, IsNoPrediction) {
  Finding other = hang();
  other.kind = FindingKind::kLockOrderCycle;
  EXPECT_FALSE(is_the_hang(possible(), other));
}

TEST(TheHang, IsNoWaitThatGivesUp) {
  Finding other = hang();
  other.threads[0].wants->timed = true;
  EXPECT_FALSE(is_the_hang(possible(), other));
}

TEST(CodePlaces, BeginAtTheProgramsOwnCallAndCountInlinedFramesOnce) {
  EXPECT_EQ(code_places({of_gridlock(1), at(5, "gridlock::Lock::lock()"), at(11), at(11), at(100)}),
            (std::vector<CodePlace>{{"/bin/bank", 11}, {"/bin/bank", 100}}));
}

// As in an optimised build with -g1, where what was inlined has no namespace.
TEST(CodePlaces, BeginBehindWhatWasInlinedInsideOfGridlock) {
  const auto frame = [](std::uint64_t offset, const char* function, const char* file,
                        bool inlined) {
    Frame one = at(offset, function);
    one.file = file;
    one.inlined = inlined;
    return one;
  };
  const Stack stack = {
      frame(3, "check_order", "/src/gridlock/harness/runtime/orders/order.h", true),
      frame(3, "gridlock::(anonymous namespace)::acquire_lock(int)",
            "/src/gridlock/harness/primitives/lock.cc", false),
      frame(11, "lock_guard", "/usr/include/c++/12/bits/std_mutex.h", true),
      frame(11, "operator()", "/home/me/bank.cc", true),
      frame(11, "gridlock::internal::ThreadCall<>::run()", "/usr/include/gridlock/thread.h", false),
      frame(20, "gridlock::internal::run(void*)", "/src/gridlock/harness/composed/thread.cc",
            false)};
  EXPECT_EQ(code_places(stack), (std::vector<CodePlace>{{"/bin/bank", 11}, {"/bin/bank", 20}}));
}

TEST(CodePlaces, AreCertainUpToTheInnermostOfTheUsersAndAllIfNoneHasAName) {
  Stack stack = {at(50, "std::mutex::lock()"), at(11), at(100)};
  EXPECT_EQ(certain_places(stack), 2U);
  for (Frame& frame : stack) {
    frame.function.clear();
    frame.file.clear();
  }
  EXPECT_EQ(certain_places(stack), 3U);
}

TEST(WhatCannotBeSteered, SaysWhy) {
  EXPECT_EQ(why_not_steerable(possible()), "");
  Finding finding = possible();
  finding.processes.resize(2);
  EXPECT_NE(why_not_steerable(finding).find("several processes"), std::string::npos);
  finding = possible();
  finding.edges.pop_back();
  EXPECT_NE(why_not_steerable(finding), "");
  finding = possible();
  finding.edges[0].wanted_stack = {of_gridlock(1)};
  EXPECT_NE(why_not_steerable(finding).find("places"), std::string::npos);
}

TEST(Plan, IsAFileThatIsGoneWithItsOwner) {
  const std::string path = ::testing::TempDir() + "/plan." + std::to_string(getpid());
  {
    const PlanFile plan(path, possible(), {});
    EXPECT_TRUE(std::filesystem::exists(path));
    EXPECT_EQ(plan.counts().edges.size(), 2U);
    EXPECT_EQ(plan.counts().edges[0].came, 0U);
    EXPECT_THROW(PlanFile(path, possible(), {}), std::system_error);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

std::string all(const Confirmation& confirmation) {
  std::string text;
  for (const std::string& line : confirmation.tried) text += line + "\n";
  return text;
}

Attempts attempts(std::uint64_t first, std::uint64_t second, std::uint64_t met) {
  Attempts attempts;
  attempts.runs = 2;
  attempts.counts.edges = {{.came = first}, {.came = second, .came_without = 4}};
  attempts.counts.met = met;
  return attempts;
}

TEST(WhatWasTried, SaysWhichPlaceWasNotReached) {
  const std::string text = all(not_confirmed(possible(), attempts(3, 0, 0)));
  EXPECT_NE(text.find("tried 2 fresh runs"), std::string::npos) << text;
  EXPECT_NE(text.find("T1's request of M2 (bank.cc:11) with accounts held was reached 3 times"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("with M2 held was never reached (4 times without it)"), std::string::npos)
      << text;
  EXPECT_EQ(text.find("one moment"), std::string::npos) << text;
}

TEST(WhatWasTried, SaysThatTheyNeverMet) {
  const std::string text = all(not_confirmed(possible(), attempts(3, 1, 0)));
  EXPECT_NE(text.find("never there at one moment"), std::string::npos) << text;
}

TEST(WhatWasTried, SaysThatTheyMetAndWentOn) {
  const std::string text = all(not_confirmed(possible(), attempts(3, 1, 1)));
  EXPECT_NE(text.find("all were there at one moment once, and went on"), std::string::npos) << text;
}

TEST(Confirmed, HasTheHang) {
  const Confirmation confirmation = confirmed(3, hang());
  EXPECT_EQ(confirmation.verdict, "confirmed");
  EXPECT_EQ(confirmation.runs, 3U);
  EXPECT_EQ(confirmation.threads.size(), 2U);
  EXPECT_EQ(confirmation.cycle, hang().cycle);
}

}  // namespace
}  // namespace gridlock::internal
