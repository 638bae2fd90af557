// SPDX-License-Identifier: Apache-2.0
//
// What is in each program of the literature is found without any setting, and found again.
#include "tests/explore/expect.h"
#include "tests/explore/literature/programs.h"

namespace gridlock {
namespace {

class Literature : public testing::TestWithParam<std::size_t> {};

TEST_P(Literature, IsFoundWithoutSettings) {
  const literature::Program program = literature::programs()[GetParam()];
  if (program.is_hard) GTEST_SKIP() << program.name << " is for the benchmark";
  ExploreOptions options = quietly(10000);
  options.data_races = false;
  options.repeat = ExploreRepeat::kInProcess;
  const ExploreResult found = expect_found(program.kind, program.body, options);
  std::cout << program.name << ": execution " << found.execution << ", " << found.replay << "\n";
}

INSTANTIATE_TEST_SUITE_P(Programs, Literature,
                         testing::Range<std::size_t>(0, literature::programs().size()),
                         [](const auto& parameter) {
                           return literature::programs()[parameter.param].name;
                         });

}  // namespace
}  // namespace gridlock
