// SPDX-License-Identifier: Apache-2.0
//
// What the runtime says of random programs, held against all their schedules. GRIDLOCK_RANDOM_PROGRAMS is
// how many of each kind (100), GRIDLOCK_RANDOM_SEED the first seed (1).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "tests/random_programs/campaign.h"
#include "tests/random_programs/known_differences.h"

namespace gridlock::random_programs {
namespace {

constexpr const char* kProgram = RANDOM_PROGRAMS;
constexpr unsigned kUsual = 100;
constexpr unsigned kJobs = 8;
constexpr std::size_t kMaxShown = 3;  // of a kind and a verdict

unsigned number_from(const char* variable, unsigned otherwise) {
  const char* const value = std::getenv(variable);
  return value != nullptr ? static_cast<unsigned>(std::strtoul(value, nullptr, 10)) : otherwise;
}

// A program as text, made as small as it gets, and how to play it again.
std::string show(const KindOfProgram& kind, const Outcome& outcome) {
  const Tree tree = generate(kind, outcome.seed);
  const std::string small = shrink(kProgram, tree, outcome).text();
  return std::string("\n") + kind.name + ", seed " + std::to_string(outcome.seed) + ": " +
         name_of(outcome.verdict) + ", hang " + name_of(outcome.ending) + " " + outcome.why +
         "\n  " + tree.text() + "\n  smallest: " + small + "\n  again: " + kProgram + " play '" +
         small + "' " + std::to_string(outcome.seed);
}

std::string first_of(const KindOfProgram& kind, const Played& played, Comparison verdict) {
  std::string text;
  std::size_t shown = 0;
  for (const Outcome& each : played.outcomes) {
    if (each.verdict == verdict && shown++ < kMaxShown) text += show(kind, each);
  }
  return text;
}

void expect_known(const KindOfProgram& kind, const Played& played, const Tally& tally,
                  Comparison verdict, bool usual) {
  const KnownDifference* const known = known_difference(kind.name, verdict);
  const unsigned found = tally.of(verdict);
  if (usual) {
    const unsigned expected = known != nullptr ? known->of_100 : 0;
    if (found == expected) return;
    ADD_FAILURE() << kind.name << ": " << found << " " << name_of(verdict) << ", and not "
                  << expected
                  << ": another is wrong, or one that was is right by now (known_differences.cc)"
                  << first_of(kind, played, verdict);
    return;
  }
  // Few of many vary: three times the root of what is expected.
  const double expected = known == nullptr
                              ? 0.0
                              : static_cast<double>(known->of_1000) *
                                    static_cast<double>(played.outcomes.size()) / 1000.0;
  const double most = known == nullptr ? 0.0 : expected + 3.0 * std::sqrt(expected + 1.0);
  EXPECT_LE(found, most) << kind.name << " " << name_of(verdict) << first_of(kind, played, verdict);
}

TEST(RandomPrograms, AreJudgedAsTheirSchedulesAre) {
  const unsigned count = number_from("GRIDLOCK_RANDOM_PROGRAMS", kUsual);
  const unsigned from = number_from("GRIDLOCK_RANDOM_SEED", 1);
  std::printf("seeds %u to %u of %zu kinds\n", from, from + count - 1, kinds_of_programs().size());
  const std::vector<Played> all =
      play_kinds(kProgram, kinds_of_programs(), from, from + count, kJobs);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const KindOfProgram& kind = kinds_of_programs()[i];
    Tally tally;
    for (const Outcome& each : all[i].outcomes) {
      tally.add(each);
      const bool fine = each.ending == Ending::kNotPlayed || each.ending == Ending::kReported;
      EXPECT_TRUE(fine && each.verdict != Comparison::kWrong) << show(kind, each);
    }
    ASSERT_EQ(all[i].outcomes.size(), count) << kind.name << ": " << all[i].rest;
    const bool usual = count == kUsual && from == 1;
    for (const Comparison each : {Comparison::kFalse, Comparison::kUnreached, Comparison::kMissed})
      expect_known(kind, all[i], tally, each, usual);
    std::printf("%-20s", kind.name);
    for (int each = 0; each < kComparisons; ++each)
      std::printf(" %4u %s", tally.verdicts[static_cast<std::size_t>(each)],
                  name_of(static_cast<Comparison>(each)));
    std::printf(" %4u hung and reported\n", tally.of(Ending::kReported));
  }
}

// The harness of this test can see each thing that it is there to see: programs that the runtime is kept
// from judging are judged wrongly.
TEST(RandomPrograms, WouldSeeAMissedCycleAndAHangThatIsNotReported) {
  const std::string crossed = "t1: lock a b, unlock b a | main: lock b a, unlock a b";
  EXPECT_EQ(play_text(kProgram, crossed, 1).verdict, Comparison::kPredicted);
  EXPECT_EQ(play_text(kProgram, crossed, 1).ending, Ending::kReported);
  EXPECT_EQ(play_text(kProgram, crossed, 1, "predict=0").verdict, Comparison::kMissed);
}

// Between the moment in which the canceller takes a task out of the queue and that in which it says so, the
// worker must be there still: t2 was told that nobody was left.
TEST(RandomPrograms, DoNotStarveWhereATaskIsJustCancelled) {
  const std::string text =
      "pool w 1 | task k1 w: submit k3, submit k2 | task k2 w: | task k3 w: | t1: | "
      "t2: submit k1, wait k1 | t3: | main: cancel w";
  EXPECT_EQ(play_text(kProgram, text, 20884).verdict, Comparison::kSafe);
}

TEST(RandomPrograms, AreShrunkToWhatMatters) {
  const Tree tree{
      {"event e"},
      {{"t1", {{"set e"}, {"lock a", "unlock a", {{"lock b", "unlock b", {{"clear e"}}}}}}},
       {"t2", {{"lock c", "unlock c"}}},
       {"main", {{"lock c", "unlock c", {{"lock b", "unlock b", {{"lock a", "unlock a"}}}}}}}}};
  const Outcome outcome = play_text(kProgram, tree.text(), 1);
  ASSERT_EQ(outcome.verdict, Comparison::kPredicted);
  EXPECT_EQ(shrink(kProgram, tree, outcome).text(),
            "event e | t1: lock a, lock b, unlock b, unlock a | main: lock b, lock a, unlock a, "
            "unlock b");
}

TEST(KnownDifferences, HaveAReasonAndAKindThatThereIs) {
  for (const KnownDifference& each : known_differences()) {
    EXPECT_NE(kind_of_program(each.kind), nullptr) << each.kind;
    EXPECT_GT(std::string(each.reason).size(), 20U) << each.kind;
    EXPECT_GT(each.of_1000, 0U) << each.kind;
  }
}

}  // namespace
}  // namespace gridlock::random_programs
