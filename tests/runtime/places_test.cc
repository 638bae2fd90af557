// SPDX-License-Identifier: Apache-2.0
//
// Which lines of the probe a reader is shown, once symbols are known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "harness/scenario/finish_report.h"
#include "harness/scenario/modules.h"
#include "harness/scenario/symbolizer.h"
#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// The line of source that a stack is about; empty if it is not known.
std::string line_of(const Stack& stack) {
  const Frame* const site = user_site(stack);
  if (site == nullptr) return "";
  std::ifstream file(site->file);
  std::string line;
  for (int i = 0; i < site->line && std::getline(file, line); ++i) {
  }
  return line;
}

class Places : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<std::string> notes;
    symbolizer_ = internal::find_llvm_symbolizer(notes);
    if (symbolizer_.empty()) GTEST_SKIP() << "no llvm-symbolizer";
  }
  Finding only_finding(const Probe& run) const {
    std::vector<Finding> findings = run.wire.findings;
    std::vector<std::string> notes;
    internal::finish_findings(findings, symbolizer_, notes);
    EXPECT_THAT(findings, SizeIs(1));
    return findings.empty() ? Finding{} : findings[0];
  }
  static std::string made(const Finding& finding, const std::string& type,
                          const std::string& name) {
    const auto object = std::ranges::find_if(
        finding.objects, [&](const Object& one) { return one.type == type && one.name == name; });
    return object == finding.objects.end() ? "no such object" : line_of(object->created);
  }

 private:
  std::string symbolizer_;
};

TEST_F(Places, BehindContainersAreTheLinesThatFillThem) {
  const Finding finding = only_finding(probe("behind-headers"));
  EXPECT_EQ(finding.kind, FindingKind::kMisuseUnlockFree);
  EXPECT_THAT(made(finding, "Lock", "one"), HasSubstr("// made: one"));
  EXPECT_THAT(made(finding, "Lock", ""), HasSubstr("// made: of the row"));
}

TEST_F(Places, OfWhatAThreadDidLastAreTheCallersOfGuards) {
  const Finding finding = only_finding(probe("behind-headers"));
  ASSERT_THAT(finding.threads, Not(IsEmpty()));
  std::vector<std::string> lines;
  for (const RecentRecord& record : finding.threads[0].recent) {
    if (record.operation == "lock") lines.push_back(line_of(record.stack));
  }
  EXPECT_THAT(lines, ElementsAre(HasSubstr("// did: lock_guard"), HasSubstr("// did: Guard"),
                                 HasSubstr("row.front().lock()")));
  EXPECT_THAT(line_of(finding.threads[0].stack), HasSubstr("// too many"));
}

TEST_F(Places, OfAFutureIsWhereItsTaskWasSubmitted) {
  const Finding finding = only_finding(probe("result-under-the-lock-of-its-task"));
  EXPECT_EQ(finding.kind, FindingKind::kLockOrderCycle);
  EXPECT_THAT(made(finding, "Future", "entry"), HasSubstr("submit(\"entry\""));
}

void expect_the_build_of_each_module_once(const Probe& run, const std::string& program) {
  std::vector<std::string> paths;
  for (const internal::LoggedModule& module : run.wire.modules) {
    EXPECT_THAT(paths, Not(Contains(module.path)));
    paths.push_back(module.path);
    EXPECT_EQ(module.build_id, internal::build_id_of_file(module.path)) << module.path;
  }
  EXPECT_THAT(paths, Contains(std::filesystem::canonical(program).string()));
  internal::WireLog log = run.wire;
  EXPECT_THAT(internal::forget_other_builds(log).notes, IsEmpty());
}

TEST(LogOfAProgram, NamesTheBuildOfEachModuleOnce) {
  expect_the_build_of_each_module_once(probe("behind-headers"), RUNTIME_PROBE);
}

TEST(LogOfAProgram, NamesTheBuildOfAProgramWhoseSegmentsLieApart) {
  const Probe run = run_program(RUNTIME_APART, "");
  EXPECT_THAT(run.kinds(), ElementsAre("misuse-unlock-free"));
  expect_the_build_of_each_module_once(run, RUNTIME_APART);
}

}  // namespace
}  // namespace gridlock::test
