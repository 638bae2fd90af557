// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/suppressions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace gridlock::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

Stack at(const std::string& function, const std::string& file = "/home/me/bank/legacy.cc") {
  Frame frame;
  frame.function = function;
  frame.file = file;
  frame.line = 7;
  return {frame};
}

Finding cycle() {
  Finding finding;
  finding.kind = FindingKind::kLockOrderCycle;
  finding.fingerprint = "0123456789abcdef";
  finding.cycle = {"M1", "M2"};
  finding.objects = {{"M1", "Lock", "accounts", {}},
                     {"M2", "Lock", "log file", {}},
                     {"M9", "Lock", "bystander", {}},
                     {"T1", "Thread", "payer", {}}};
  finding.edges = {
      {"M1", "M2", "T1", at("bank::pay(Account&) const"), at("bank::pay(Account&) const")},
      {"M2", "M1", "T2", at("(anonymous namespace)::audit(int)", "/x/audit.cc"), {}}};
  ThreadInfo thread;
  thread.id = "T1";
  thread.created = at("starts_it()");
  RecentRecord recent;
  recent.object = "M9";
  recent.stack = at("did_before()");
  thread.recent = {recent};
  finding.threads = {thread};
  return finding;
}

bool suppresses(const std::string& line, const Finding& finding = cycle()) {
  Suppressions suppressions = Suppressions::parse(line, "f");
  std::vector<Finding> findings = {finding};
  std::vector<Finding> suppressed;
  suppressions.apply(findings, suppressed);
  EXPECT_EQ(findings.size() + suppressed.size(), 1U);
  EXPECT_EQ(suppressions.entries().at(0).uses, suppressed.size());
  return findings.empty();
}

TEST(Suppressions, ALockIsMatchedByTheNameOfAnyLockOfTheFinding) {
  EXPECT_TRUE(suppresses("lock:accounts"));
  EXPECT_TRUE(suppresses("lock:log*"));
  EXPECT_TRUE(suppresses("lock:?og file"));
  EXPECT_FALSE(suppresses("lock:account"));
  EXPECT_FALSE(suppresses("lock:M1")) << "ids differ from run to run";
}

TEST(Suppressions, ABystanderOrAThreadIsNoLockOfTheFinding) {
  EXPECT_FALSE(suppresses("lock:bystander")) << "only in what a thread did before";
  EXPECT_FALSE(suppresses("lock:payer"));
  Finding misuse = cycle();
  misuse.kind = FindingKind::kMisuseUnlockFree;
  misuse.cycle.clear();
  misuse.edges.clear();
  misuse.objects = {{"M9", "Lock", "bystander", {}}};
  EXPECT_TRUE(suppresses("lock:bystander", misuse)) << "here it is what the finding is about";
}

TEST(Suppressions, ASiteIsAFunctionWithOrWithoutItsParameters) {
  EXPECT_TRUE(suppresses("site:bank::pay(Account&) const"));
  EXPECT_TRUE(suppresses("site:bank::pay"));
  EXPECT_TRUE(suppresses("site:*::audit"));
  EXPECT_FALSE(suppresses("site:pay"));
}

TEST(Suppressions, ASiteIsAFileWithOrWithoutItsDirectory) {
  EXPECT_TRUE(suppresses("site:legacy.cc"));
  EXPECT_TRUE(suppresses("site:*/bank/*"));
  EXPECT_FALSE(suppresses("site:bank/legacy.cc"));
}

TEST(Suppressions, WhereAThreadOrAnObjectComesFromIsNoSite) {
  EXPECT_FALSE(suppresses("site:starts_it"));
  EXPECT_FALSE(suppresses("site:did_before"));
}

TEST(Suppressions, ASiteIsWhereTheUserStandsNotTheLibraryInside) {
  Finding finding = cycle();
  Stack& stack = finding.edges[0].held_stack;
  stack.insert(stack.begin(), at("std::lock_guard<L>::lock_guard(L&)", "/usr/include/x.h")[0]);
  EXPECT_TRUE(suppresses("site:bank::pay", finding));
  EXPECT_FALSE(suppresses("site:std::*", finding));
}

