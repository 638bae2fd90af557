// SPDX-License-Identifier: Apache-2.0
//
// What CLI11 says of a wrong command line, in words of our own: one line that names what and where.
#pragma once

#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): it is the library's
class App;
}

namespace gridlock::internal {

/// The message of a parse error, on one line and without CLI11's own advice.
std::string one_line(std::string text);

/// The first word that CLI11 could make nothing of, with what it may have been meant to be; empty if there is none.
std::string unknown_word(const CLI::App& app);

/// "--jobs: At Most 1 required but received 2" in words of our own. `text` is one line.
std::string wrong_number_of_values(std::string text);

}  // namespace gridlock::internal
