// SPDX-License-Identifier: Apache-2.0
//
// How many executions each strategy needs to the first failure of the programs of the literature: the mean over 20 seeds, as a
// table in Markdown. --quick: three seeds, few executions; --seeds=N, --most=N: other numbers of both. A word: only programs
// whose names have it.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/explore/literature/programs.h"

namespace {

using gridlock::ExploreStrategy;

struct Column {
  const char* name;
  ExploreStrategy strategy;
};
constexpr Column kColumns[] = {
    {"mix", ExploreStrategy::kMix},       {"random", ExploreStrategy::kRandomWalk},
    {"PCT-3", ExploreStrategy::kPct},     {"POS", ExploreStrategy::kPos},
    {"SURW", ExploreStrategy::kSurw},     {"postpone", ExploreStrategy::kPostpone},
    {"all", ExploreStrategy::kExhaustive}};

// 0: not found. In a process of its own: threads of executions that fail are left behind.
std::uint64_t executions_to_failure(const gridlock::literature::Program& program,
                                    ExploreStrategy strategy, std::uint64_t seed,
                                    std::uint64_t most) {
  std::fflush(nullptr);
  int ends[2];
  if (pipe(ends) != 0) return 0;
  const pid_t child = fork();
  if (child == 0) {
    gridlock::ExploreOptions options{.executions = most, .seed = seed, .strategy = strategy};
    options.repeat = gridlock::ExploreRepeat::kInProcess;
    options.data_races = false;
    options.shrink = false;
    options.quiet = true;
    if (strategy == ExploreStrategy::kExhaustive) options.points = gridlock::ExplorePoints::kAll;
    const gridlock::ExploreResult result = gridlock::explore(options, program.body);
    const std::uint64_t found = result && result.kind == program.kind ? result.execution + 1 : 0;
    if (result && found == 0)
      std::fprintf(stderr, "ERROR %s: %s\n", program.name.c_str(), result.message.c_str());
    const bool written = write(ends[1], &found, sizeof found) == sizeof found;
    std::_Exit(written ? 0 : 1);
  }
  close(ends[1]);
  std::uint64_t found = 0;
  if (read(ends[0], &found, sizeof found) != sizeof found) found = 0;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  bool quick = false;
  std::string word;
  unsigned long all_seeds = 20;
  unsigned long limit = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      quick = true;
    } else if (std::strncmp(argv[i], "--seeds=", 8) == 0) {
      all_seeds = std::strtoul(argv[i] + 8, nullptr, 10);
    } else if (std::strncmp(argv[i], "--most=", 7) == 0) {
      limit = std::strtoul(argv[i] + 7, nullptr, 10);
    } else {
      word = argv[i];
    }
  }
  std::printf("| program |");
  for (const Column& column : kColumns) std::printf(" %s |", column.name);
  std::printf(" published |\n|---|");
  for (std::size_t i = 0; i < std::size(kColumns); ++i) std::printf("---|");
  std::printf("---|\n");
  for (const gridlock::literature::Program& program : gridlock::literature::programs()) {
    if (program.name.find(word) == std::string::npos || (quick && program.is_hard)) continue;
    std::printf("| %s |", program.name.c_str());
    for (const Column& column : kColumns) {
      const bool all = column.strategy == ExploreStrategy::kExhaustive;  // no seed matters
      const unsigned long seeds = all ? 1 : quick ? 3 : all_seeds;
      const std::uint64_t most = limit != 0        ? limit
                                 : quick           ? 300
                                 : program.is_hard ? 1000000
                                                   : 10000;
      std::uint64_t sum = 0;
      unsigned long found = 0;
      for (unsigned long seed = 1; seed <= seeds; ++seed) {
        const std::uint64_t needed = executions_to_failure(program, column.strategy, seed, most);
        sum += needed;
        found += needed != 0 ? 1 : 0;
      }
      if (found == 0) {
        std::printf(" – |");
      } else if (found == seeds) {
        std::printf(" %.0f |", static_cast<double>(sum) / static_cast<double>(found));
      } else {
        std::printf(" %.0f (%lu/%lu) |", static_cast<double>(sum) / static_cast<double>(found),
                    found, seeds);
      }
      std::fflush(stdout);
    }
    std::printf(" %s |\n", program.published);
    std::fflush(stdout);
  }
  return 0;
}
