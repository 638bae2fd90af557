// SPDX-License-Identifier: Apache-2.0
//
// Plays many programs in child processes and counts what came out. One child plays one program after
// the other until one hangs, which ends it.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "tests/random_programs/generate.h"
#include "tests/random_programs/judge.h"

namespace gridlock::random_programs {

/// How the run ended in which the program was led into a standstill, or ran freely.
enum class Ending { kNotPlayed, kReported, kUnreported, kDiverged, kCrashed };
const char* name_of(Ending ending);

struct Outcome {
  unsigned seed = 0;
  Comparison verdict = Comparison::kTooLarge;
  Ending ending = Ending::kNotPlayed;
  std::string why = {};
};

/// A child that plays seeds [from, to) of a kind, or one text.
struct Played {
  std::vector<Outcome> outcomes;
  std::string rest;  ///< what it said besides
};

/// `program`: the path of the executable that has child_main().
Played play_seeds(const std::string& program, const KindOfProgram& kind, unsigned from,
                  unsigned to);
/// The same of several kinds, in as many children at a time as `jobs`: each of them mostly waits for its turn
/// at a processor. One for each kind, in their order.
std::vector<Played> play_kinds(const std::string& program, std::span<const KindOfProgram> kinds,
                               unsigned from, unsigned to, unsigned jobs);
/// `options`: more for GRIDLOCK_OPTIONS.
Outcome play_text(const std::string& program, const std::string& text, unsigned seed,
                  const std::string& options = "");

/// The smallest tree that the same is wrong with.
Tree shrink(const std::string& program, Tree tree, const Outcome& outcome);

/// Of arguments behind "child": KIND FROM TO LOG or text TEXT SEED LOG.
int child_main(const std::vector<std::string>& arguments);

struct Tally {
  std::array<unsigned, kComparisons> verdicts{};
  std::array<unsigned, 5> endings{};
  void add(const Outcome& outcome);
  unsigned of(Comparison verdict) const { return verdicts[static_cast<std::size_t>(verdict)]; }
  unsigned of(Ending ending) const { return endings[static_cast<std::size_t>(ending)]; }
};

}  // namespace gridlock::random_programs
