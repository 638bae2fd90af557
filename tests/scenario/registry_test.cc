// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gridlock::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void nothing() {}

Scenario scenario(const std::string& name, const std::string& twin = "", Expectation expect = {}) {
  Scenario result;
  result.name = name;
  result.twin = twin;
  result.expect = std::move(expect);
  result.file = "bank.cc";
  result.line = 12;
  result.body = &nothing;
  return result;
}

std::vector<std::string> errors(const std::vector<Scenario>& all) { return registry_errors(all); }

TEST(RegistryErrors, SoundRegistryHasNone) {
  EXPECT_THAT(errors({}), IsEmpty());
  EXPECT_THAT(errors({scenario("a/broken", "a/fixed", finds(FindingKind::kDeadlock)),
                      scenario("a/fixed", "a/broken"), scenario("A-Z_0.9/x")}),
              IsEmpty());
}

TEST(RegistryErrors, BadNamesAreNamedWithTheirPlace) {
  for (const char* const bad : {"", "a b", "-a", "a*", "ä"}) {
    EXPECT_THAT(errors({scenario(bad)}), ElementsAre(HasSubstr("bank.cc:12: "))) << bad;
  }
}

TEST(RegistryErrors, RepeatedNameIsOneErrorAtTheSecondPlace) {
  Scenario second = scenario("a");
  second.line = 30;
  EXPECT_THAT(errors({scenario("a"), second}), ElementsAre(HasSubstr("bank.cc:30: ")));
}

TEST(RegistryErrors, TwinMustExistAndBeAnotherWithAnotherResult) {
  EXPECT_THAT(errors({scenario("a", "b")}), ElementsAre(HasSubstr("does not exist")));
  EXPECT_THAT(errors({scenario("a", "a")}), ElementsAre(HasSubstr("own twin")));
  EXPECT_THAT(errors({scenario("a", "b"), scenario("b")}), ElementsAre(HasSubstr("same result")));
}

TEST(RegistryErrors, MissingBodyIsAnError) {
  Scenario hollow = scenario("a");
  hollow.body = nullptr;
  EXPECT_THAT(errors({hollow}), ElementsAre(HasSubstr("no body")));
}

const ScenarioRegistration kLast{{.name = "z/no-case"}, &nothing};
const ScenarioRegistration kSecond{{.name = "y/two", .case_number = 2}, &nothing};
const ScenarioRegistration kFirst{{.name = "x/two", .case_number = 2}, &nothing};

TEST(Scenarios, AreSortedByCaseThenNameWithCaseZeroLast) {
  std::vector<std::string> names;
  for (const Scenario& one : scenarios()) names.push_back(one.name);
  EXPECT_THAT(names, ElementsAre("x/two", "y/two", "z/no-case"));
  EXPECT_THAT(scenarios().front().file, HasSubstr("registry_test.cc"));
  EXPECT_GT(scenarios().front().line, 0);
}

TEST(FindingKinds, NamesAreUniqueAndLeadBackToTheirKind) {
  for (const FindingKindInfo& row : finding_kinds()) {
    EXPECT_EQ(finding_kind_from_name(row.name), row.kind) << row.name;
    EXPECT_EQ(info(row.kind).name, row.name);
  }
  EXPECT_EQ(finding_kind_from_name("no-such-kind"), std::nullopt);
  EXPECT_EQ(finding_kind_from_name(""), std::nullopt);
}

}  // namespace
}  // namespace gridlock::internal
