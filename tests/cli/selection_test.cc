// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/selection.h"

#include "harness/cli/actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gridlock::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<Scenario> all() {
  std::vector<Scenario> result;
  for (const char* const name : {"bank/broken", "bank/fixed", "queue/broken", "queue/fixed"}) {
    result.emplace_back().name = name;
  }
  return result;
}

std::vector<std::string> names(const std::vector<std::string>& exact,
                               const std::vector<std::string>& globs) {
  std::vector<std::string> result;
  for (const Scenario& scenario : select(all(), exact, globs)) result.push_back(scenario.name);
  return result;
}

std::string complaint(const std::vector<std::string>& exact,
                      const std::vector<std::string>& globs) {
  try {
    select(all(), exact, globs);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Select, NothingAskedForIsEverything) { EXPECT_EQ(names({}, {}).size(), 4U); }

TEST(Select, GlobStarMatchesSlashesToo) {
  EXPECT_THAT(names({}, {"bank*"}), ElementsAre("bank/broken", "bank/fixed"));
  EXPECT_THAT(names({}, {"*fixed"}), ElementsAre("bank/fixed", "queue/fixed"));
  EXPECT_THAT(names({}, {"[q]ueue/fi?ed"}), ElementsAre("queue/fixed"));
}

TEST(Select, GlobMatchesTheWholeName) {
  EXPECT_THAT(complaint({}, {"bank"}), HasSubstr("'bank'"));
  EXPECT_THAT(complaint({}, {"BANK*"}), HasSubstr("'BANK*'"));
}

TEST(Select, NamesAndGlobsTogetherGiveEachOnceInTheOrderOfTheRegistry) {
  EXPECT_THAT(names({"queue/fixed", "bank/fixed"}, {"*/fixed", "bank/b*"}),
              ElementsAre("bank/broken", "bank/fixed", "queue/fixed"));
}

TEST(Select, NameIsNotAGlob) { EXPECT_THAT(complaint({"bank/*"}, {}), HasSubstr("'bank/*'")); }

TEST(Select, UnknownNameSuggestsTheNearestIfThereIsOne) {
  EXPECT_THAT(complaint({"bank/fixd"}, {}), HasSubstr("did you mean 'bank/fixed'?"));
  EXPECT_THAT(complaint({"zzzzzz"}, {}), Not(HasSubstr("did you mean")));
}

TEST(Select, OneGlobWithoutMatchIsAnErrorEvenBesideOneThatMatches) {
  EXPECT_THAT(complaint({}, {"bank*", "nothing*"}), HasSubstr("nothing*"));
}

TEST(Select, OffersAFilterForTheNameOfAGroup) {
  EXPECT_THAT(complaint({"bank"}, {}), HasSubstr("--filter 'bank/*' (2 scenarios)"));
  EXPECT_THAT(complaint({"bank/"}, {}), HasSubstr("--filter 'bank/*' (2 scenarios)"));
  EXPECT_THAT(complaint({"bakn"}, {}), HasSubstr("did you mean the group 'bank'"));
  EXPECT_THAT(complaint({"bank/brokn"}, {}), HasSubstr("did you mean 'bank/broken'?"));
  EXPECT_THAT(complaint({"something"}, {}), HasSubstr("`list` shows them all"));
}

TEST(Select, OffersAFilterForAPatternThatIsGivenAsAName) {
  EXPECT_THAT(complaint({"queue/*"}, {}), HasSubstr("--filter 'queue/*' (2 scenarios)"));
  EXPECT_THAT(complaint({"nothing/?"}, {}), HasSubstr("--filter 'nothing/?'"));
}

TEST(Select, KnowsWhichGroupAPatternWasMeantFor) {
  EXPECT_THAT(complaint({}, {"quue/*"}), HasSubstr("did you mean 'queue/*'?"));
  EXPECT_THAT(complaint({}, {"bank"}), HasSubstr("did you mean 'bank/*'?"));
  EXPECT_THAT(complaint({}, {"quue/f*"}), HasSubstr("did you mean 'queue/f*'?"));
  EXPECT_THAT(complaint({}, {"quue/x*"}), HasSubstr("`list` shows them all"));
}

}  // namespace
}  // namespace gridlock::internal
