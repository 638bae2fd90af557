// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/growing_outputs.h"

#include "harness/scenario/finish_report.h"

#include <algorithm>
#include <iterator>

namespace gridlock::internal {

GrowingOutputs::GrowingOutputs(Progress& next, const std::vector<Output>& outputs,
                               const std::vector<std::string>& command)
    : next_(next), report_(report_head(command)) {
  std::ranges::copy_if(outputs, std::back_inserter(outputs_),
                       [](const Output& output) { return output.format->name == "junit"; });
  if (!outputs_.empty()) write();
}

void GrowingOutputs::finished(const Outcome& outcome) {
  next_.finished(outcome);
  if (outputs_.empty()) return;
  // One that is repeated takes its own place.
  const auto old = std::ranges::find(report_.outcomes, outcome.name, &Outcome::name);
  if (old == report_.outcomes.end()) {
    report_.outcomes.push_back(outcome);
  } else {
    *old = outcome;
  }
  is_behind_ = true;
  idle();
}

void GrowingOutputs::idle() {
  next_.idle();
  if (is_behind_ && std::chrono::steady_clock::now() >= not_before_) write();
}

void GrowingOutputs::write() {
  const auto begin = std::chrono::steady_clock::now();
  write_outputs(outputs_, report_);
  const auto end = std::chrono::steady_clock::now();
  is_behind_ = false;
  not_before_ = end + 9 * (end - begin);
}

}  // namespace gridlock::internal
