// SPDX-License-Identifier: Apache-2.0
//
//   random_programs table [COUNT [FROM [KIND...]]]   plays COUNT programs of each kind, the table of what
//                                                    came out in Markdown, and each that is not as it should be
//   random_programs kinds                            their names
//   random_programs play TEXT [SEED]                 plays one, and what comes out of it
//   random_programs show KIND SEED                   its text
//   random_programs shrink KIND SEED                 the smallest that the same is wrong with
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tests/random_programs/campaign.h"

namespace {

using namespace gridlock::random_programs;  // NOLINT(google-build-using-namespace): a tool

constexpr const char* kSelf = "/proc/self/exe";
constexpr unsigned kJobs = 16;

unsigned number(const std::vector<std::string>& words, std::size_t at, unsigned otherwise) {
  return at < words.size() ? static_cast<unsigned>(std::strtoul(words[at].c_str(), nullptr, 10))
                           : otherwise;
}

bool differs(const Outcome& outcome) {
  const bool hang_is_fine =
      outcome.ending == Ending::kNotPlayed || outcome.ending == Ending::kReported;
  return !hang_is_fine || outcome.verdict >= Comparison::kMissed;
}

void print_differences(const KindOfProgram& kind, const Played& played) {
  for (const Outcome& each : played.outcomes) {
    if (!differs(each)) continue;
    std::printf("%s %u: %s, hang %s%s%s\n  %s\n", kind.name, each.seed, name_of(each.verdict),
                name_of(each.ending), each.why.empty() ? "" : ", ", each.why.c_str(),
                generate(kind, each.seed).text().c_str());
  }
}

int table(const std::vector<std::string>& words) {
  const unsigned count = number(words, 1, 100);
  const unsigned from = number(words, 2, 1);
  std::vector<KindOfProgram> kinds;
  for (const KindOfProgram& kind : kinds_of_programs()) {
    bool wanted = words.size() < 4;
    for (std::size_t i = 3; i < words.size(); ++i) wanted = wanted || words[i] == kind.name;
    if (wanted) kinds.push_back(kind);
  }
  const std::vector<Played> all = play_kinds(kSelf, kinds, from, from + count, kJobs);
  std::string rows;
  Tally sum;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    Tally tally;
    for (const Outcome& each : all[kind].outcomes) {
      tally.add(each);
      sum.add(each);
    }
    print_differences(kinds[kind], all[kind]);
    rows += std::string("| ") + kinds[kind].name;
    for (const unsigned each : tally.verdicts) rows += " | " + std::to_string(each);
    for (std::size_t i = 1; i < tally.endings.size(); ++i)
      rows += " | " + std::to_string(tally.endings[i]);
    rows += " |\n";
  }
  rows += "| all";
  for (const unsigned each : sum.verdicts) rows += " | " + std::to_string(each);
  for (std::size_t i = 1; i < sum.endings.size(); ++i)
    rows += " | " + std::to_string(sum.endings[i]);
  rows += " |\n";
  std::string head = "| kind";
  std::string line = "|---";
  for (int i = 0; i < kComparisons; ++i) {
    head += std::string(" | ") + name_of(static_cast<Comparison>(i));
    line += "|---";
  }
  for (int i = 1; i < 5; ++i) {
    head += std::string(" | hang ") + name_of(static_cast<Ending>(i));
    line += "|---";
  }
  std::printf("%s |\n%s|\n%s", head.c_str(), line.c_str(), rows.c_str());
  return 0;
}

void print(const std::string& text, const Outcome& outcome) {
  std::printf("%s\n%s, hang %s%s%s\n", text.c_str(), name_of(outcome.verdict),
              name_of(outcome.ending), outcome.why.empty() ? "" : ", ", outcome.why.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) return 64;
  if (words[0] == "child") return child_main({words.begin() + 1, words.end()});
  if (words[0] == "table") return table(words);
  if (words[0] == "kinds") {
    for (const KindOfProgram& each : kinds_of_programs()) std::printf("%s\n", each.name);
    return 0;
  }
  if (words[0] == "play" && words.size() >= 2) {
    print(words[1], play_text(kSelf, words[1], number(words, 2, 0)));
    return 0;
  }
  const KindOfProgram* const kind = words.size() < 3 ? nullptr : kind_of_program(words[1]);
  if (kind == nullptr) return 64;
  const Tree tree = generate(*kind, number(words, 2, 0));
  if (words[0] == "show") std::printf("%s\n", tree.text().c_str());
  if (words[0] != "shrink") return 0;
  const Outcome outcome = play_text(kSelf, tree.text(), number(words, 2, 0));
  print(tree.text(), outcome);
  const Tree least = shrink(kSelf, tree, outcome);
  print(least.text(), play_text(kSelf, least.text(), outcome.seed));
  return 0;
}
