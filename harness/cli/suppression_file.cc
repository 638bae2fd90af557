// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/suppression_file.h"

#include "harness/cli/input_files.h"
#include "harness/cli/messages.h"
#include "harness/scenario/limits.h"
#include "harness/scenario/option_table.h"
#include "harness/scenario/source_text.h"

#include <optional>
#include <stdexcept>
#include <string>

namespace gridlock::internal {

Suppressions load_suppressions(const SuppressionArguments& arguments,
                               const std::vector<std::string>& settings) {
  const std::string file =
      arguments.file.empty() ? option_value("suppressions", settings) : arguments.file;
  if (file.empty()) return {};
  const std::optional<std::string> text = read_file(file, kLargestSuppressions);
  if (!text) throw UsageError("suppressions: " + cannot_read(file, kLargestSuppressions));
  try {
    return Suppressions::parse(*text, file);
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
}

bool complain_of_unused(const SuppressionArguments& arguments, const Report& report) {
  bool unused = false;
  for (const Suppression& one : report.suppressions) {
    if (one.uses > 0) continue;
    unused = true;
    say(one.file + ":" + std::to_string(one.line) + ": '" + one.text + "' matched nothing");
  }
  return unused && arguments.strict;
}

}  // namespace gridlock::internal
