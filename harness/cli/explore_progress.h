// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/cli/explored_process.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace gridlock::internal {

/// Says on stderr how far a search is: one line that is rewritten on a terminal, a line every ten seconds elsewhere.
class ExploreProgress {
 public:
  explicit ExploreProgress(const std::vector<std::unique_ptr<ExploredProcess>>& processes);
  ~ExploreProgress();
  ExploreProgress(const ExploreProgress&) = delete;
  ExploreProgress& operator=(const ExploreProgress&) = delete;

  void look();

 private:
  std::string line() const;

  const std::vector<std::unique_ptr<ExploredProcess>>& processes_;
  bool rewrites_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point said_ = start_;
};

}  // namespace gridlock::internal
