// SPDX-License-Identifier: Apache-2.0
//
// What the harness needs of <gridlock/text.h> besides.
#pragma once

#include <gridlock/text.h>

#include <string>
#include <string_view>

namespace gridlock::internal {

/// The bytes of a path that the log's writer or valid_utf8() made text of.
std::string original_bytes(std::string_view text);

/// One line of JSON in which some strings are not UTF-8, have control characters, or name half a
/// character ("\ud800"): these as they should have been written. Anything else stays as it is.
std::string repaired_json(std::string_view json);

/// Without the blanks, tabs and line ends at its two ends.
std::string_view trimmed(std::string_view text);

}  // namespace gridlock::internal
