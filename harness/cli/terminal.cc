// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace gridlock::internal {
namespace {

bool is_on(const char* name) {
  const std::string_view value = environment_variable(name);
  return !value.empty() && value != "0" && value != "false";
}

}  // namespace

std::string_view environment_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view{} : value;
}

ColorMode color_mode(std::string_view word) {
  if (word == "always") return ColorMode::kAlways;
  return word == "never" ? ColorMode::kNever : ColorMode::kAuto;
}

bool wants_color(int fd, ColorMode mode) {
  if (mode != ColorMode::kAuto) return mode == ColorMode::kAlways;
  if (!environment_variable("NO_COLOR").empty()) return false;
  if (is_on("CLICOLOR_FORCE") || is_on("FORCE_COLOR")) return true;
  return can_rewrite_lines(fd);
}

bool can_rewrite_lines(int fd) { return isatty(fd) == 1 && environment_variable("TERM") != "dumb"; }

std::size_t terminal_width(int fd) {
  winsize size{};
  return isatty(fd) == 1 && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

TextOptions text_options(int fd, ColorMode mode, bool verbose) {
  std::error_code error;
  return {.color = wants_color(fd, mode),
          .verbose = verbose,
          .width = terminal_width(fd),
          .folder = std::filesystem::current_path(error).string()};
}

bool speaks_utf8() {
  std::string locale;
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    locale = environment_variable(name);
    if (!locale.empty()) break;
  }
  for (char& c : locale) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

std::string cut(std::string_view text, std::size_t width) {
  if (text.size() <= width) return std::string(text);
  const bool utf8 = speaks_utf8();
  std::size_t end = width - std::min<std::size_t>(width, utf8 ? 1 : 3);
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + (utf8 ? "\u2026" : "...");
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::size_t start = std::min(text.find_first_not_of(' '), text.size());
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string_view word = text.substr(start, end - start);
    text.remove_prefix(end);
    if (word.empty()) break;
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) {
      lines.emplace_back();
    }
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

}  // namespace gridlock::internal
