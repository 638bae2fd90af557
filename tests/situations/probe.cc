// SPDX-License-Identifier: Apache-2.0
//
// `situations_probe GROUP NAME real|twin lucky|hang|free|luck`: gets into the situation and says how many
// victims there were, if it comes out of it.
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "tests/situations/situations.h"

int main(int argc, char** argv) {
  using namespace gridlock::situations;  // NOLINT(google-build-using-namespace): one function
  if (argc != 5) return 64;
  const std::string_view how = argv[4];
  const Mode mode = how == "lucky"  ? Mode::kLucky
                    : how == "hang" ? Mode::kHang
                    : how == "luck" ? Mode::kLuck
                                    : Mode::kFree;
  for (const Group& group : groups()) {
    for (const Situation& situation : group.situations) {
      if (std::string_view(argv[1]) != group.name || std::string_view(argv[2]) != situation.name)
        continue;
      ::alarm(20);  // a deadlock that nobody notices
      int victims = 0;
      for (unsigned round = 0; round < (mode == Mode::kFree ? 10 : 1); ++round) {
        Play play{mode, round};
        (std::string_view(argv[3]) == "twin" ? situation.twin : situation.real)(play);
        victims += play.victims();
      }
      std::printf("victims %d\n", victims);
      return 0;
    }
  }
  std::fprintf(stderr, "situations_probe: no such situation\n");
  return 64;
}
