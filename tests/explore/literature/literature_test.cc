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

// A thread that reads back what it has just written is the last one there itself, unless another one comes between: only
// a switch before that very place shows what is wrong, so it has to be a point before anybody saw it.
TEST(Points, AreAllPlacesThatUseWhatIsShared) {
  std::uint64_t executions = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ExploreOptions options = quietly(2000);
    options.strategy = ExploreStrategy::kRandomWalk;
    options.seed = seed;
    options.data_races = false;
    options.shrink = false;
    options.repeat = ExploreRepeat::kInProcess;
    executions += explore(options, [] { literature::wrong_lock(3); }).executions;
  }
  std::cout << executions / 20 << " executions at the mean\n";
  EXPECT_LT(executions / 20, 30U) << "1,400 where only places that met another thread were points";
}

}  // namespace
}  // namespace gridlock
