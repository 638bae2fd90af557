// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/baseline_file.h"

#include "harness/cli/actions.h"
#include "harness/cli/input_files.h"
#include "harness/scenario/source_text.h"

#include <exception>

namespace gridlock::internal {

std::optional<Report> load_baseline(const std::string& file) {
  if (file.empty()) return std::nullopt;
  const std::optional<std::string> text = read_file(file);
  if (!text) throw UsageError("--baseline: " + cannot_read(file));
  try {
    return report_from_json(*text);
  } catch (const std::exception& error) {
    throw UsageError("--baseline: " + file + ": " + error.what());
  }
}

}  // namespace gridlock::internal