TEST(Suppressions, AFingerprintIsMatchedInFull) {
  EXPECT_TRUE(suppresses("fingerprint:0123456789abcdef"));
  EXPECT_TRUE(suppresses("fingerprint:0123456789ABCDEF"));
  EXPECT_FALSE(suppresses("fingerprint:0123456789abcdee"));
}

TEST(Suppressions, AKindInFrontNarrowsAnEntry) {
  EXPECT_TRUE(suppresses("lock-order-cycle/lock:*"));
  EXPECT_FALSE(suppresses("deadlock/lock:*"));
}

TEST(Suppressions, ARaceIsMatchedByItsAccesses) {
  Finding race;
  race.kind = FindingKind::kDataRace;
  race.accesses = {{"T1", true, false, 4, 1, at("old()"), {}}};
  EXPECT_TRUE(suppresses("data-race/site:*legacy.cc", race));
  EXPECT_FALSE(suppresses("data-race/site:*modern.cc", race));
}

TEST(Suppressions, CommentsSpaceAndEmptyLinesMeanNothing) {
  const Suppressions parsed = Suppressions::parse(
      "# all\r\n\n   \n  lock:a*  # why\r\nsite:{lambda()#1}::operator()\n#lock:b", "f");
  ASSERT_THAT(parsed.entries(), SizeIs(2));
  EXPECT_EQ(parsed.entries()[0].text, "lock:a*");
  EXPECT_EQ(parsed.entries()[0].line, 4);
  EXPECT_EQ(parsed.entries()[1].text, "site:{lambda()#1}::operator()");
  EXPECT_TRUE(Suppressions::parse("", "f").empty());
}

TEST(Suppressions, EachEntryThatMatchesIsUsedAndTheFirstIsNamed) {
  Suppressions suppressions =
      Suppressions::parse("lock:nothing\nlock:acc*\nsite:legacy.cc\n", "k.supp");
  std::vector<Finding> findings = {cycle(), Finding{}};
  std::vector<Finding> suppressed;
  suppressions.apply(findings, suppressed);
  EXPECT_THAT(findings, SizeIs(1));
  ASSERT_THAT(suppressed, SizeIs(1));
  EXPECT_EQ(suppressed[0].suppressed_by, "k.supp:2: lock:acc*");
  const auto entries = suppressions.entries();
  EXPECT_EQ(entries[0].uses, 0U);
  EXPECT_EQ(entries[1].uses, 1U);
  EXPECT_EQ(entries[2].uses, 1U);
  findings.clear();
  suppressions.apply(findings, suppressed);
  EXPECT_EQ(suppressions.entries()[1].uses, 2U) << "what was suppressed before counts as a use";
}

std::string error_of(const std::string& text) {
  try {
    Suppressions::parse(text, "dir/k.supp");
    return "no error";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(Suppressions, ABadLineIsNamedWithItsNumber) {
  EXPECT_THAT(error_of("lock:a\nnonsense\n"), StartsWith("dir/k.supp:2: 'nonsense' is no entry"));
  EXPECT_EQ(error_of("mutex:a"), "dir/k.supp:1: 'mutex' is none of lock, site, fingerprint");
  EXPECT_EQ(error_of("\nlock: "), "dir/k.supp:2: nothing after 'lock:'");
  EXPECT_EQ(error_of("race/lock:a"), "dir/k.supp:1: no kind of finding is called 'race'");
  EXPECT_THAT(error_of("fingerprint:12"), HasSubstr("16 hex digits, not '12'"));
  EXPECT_THAT(error_of("fingerprint:0123456789abcdeg"), HasSubstr("16 hex digits"));
  EXPECT_EQ(error_of("lock:a"), "no error");
}

}  // namespace
}  // namespace gridlock::internal
