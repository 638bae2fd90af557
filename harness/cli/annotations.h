// SPDX-License-Identifier: Apache-2.0
//
// What GitHub's runner shows beside a change, by itself.
#pragma once

#include <gridlock/report.h>

#include <string>

namespace gridlock::internal {

/// `word`: "auto" (also empty: if this is a step of GitHub's actions and there is something to fail for), "github" or
/// "never". Prints annotations on stdout, and appends the Markdown to the file that GITHUB_STEP_SUMMARY names.
void annotate(const std::string& word, const Report& report);

}  // namespace gridlock::internal
