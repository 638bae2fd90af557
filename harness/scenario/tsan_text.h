// SPDX-License-Identifier: Apache-2.0
//
// ThreadSanitizer's words, beside its findings. What a finding claims comes from its data
// (tsan_hook.cc); the text is kept for people, and for the name of a global variable, which the
// data lacks.
#pragma once

#include <gridlock/finding.h>

#include <string_view>
#include <vector>

namespace gridlock::internal {

/// Gives the i-th finding that came from ThreadSanitizer the i-th report of its log, verbatim.
/// Findings without a report, and reports without a finding, are left as they are.
void attach_tsan_text(std::vector<Finding>& findings, std::string_view log);

}  // namespace gridlock::internal
