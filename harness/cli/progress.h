// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/runner.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace gridlock::internal {

/// True if colours belong on this file descriptor: it is a terminal and NO_COLOR is not set.
bool wants_color(int fd);

/// Says on stdout how far a run is: one line that is rewritten on a terminal, one line a scenario
/// otherwise.
class ProgressLine : public Progress {
 public:
  explicit ProgressLine(std::size_t total);
  ~ProgressLine() override;
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void started(const Scenario& scenario) override;
  void finished(const Outcome& outcome) override;
  void idle() override;

 private:
  void draw();
  void erase();

  std::size_t total_;
  std::size_t done_ = 0;
  std::vector<std::string> running_;
  bool terminal_;
  bool color_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace gridlock::internal
