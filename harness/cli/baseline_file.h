// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gridlock/report.h>

#include <optional>
#include <string>

namespace gridlock::internal {

/// What --baseline names: a JSON report. Nothing for an empty name; throws UsageError where it cannot be read.
std::optional<Report> load_baseline(const std::string& file);

}  // namespace gridlock::internal
