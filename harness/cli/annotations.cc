// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/annotations.h"

#include "harness/cli/messages.h"
#include "harness/cli/terminal.h"

#include <fstream>
#include <iostream>
#include <string_view>

namespace gridlock::internal {
namespace {

constexpr std::size_t kLargestSummary = std::size_t{1} << 20U;  // of all steps of a job together

std::string rendered(std::string_view format, const Report& report) {
  for (const ReportFormat& one : report_formats()) {
    if (one.name == format) return one.render(report);
  }
  return {};
}

}  // namespace

void annotate(const std::string& word, const Report& report) {
  if (word == "never") return;
  const bool is_step = environment_variable("GITHUB_ACTIONS") == "true" && has_news(report);
  if (word != "github" && !is_step) return;
  std::cout << rendered("github", report) << std::flush;
  const std::string file(environment_variable("GITHUB_STEP_SUMMARY"));
  if (file.empty()) return;
  const std::string summary = rendered("markdown", report);
  std::ofstream out(file, std::ios::app | std::ios::binary);
  if (static_cast<std::size_t>(out.tellp()) + summary.size() > kLargestSummary) return;
  out << summary << "\n";
  // The verdict does not hang on it.
  if (!out.flush()) say("cannot write the summary of the step to '" + file + "'");
}

}  // namespace gridlock::internal
