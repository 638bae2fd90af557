// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/cli/terminal.h"
#include "harness/scenario/runner.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace gridlock::internal {

/// Says on stdout how far a run is: one line that is rewritten on a terminal, one line a scenario
/// otherwise (and nothing else need be said of those that are as expected).
class ProgressLine : public Progress {
 public:
  ProgressLine(std::size_t total, ColorMode color);
  ~ProgressLine() override;
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void started(const Scenario& scenario) override;
  void finished(const Outcome& outcome) override;
  void idle() override;
  /// Each verdict has had a line of its own.
  bool lists_verdicts() const { return !rewrites_; }

 private:
  void draw();
  void erase();
  std::string verdict_line(const Outcome& outcome) const;

  std::size_t total_;
  std::size_t done_ = 0;
  std::vector<std::string> running_;
  bool rewrites_;
  bool color_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace gridlock::internal
