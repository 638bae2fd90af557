// SPDX-License-Identifier: Apache-2.0
//
// `traces_probe ROW real|twin lucky|hang|free`: plays the row's program over the real primitives, in a process
// of its own. lucky and hang are the schedules of random_programs/in_turn.h; free is ten others.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "tests/analysis/traces/rows.h"
#include "tests/random_programs/in_turn.h"
#include "tests/random_programs/play.h"

namespace {

using namespace gridlock::random_programs;  // NOLINT(google-build-using-namespace): a tool
using gridlock::traces::Program;
using gridlock::traces::Run;

constexpr unsigned kSchedules = 10;

void play_often(const Program& program) {
  for (unsigned seed = 0; seed < kSchedules; ++seed) play_freely(program, seed);
}

void play_in_turn(const Program& program, Run run) {
  const InTurn schedule = in_turn(program, run);
  play(program, schedule.turns, !schedule.ends, run);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  const std::vector<gridlock::traces::Row> rows = gridlock::traces::all_rows();
  const auto row = std::ranges::find_if(
      rows, [&](const gridlock::traces::Row& each) { return each.name == std::string(argv[1]); });
  if (row == rows.end()) return 64;
  ::alarm(50);  // what the scheduler cannot see
  const Program program =
      gridlock::traces::parse(argv[2] == std::string("twin") ? row->twin : row->real);
  const std::string how = argv[3];
  if (how == "free") {
    play_often(program);
  } else {
    play_in_turn(program, how == "hang" ? Run::kHang : Run::kLucky);
  }
  std::printf("ended\n");
  return 0;
}
