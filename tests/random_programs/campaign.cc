// SPDX-License-Identifier: Apache-2.0
#include "tests/random_programs/campaign.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "harness/scenario/spawn.h"
#include "harness/scenario/temp_dir.h"
#include "harness/scenario/wire.h"
#include "tests/random_programs/play.h"

namespace gridlock::random_programs {
namespace {

// Of a child: no program waits for a clock, but one that has no priority waits for the processors.
constexpr std::chrono::seconds kMaxTime{600};

std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Child {
 public:
  explicit Child(std::string program, std::string options = "")
      : program_(std::move(program)), options_(std::move(options)) {}

  /// Returns true if it came to its end, and was not ended.
  bool run(std::vector<std::string> arguments) {
    ::unlink(log().c_str());
    ::unlink(output().c_str());
    internal::SpawnSpec spec;
    spec.argv = {program_, "child"};
    arguments.push_back(log());
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    spec.environment = {"GRIDLOCK_OPTIONS=quiet=1:exit_code=0:max_alike=4294967295:" + options_ +
                            ":log_path=" + log(),
                        "TSAN_OPTIONS=detect_deadlocks=0:report_thread_leaks=0:atexit_sleep_ms=0",
                        "ASAN_OPTIONS=detect_leaks=0"};
    const internal::Fd out(
        ::open(output().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    spec.output_fd = out.get();
    const internal::ProcessEnd end = internal::wait_bounded(internal::spawn(spec), kMaxTime);
    read(end);
    return end.exit_code == 0;
  }

  const Played& played() const { return played_; }
  /// The seed that it was at when it ended.
  unsigned last_seed() const { return last_.seed; }

 private:
  std::string log() const { return folder_.path() + "/log"; }
  std::string output() const { return folder_.path() + "/output"; }

  void read(const internal::ProcessEnd& end) {
    std::istringstream lines{read_all(output())};
    played_ = {};
    last_ = {};
    bool open = false;  // something that may end the process has begun
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words{line};
      char what = 0;
      words >> what;
      const bool ours =
          line.size() > 1 && line[1] == ' ' && (what == 'P' || what == 'L' || what == 'H');
      if (!ours) {
        played_.rest += line + "\n";
        continue;
      }
      unsigned seed = 0;
      words >> seed;
      if (what == 'L') {
        int verdict = 0;
        words >> verdict;
        last_ = {.seed = seed, .verdict = static_cast<Comparison>(verdict)};
        std::getline(words >> std::ws, last_.why);
        played_.outcomes.push_back(last_);
      }
      if (what == 'P') last_ = {.seed = seed, .verdict = Comparison::kWrong};
      open = what != 'L';
    }
    if (end.exit_code == 0) return;
    // The lucky run did not come to its end.
    if (played_.outcomes.empty() || played_.outcomes.back().seed != last_.seed)
      played_.outcomes.push_back(last_);
    Outcome& at = played_.outcomes.back();
    at.ending = open ? ending(end) : Ending::kCrashed;
    if (at.verdict == Comparison::kWrong || at.ending != Ending::kReported)
      at.why += " " + played_.rest;
    std::ranges::replace(at.why, '\n', ' ');
  }

  Ending ending(const internal::ProcessEnd& end) const {
    if (end.exit_code == kUnreported) return Ending::kUnreported;
    if (end.exit_code == kDiverged) return Ending::kDiverged;
    if (end.exit_code != kReported) return Ending::kCrashed;
    const internal::WireLog wire = internal::read_wire(read_all(log()), "log");
    return is_reported(wire.findings) ? Ending::kReported : Ending::kUnreported;
  }

  std::string program_;
  std::string options_;
  internal::TempDir folder_;
  Played played_;
  Outcome last_;
};

bool same(const Outcome& a, const Outcome& b) {
  return a.verdict == b.verdict && a.ending == b.ending;
}

}  // namespace

const char* name_of(Ending ending) {
  constexpr const char* kNames[] = {"-", "reported", "not reported", "diverged", "crashed"};
  return kNames[static_cast<int>(ending)];
}

Played play_seeds(const std::string& program, const KindOfProgram& kind, unsigned from,
                  unsigned to) {
  Played all;
  Child child(program);
  for (unsigned at = from; at < to;) {
    const bool to_the_end = child.run({kind.name, std::to_string(at), std::to_string(to)});
    const Played& played = child.played();
    all.outcomes.insert(all.outcomes.end(), played.outcomes.begin(), played.outcomes.end());
    if (!played.outcomes.empty()) all.rest += played.rest;
    if (!to_the_end && played.outcomes.empty()) {
      all.rest += "no child: " + played.rest;
      break;
    }
    at = to_the_end ? to : child.last_seed() + 1;
  }
  return all;
}

std::vector<Played> play_kinds(const std::string& program, std::span<const KindOfProgram> kinds,
                               unsigned from, unsigned to, unsigned jobs) {
  constexpr unsigned kPiece = 50;
  const unsigned pieces = (to - from + kPiece - 1) / kPiece;
  std::vector<Played> parts(kinds.size() * pieces);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < parts.size(); i = next++) {
      const unsigned begin = from + static_cast<unsigned>(i % pieces) * kPiece;
      parts[i] = play_seeds(program, kinds[i / pieces], begin, std::min(begin + kPiece, to));
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < jobs; ++i) workers.emplace_back(work);
  for (std::thread& each : workers) each.join();
  std::vector<Played> all(kinds.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Played& kind = all[i / pieces];
    kind.outcomes.insert(kind.outcomes.end(), parts[i].outcomes.begin(), parts[i].outcomes.end());
    kind.rest += parts[i].rest;
  }
  return all;
}

Outcome play_text(const std::string& program, const std::string& text, unsigned seed,
                  const std::string& options) {
  Child child(program, options);
  child.run({"text", text, std::to_string(seed)});
  if (child.played().outcomes.empty()) return {.seed = seed, .why = child.played().rest};
  return child.played().outcomes.back();
}

Tree shrink(const std::string& program, Tree tree, const Outcome& outcome) {
  for (bool smaller_yet = true; smaller_yet;) {
    smaller_yet = false;
    for (Tree& each : smaller(tree)) {
      if (!same(play_text(program, each.text(), outcome.seed), outcome)) continue;
      tree = std::move(each);
      smaller_yet = true;
      break;
    }
  }
  return tree;
}

void Tally::add(const Outcome& outcome) {
  ++verdicts[static_cast<std::size_t>(outcome.verdict)];
  ++endings[static_cast<std::size_t>(outcome.ending)];
}

}  // namespace gridlock::random_programs
