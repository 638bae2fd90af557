// SPDX-License-Identifier: Apache-2.0
//
// Outputs that are written while the run goes on, so that one that is killed leaves whole files about what was done.
#pragma once

#include "harness/cli/outputs.h"
#include "harness/scenario/runner.h"

#include <chrono>
#include <vector>

namespace gridlock::internal {

/// Passes everything on to another. JUnit files among the outputs are written again as outcomes come, each time whole:
/// places in them are those of a run that is not over, module and offset. Writing takes a tenth of the time at most.
class GrowingOutputs : public Progress {
 public:
  GrowingOutputs(Progress& next, const std::vector<Output>& outputs,
                 const std::vector<std::string>& command);

  void started(const Scenario& scenario) override { next_.started(scenario); }
  void finished(const Outcome& outcome) override;
  void idle() override;

 private:
  void write();

  Progress& next_;
  std::vector<Output> outputs_;
  Report report_;
  bool is_behind_ = false;
  std::chrono::steady_clock::time_point not_before_;
};

}  // namespace gridlock::internal
