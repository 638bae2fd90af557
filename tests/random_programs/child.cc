// SPDX-License-Identifier: Apache-2.0
//
// The process in which programs are played. Of each program "P seed" before anything, "L seed verdict why"
// when the lucky run is over, and "H seed" before the one that hangs.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "harness/scenario/wire.h"
#include "tests/random_programs/campaign.h"
#include "tests/random_programs/play.h"

namespace gridlock::random_programs {
namespace {

// What was written since the last call.
class Log {
 public:
  explicit Log(std::string path) : path_(std::move(path)) {}
  std::vector<Finding> news() {
    std::ifstream file(path_, std::ios::binary);
    if (!file) return {};
    file.seekg(static_cast<std::streamoff>(read_));
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    read_ += text.size();
    if (text.empty()) return {};
    return internal::read_wire(text, "log").findings;
  }

 private:
  std::string path_;
  std::size_t read_ = 0;
};

void say(unsigned seed, Comparison verdict, const std::string& why) {
  std::printf("L %u %d %s\n", seed, static_cast<int>(verdict), why.c_str());
}

void play_all_ways(const std::string& text, unsigned seed, Log& log) {
  std::printf("P %u\n", seed);
  std::fflush(stdout);
  const traces::Program program = traces::parse(text);
  const Schedules schedules = explore(program, seed);
  if (!schedules.complete) return say(seed, Comparison::kTooLarge, "");
  std::string why;
  if (!schedules.can_end) {
    say(seed, Comparison::kNeverEnds, "");
  } else {
    play(program, schedules.lucky, false);
    Comparison verdict = judge(program, schedules, log.news(), &why);
    if (verdict == Comparison::kSafe) {
      play_freely(program, seed);
      verdict = judge(program, schedules, log.news(), &why);
    }
    say(seed, verdict, why);
  }
  if (!schedules.can_hang) return;
  std::printf("H %u\n", seed);
  std::fflush(stdout);
  play(program, schedules.hanging, true);
}

}  // namespace

int child_main(const std::vector<std::string>& arguments) {
  Log log(arguments.at(3));
  if (arguments[0] == "text") {
    play_all_ways(arguments[1], static_cast<unsigned>(std::stoul(arguments[2])), log);
    return 0;
  }
  const KindOfProgram* const kind = kind_of_program(arguments[0]);
  if (kind == nullptr) return 64;
  const auto end = static_cast<unsigned>(std::stoul(arguments[2]));
  for (auto seed = static_cast<unsigned>(std::stoul(arguments[1])); seed < end; ++seed)
    play_all_ways(generate(*kind, seed).text(), seed, log);
  return 0;
}

}  // namespace gridlock::random_programs
