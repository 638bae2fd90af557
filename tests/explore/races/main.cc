// SPDX-License-Identifier: Apache-2.0
//
//   race_programs_{tsan,ours} [--from SEED] [--count N]    a line for each program: seed, then sets of races
//   race_programs_{tsan,ours} --show SEED                  the program
//
// A line is "SEED reported A>B ... | cpp20 A>B ... | tsan A>B ... | alone A>B ...". The first set is the detector's, the
// next two are the models'; the last is those races that the detector reports of a run in which no other access is to be
// seen.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/explore/races/program.h"

namespace gridlock::races {
namespace {

// The earlier access first.
void put(const char* name, const Program& program, const Races& races) {
  const auto place = [&](StepId id) {
    return std::find(program.order.begin(), program.order.end(), id);
  };
  std::printf(" %s", name);
  for (const Race& race : races) {
    const bool as_it_is = place(race.first) < place(race.second);
    std::printf(" %d>%d", as_it_is ? race.first : race.second, as_it_is ? race.second : race.first);
  }
}

Races alone(const Program& program, const Races& all, const Races& reported) {
  Races confirmed;
  for (const Race& race : all) {
    if (reported.contains(race) || run(program, &race).contains(race)) confirmed.insert(race);
  }
  return confirmed;
}

void look_at(std::uint64_t seed) {
  const Program program = generate(seed);
  const Races reported = run(program, nullptr);
  const Races standard = races_of(program, Model::kCpp20);
  const Races tsan = races_of(program, Model::kThreadSanitizer);
  std::printf("%llu", static_cast<unsigned long long>(seed));
  put("reported", program, reported);
  put("| cpp20", program, standard);
  put("| tsan", program, tsan);
  put("| alone", program, alone(program, tsan, reported));
  std::printf("\n");
}

int main_of(int count, char** words) {
  std::uint64_t from = 1;
  std::uint64_t many = 100;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string word = words[i];
    const std::uint64_t value = std::stoull(words[i + 1]);
    if (word == "--show") {
      print(generate(value));
      return 0;
    }
    (word == "--from" ? from : many) = value;
  }
  for (std::uint64_t seed = from; seed < from + many; ++seed) look_at(seed);
  return 0;
}

}  // namespace
}  // namespace gridlock::races

int main(int count, char** words) { return gridlock::races::main_of(count, words); }
