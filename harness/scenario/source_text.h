// SPDX-License-Identifier: Apache-2.0
//
// Reading source files, and finding where a scenario ends in one.
#pragma once

#include "harness/scenario/limits.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gridlock::internal {

/// The whole file, or nothing if it cannot be read, is no regular file or is larger than `at_most`
/// bytes.
std::optional<std::string> read_file(const std::string& path, std::size_t at_most = kLargestInput);

/// The line (1-based) of the brace that closes the body of the GRIDLOCK_SCENARIO that starts on
/// `first_line`: behind the first balanced (...) the first balanced {...}. Braces in comments,
/// strings, raw strings and character literals do not count. 0 if there is none, or the text ends
/// first.
int last_line_of_body(std::string_view text, int first_line);

/// First and last line of a scenario that was registered at `line`. Compilers disagree about the
/// line of a macro call that is written over several: clang means its last. So this looks back from
/// there for the nearest "GRIDLOCK_SCENARIO(" whose body ends behind `line`; if there is none, the
/// first line is `line` itself.
struct LineRange {
  int first = 0;
  int last = 0;  ///< 0 if not found
};
LineRange scenario_lines(std::string_view text, int line);

}  // namespace gridlock::internal
