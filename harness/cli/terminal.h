// SPDX-License-Identifier: Apache-2.0
//
// What the output can show: colours, a line that is rewritten, characters beyond ASCII, how many
// columns.
#pragma once

#include <gridlock/report.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal {

/// What --color asks for.
enum class ColorMode : unsigned char { kAuto, kAlways, kNever };

/// Of the environment; empty if it is not set.
std::string_view environment_variable(const char* name);

/// From the word of the command line: "always", "never", else kAuto.
ColorMode color_mode(std::string_view word);

/// True if colours belong on this file descriptor. --color always and never decide; then NO_COLOR;
/// then CLICOLOR_FORCE and FORCE_COLOR (set, and neither empty nor "0" nor "false"); else a
/// terminal has colours, unless TERM is "dumb".
bool wants_color(int fd, ColorMode mode = ColorMode::kAuto);

/// A line on this file descriptor can be written again: it is a terminal, and TERM is not "dumb".
bool can_rewrite_lines(int fd);

/// Columns of the terminal; 0 where the output is none, and is then not broken into lines.
std::size_t terminal_width(int fd);

/// What a text for this file descriptor is laid out with.
TextOptions text_options(int fd, ColorMode mode, bool verbose);

/// The locale says UTF-8 (LC_ALL, else LC_CTYPE, else LANG).
bool speaks_utf8();

/// `text` up to `width` columns, the end of it "…" (or "..." where the locale is not UTF-8) if
/// something was cut off. Never inside a character.
std::string cut(std::string_view text, std::size_t width);

/// `text` in lines of at most `width` bytes, broken at spaces; a longer word has a line of its own.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

}  // namespace gridlock::internal
