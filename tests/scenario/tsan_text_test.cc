// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/tsan_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gridlock::internal {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kLog =
    "==================\n"
    "WARNING: ThreadSanitizer: data race (pid=1)\n  first\n"
    "  Location is global 'counter' of size 8 at 0x10 (a.out+0x10)\n"
    "==================\n"
    "==================\n"
    "WARNING: ThreadSanitizer: thread leak (pid=1)\n  second\n"
    "==================\n"
    "ThreadSanitizer: reported 2 warnings\n";

Finding of_kind(FindingKind kind) {
  Finding finding;
  finding.kind = kind;
  return finding;
}

TEST(TsanText, GoesToItsFindingAndToNoOther) {
  std::vector<Finding> findings = {of_kind(FindingKind::kDataRace), of_kind(FindingKind::kDeadlock),
                                   of_kind(FindingKind::kTsanReport)};
  attach_tsan_text(findings, kLog);
  EXPECT_THAT(findings[0].tsan_text, HasSubstr("first"));
  EXPECT_THAT(findings[0].tsan_text, Not(HasSubstr("second")));
  EXPECT_EQ(findings[1].tsan_text, "");
  EXPECT_THAT(findings[2].tsan_text, HasSubstr("second"));
  EXPECT_THAT(findings[2].tsan_text, Not(HasSubstr("reported 2 warnings")));
}

TEST(TsanText, NamesAGlobalVariable) {
  std::vector<Finding> findings = {of_kind(FindingKind::kDataRace)};
  findings[0].locations = {MemoryLocation{.type = "global", .name = "", .allocated = {}},
                           MemoryLocation{.type = "heap", .name = "", .allocated = {}}};
  attach_tsan_text(findings, kLog);
  EXPECT_EQ(findings[0].locations[0].name, "counter");
  EXPECT_EQ(findings[0].locations[1].name, "");
}

TEST(TsanText, IsAbsentWhereTheLogIsCutOrEmpty) {
  std::vector<Finding> findings = {of_kind(FindingKind::kDataRace),
                                   of_kind(FindingKind::kDataRace)};
  attach_tsan_text(findings,
                   "==================\nWARNING: ThreadSanitizer: data race (pid=1)\n  cut off");
  EXPECT_THAT(findings[0].tsan_text, HasSubstr("cut off"));
  EXPECT_EQ(findings[1].tsan_text, "");
}

}  // namespace
}  // namespace gridlock::internal
