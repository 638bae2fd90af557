// SPDX-License-Identifier: Apache-2.0
//
// Bytes that somebody else chose (names, paths, the output of a program) as text that may be stored
// and shown.
//
// A byte that is not UTF-8 is shown as four characters, "\xff": in the log, in the report and on
// stderr alike. So is each byte of a character that draws nothing or moves what is around it
// (controls, U+202E, U+200B ...), where something is shown. A name that has the four characters "\xff"
// of its own is written to the log as "\x5cxff".
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <string>
#include <string_view>

namespace gridlock {

/// Fit for a terminal and a page: what the text says, and nothing that steers the one or lies on the
/// other. Newlines and tabs stay.
std::string printable(std::string_view text);
/// The same in one line: newlines and tabs as spaces.
std::string printable_line(std::string_view text);

/// Fit for a JSON string: UTF-8 as it is. Where there is a byte that is none, that is written "\xff",
/// and a backslash that stands before the like already "\x5c".
std::string valid_utf8(std::string_view bytes);

/// A JSON document in UTF-8 with each hidden character as "\u202e": the same document, but one that
/// can be looked at.
std::string json_printable(std::string_view json);

namespace internal {
/// Throws std::runtime_error with one line where a JSON text is too large, too deep or has too many
/// values to be parsed. Before any parser sees it.
void require_readable_json(std::string_view text);
}  // namespace internal

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
