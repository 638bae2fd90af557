// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/fingerprint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace gridlock::internal {
namespace {

Frame frame(const std::string& function, int line) {
  Frame result;
  result.function = function;
  result.file = "/home/user/bank.cc";
  result.line = line;
  result.module = "/home/user/build/bank";
  result.offset = static_cast<std::uint64_t>(line) * 16;
  return result;
}

Finding cycle(int shift, const std::string& second_function = "refund()") {
  Finding finding;
  finding.kind = FindingKind::kLockOrderCycle;
  finding.cycle = {"M1", "M2"};
  finding.objects = {{"M1", "Lock", "accounts", {}}, {"M2", "Lock", "audit", {}}};
  finding.edges = {
      {"M1", "M2", "T1", {frame("pay()", 10 + shift)}, {frame("pay()", 11 + shift)}},
      {"M2",
       "M1",
       "T2",
       {frame(second_function, 20 + shift)},
       {frame(second_function, 21 + shift)}},
  };
  return finding;
}

Finding race(std::uint64_t address) {
  Finding finding;
  finding.kind = FindingKind::kDataRace;
  finding.accesses = {{"T1", true, false, 4, address, {frame("add()", 5)}, {}},
                      {"T2", false, false, 4, address, {frame("show()", 9)}, {}}};
  finding.locations = {{"global", "counter", address, 4, {}}};
  return finding;
}

TEST(Fingerprint, IsSixteenHexDigits) {
  const std::string print = fingerprint(cycle(0));
  EXPECT_EQ(print.size(), 16U);
  EXPECT_EQ(print.find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(Fingerprint, StaysWhenTheCodeMovesToOtherLines) {
  EXPECT_EQ(fingerprint(cycle(0)), fingerprint(cycle(100)));
}

TEST(Fingerprint, DiffersInAnotherFunction) {
  EXPECT_NE(fingerprint(cycle(0)), fingerprint(cycle(0, "cancel()")));
}

TEST(Fingerprint, DiffersForAnotherKindOrAnotherObject) {
  Finding other_kind = cycle(0);
  other_kind.kind = FindingKind::kDeadlock;
  EXPECT_NE(fingerprint(cycle(0)), fingerprint(other_kind));
  Finding other_object = cycle(0);
  other_object.objects[1].name = "log";
  EXPECT_NE(fingerprint(cycle(0)), fingerprint(other_object));
}

Finding over_processes() {
  Finding finding;
  finding.kind = FindingKind::kDeadlock;
  finding.processes.resize(2);
  finding.threads.resize(2);
  for (std::size_t i = 0; i < 2; ++i) {
    ProcessInfo& process = finding.processes[i];
    process.id = "P" + std::to_string(i + 1);
    process.pid = 7 + i;
    process.name = i == 0 ? "shop" : "consumer";
    finding.threads[i].id = process.id + ".T1";
    finding.threads[i].process = process.id;
    finding.threads[i].wants =
        WantedObject{i == 0 ? "L1" : "L2", "lock", false, {frame("work()", 5)}};
  }
  finding.objects = {{"L1", "IpcLock", "stock", {}}, {"L2", "IpcLock", "till", {}}};
  return finding;
}

TEST(Fingerprint, OfSeveralProcessesHasTheirNamesAndNeitherPidsNorNumbers) {
  const std::string print = fingerprint(over_processes());
  Finding later = over_processes();
  later.processes[0].pid = 70;
  later.processes[1].pid = 80;
  later.processes[1].id = "P5";
  later.threads[1].process = "P5";
  later.threads[1].id = "P5.T1";
  EXPECT_EQ(fingerprint(later), print);
  Finding renamed = over_processes();
  renamed.processes[1].name = "producer";
  EXPECT_NE(fingerprint(renamed), print);
  Finding crossed = over_processes();  // the same parts, but each in the other's process
  std::swap(crossed.threads[0].process, crossed.threads[1].process);
  EXPECT_NE(fingerprint(crossed), print);
}

TEST(Fingerprint, DoesNotDependOnIdsOrOrder) {
  Finding swapped = cycle(0);
  for (LockOrderEdge& edge : swapped.edges) {
    std::swap(edge.from, edge.to);  // M1 is now called M2 and the other way round
    edge.thread = edge.thread == "T1" ? "T9" : "T4";
  }
  std::swap(swapped.objects[0].id, swapped.objects[1].id);
  std::swap(swapped.edges[0], swapped.edges[1]);
  std::reverse(swapped.objects.begin(), swapped.objects.end());
  EXPECT_EQ(fingerprint(cycle(0)), fingerprint(swapped)) << "only the ids and the order changed";
  Finding really_swapped = cycle(0);
  for (LockOrderEdge& edge : really_swapped.edges) std::swap(edge.from, edge.to);
  EXPECT_NE(fingerprint(cycle(0)), fingerprint(really_swapped));
}

TEST(Fingerprint, OfARaceDoesNotDependOnTheAddressButOnTheVariable) {
  EXPECT_EQ(fingerprint(race(0x1000)), fingerprint(race(0x2000)));
  Finding other = race(0x1000);
  other.locations[0].name = "total";
  EXPECT_NE(fingerprint(race(0x1000)), fingerprint(other));
  Finding elsewhere = race(0x1000);
  elsewhere.accesses[1].stack = {frame("print()", 9)};
  EXPECT_NE(fingerprint(race(0x1000)), fingerprint(elsewhere));
}

TEST(Fingerprint, OfARaceDoesNotDependOnWhichSideWasSeenReadingOrSeenFirst) {
  Finding both_write = race(1);
  both_write.accesses[1].write = true;
  std::swap(both_write.accesses[0], both_write.accesses[1]);
  EXPECT_EQ(fingerprint(race(1)), fingerprint(both_write));
}

TEST(Fingerprint, OfARaceDoesNotDependOnWhatTheThreadsHeldOrDidBesides) {
  Finding under_a_lock = race(1);
  under_a_lock.objects = {{"M1", "Lock", "accounts", {}}};
  under_a_lock.accesses[0].held = {"M1"};
  under_a_lock.accesses[0].stack.push_back(frame("another_caller()", 77));
  EXPECT_EQ(fingerprint(race(1)), fingerprint(under_a_lock));
}

// A thread that does what `function` does, and did something to "cache" before.
ThreadInfo waiter(const std::string& id, const std::string& object, const std::string& function) {
  ThreadInfo thread;
  thread.id = id;
  thread.wants = WantedObject{object, "get", false, {frame(function, 11)}};
  thread.recent = {{"lock", "M7", true, {frame("noise()", 3)}}};
  return thread;
}

TEST(Fingerprint, KnowsNoBystanders) {
  Finding crowded = cycle(0);
  crowded.threads = {waiter("T1", "M2", "pay()"), waiter("T8", "M7", "noise()")};
  crowded.threads[0].held = {{"M1", "exclusive", 1, {frame("pay()", 10)}},
                             {"M8", "exclusive", 1, {frame("main()", 1)}}};
  crowded.objects.push_back({"M7", "Lock", "cache 7", {}});
  crowded.objects.push_back({"M8", "Lock", "of somebody else", {}});
  crowded.objects.push_back({"T1", "Thread", "payer", {}});
  EXPECT_EQ(fingerprint(cycle(0)), fingerprint(crowded));
  crowded.kind = FindingKind::kDeadlock;
  Finding deadlock = cycle(0);
  deadlock.kind = FindingKind::kDeadlock;
  EXPECT_EQ(fingerprint(deadlock), fingerprint(crowded));
}

Finding starving(std::vector<ThreadInfo> threads) {
  Finding finding;
  finding.kind = FindingKind::kStarvation;
  finding.threads = std::move(threads);
  finding.objects = {
      {"Q1", "Queue", "orders", {}}, {"Q2", "Queue", "bills", {}}, {"M1", "Lock", "till", {}}};
  return finding;
}

TEST(Fingerprint, OfAStarvationIsThatOfTheWaitThatNobodyEnds) {
  const std::string one = fingerprint(starving({waiter("T2", "Q1", "cook()")}));
  EXPECT_EQ(one,
            fingerprint(starving({waiter("T3", "Q1", "cook()"), waiter("T2", "Q1", "cook()")})))
      << "another waiter of the same queue";
  ThreadInfo join = waiter("T1", "T2", "main()");
  EXPECT_EQ(one, fingerprint(starving({join, waiter("T2", "Q1", "cook()")}))) << "who joins it";
  ThreadInfo holder = waiter("T2", "Q1", "cook()");
  holder.held = {{"M1", "exclusive", 1, {frame("cook()", 4)}}};
  EXPECT_EQ(one, fingerprint(starving({holder, waiter("T3", "M1", "guest()")})))
      << "who wants a lock that it keeps";
  EXPECT_NE(one, fingerprint(starving({waiter("T2", "Q2", "cook()")})));
  EXPECT_NE(one, fingerprint(starving({waiter("T2", "Q1", "guest()")})));
}

TEST(Fingerprint, CountsNoNumbersOfNamesThatWerePutTogether) {
  const auto with = [](const std::string& name, bool composed) {
    Finding finding = cycle(0);
    finding.objects[0].name = name;
    finding.objects[0].composed = composed;
    return fingerprint(finding);
  };
  EXPECT_EQ(with("account 7", true), with("account 1234", true));
  EXPECT_NE(with("account 7", true), with("counter 7", true));
  EXPECT_NE(with("m1", false), with("m2", false)) << "a literal: another lock of the program";
}

TEST(Fingerprint, OfAMisuseIsThatOfTheCallThatWasWrong) {
  Finding misuse;
  misuse.kind = FindingKind::kMisuseUnlockFree;
  misuse.objects = {{"M1", "Lock", "till", {}}};
  misuse.acts = {{"unlock", "M1", "T1", "", {frame("leave()", 30)}},
                 {"unlock", "M1", "T2", "", {frame("enter()", 20)}}};
  Finding forgotten = misuse;
  forgotten.acts.pop_back();  // what went before
  EXPECT_EQ(fingerprint(misuse), fingerprint(forgotten));
  forgotten.acts[0].stack = {frame("enter()", 20)};
  EXPECT_NE(fingerprint(misuse), fingerprint(forgotten));
}

TEST(Fingerprint, OfAnAssertionIsItsTextAndPlaceWhoeverRanIntoIt) {
  Finding assertion;
  assertion.kind = FindingKind::kAssertionFailed;
  assertion.detail = "no account is overdrawn";
  assertion.threads = {waiter("T2", "", "take()")};
  assertion.threads[0].wants.reset();
  assertion.threads[0].stack = {frame("take()", 7)};
  assertion.objects = {{"T2", "Thread", "first machine", {}}};
  Finding other = assertion;
  other.threads[0].id = other.objects[0].id = "T3";
  other.objects[0].name = "second machine";
  EXPECT_EQ(fingerprint(assertion), fingerprint(other));
  other.detail = "the sum is right";
  EXPECT_NE(fingerprint(assertion), fingerprint(other));
}

// Two pairs of nameless locks, made by and taken in the same function.
Finding nameless_pair(int line) {
  Finding finding = cycle(0, "pay()");
  for (Object& object : finding.objects) {
    object.name.clear();
    object.created = {frame("pay()", line++)};
  }
  return finding;
}

TEST(Fingerprint, TellsTwoFindingsOfAProgramApartThatAreMadeOfEqualParts) {
  std::vector<Finding> findings = {nameless_pair(9), nameless_pair(5), nameless_pair(9)};
  set_fingerprints(findings);
  EXPECT_EQ(findings[1].fingerprint, fingerprint(nameless_pair(5))) << "the first in the source";
  EXPECT_NE(findings[0].fingerprint, findings[1].fingerprint);
  EXPECT_EQ(findings[0].fingerprint, findings[2].fingerprint);
  std::vector<Finding> moved = {nameless_pair(105), nameless_pair(109)};
  set_fingerprints(moved);
  EXPECT_EQ(moved[0].fingerprint, findings[1].fingerprint);
  EXPECT_EQ(moved[1].fingerprint, findings[0].fingerprint);
}

TEST(Fingerprint, IsTheSameHoweverACompilerSpellsTheFunctions) {
  const auto spelled = [](const std::string& function, const std::string& made_in) {
    Finding finding = cycle(0, function);
    finding.objects[0].name.clear();
    finding.objects[0].created = {frame(made_in, 3)};
    return fingerprint(finding);
  };
  const std::string clang = spelled(
      "(anonymous namespace)::Bank::pay(std::string const&)::$_1::"
      "operator()() const",
      "(anonymous namespace)::Bank::Bank()");
  const std::string gcc = spelled(
      "{anonymous}::Bank::pay(const std::__cxx11::basic_string<char>&)"
      "::<lambda()>",
      "constexpr {anonymous}::Bank::Bank()");
  EXPECT_EQ(clang, gcc);
  EXPECT_NE(clang, spelled("Bank::refund()::<lambda()>", "Bank::Bank()"));
}

TEST(Fingerprint, LooksThroughTheStandardLibraryToTheUsersFunction) {
  Finding direct = cycle(0);
  Finding wrapped = cycle(0);
  Frame inner;
  inner.function = "std::lock_guard<gridlock::Lock>::lock_guard(gridlock::Lock&)";
  inner.file = "/usr/include/c++/12/bits/std_mutex.h";
  for (LockOrderEdge& edge : wrapped.edges) {
    edge.wanted_stack.insert(edge.wanted_stack.begin(), inner);
  }
  EXPECT_EQ(fingerprint(direct), fingerprint(wrapped));
}

// "holds M1 and waits for E1" / "must get M1 before it sets E1".
Finding signal_cycle(int shift) {
  Finding finding = cycle(shift);
  finding.cycle = {"M1", "E1"};
  finding.objects[1] = {"E1", "Event", "ready", {}};
  finding.edges[0].to = "E1";
  finding.edges[1].from = "E1";
  finding.edges[1].held_stack.clear();
  return finding;
}

TEST(Fingerprint, OfACycleThroughAnEventKnowsNoLinesNoIdsNoProcess) {
  Finding moved = signal_cycle(100);
  moved.pid = 4711;
  moved.objects[1].id = "E9";
  moved.cycle[1] = moved.edges[0].to = moved.edges[1].from = "E9";
  EXPECT_EQ(fingerprint(signal_cycle(0)), fingerprint(moved));
  EXPECT_NE(fingerprint(signal_cycle(0)), fingerprint(cycle(0)));
  Finding other = signal_cycle(0);
  other.objects[1].name = "steady";
  EXPECT_NE(fingerprint(signal_cycle(0)), fingerprint(other));
}

TEST(Fingerprint, TellsHowALockIsHeldAndWanted) {
  Finding reader = cycle(0);
  reader.edges[0].held_mode = "shared";
  EXPECT_NE(fingerprint(cycle(0)), fingerprint(reader));
  Finding wants_to_read = cycle(0);
  wants_to_read.edges[0].wanted_mode = "shared";
  EXPECT_NE(fingerprint(reader), fingerprint(wants_to_read));
}

TEST(Fingerprint, TellsNamelessLocksApartByTheFunctionThatMadeThemNotByTheLine) {
  const auto nameless = [](const std::string& function, int line) {
    Finding finding = cycle(0);
    finding.objects[0].name.clear();
    finding.objects[0].created = {frame(function, line)};
    return finding;
  };
  EXPECT_EQ(fingerprint(nameless("make_pool()", 3)), fingerprint(nameless("make_pool()", 30)));
  EXPECT_NE(fingerprint(nameless("make_pool()", 3)), fingerprint(nameless("make_cache()", 3)));
}

TEST(Fingerprint, WithoutSymbolsStillTellsPlacesApart) {
  Finding here = cycle(0);
  for (LockOrderEdge& edge : here.edges) {
    for (Frame& one : edge.wanted_stack) one.function.clear();
  }
  Finding there = here;
  there.edges[0].wanted_stack[0].offset += 64;
  EXPECT_NE(fingerprint(here), fingerprint(there));
  Finding moved = here;
  moved.edges[0].wanted_stack[0].module = "/elsewhere/bank";
  EXPECT_EQ(fingerprint(here), fingerprint(moved));
}

}  // namespace
}  // namespace gridlock::internal
