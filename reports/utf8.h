// SPDX-License-Identifier: Apache-2.0
//
// Text of unknown origin (names, output, source) made fit to be shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gridlock::internal::reports {

/// The text with bytes that are not UTF-8 replaced by U+FFFD, and control characters other than
/// newline and tab written out as "\x1b": what a program printed must not steer the reader's
/// terminal or break the page.
std::string printable(std::string_view text);

/// printable(), with newlines and tabs as spaces too: for a name inside a line.
std::string one_line(std::string_view text);

/// The first `limit` code points of valid UTF-8, the last of them "…" if something was cut off.
std::string shortened(std::string_view text, std::size_t limit);

}  // namespace gridlock::internal::reports
