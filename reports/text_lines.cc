// SPDX-License-Identifier: Apache-2.0
#include "reports/text_lines.h"

#include "reports/frames.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <filesystem>

namespace gridlock::internal::reports {

std::string TextLines::styled(std::string_view text, Style style) const {
  if (!options_.color || style == Style::kPlain) return std::string(text);
  const std::string_view code = style == Style::kBold   ? "1"
                                : style == Style::kDim  ? "2"
                                : style == Style::kGood ? "32"
                                                        : "1;31";
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

void TextLines::line(std::size_t indent, std::string_view text, Style style) {
  if (!text.empty()) out_ += std::string(indent, ' ') + styled(text, style);
  out_ += '\n';
}

void TextLines::wrapped(std::size_t indent, std::string_view text, std::size_t usual, Style style) {
  const std::size_t all = width(usual);
  for (const std::string& part : broken(text, all > indent + 20 ? all - indent : 20)) {
    line(indent, part, style);
  }
}

std::size_t TextLines::width(std::size_t usual) const {
  return options_.width == 0 ? usual : std::max<std::size_t>(40, options_.width);
}

std::string TextLines::near_path(const Frame& frame) const {
  const std::filesystem::path file = frame.file;
  if (options_.folder.empty() || !file.is_absolute()) return place_text(frame);
  const std::filesystem::path way = file.lexically_normal().lexically_relative(options_.folder);
  const auto ups = std::ranges::count(way, std::filesystem::path(".."));
  const std::filesystem::path folder = options_.folder;
  // Beyond the folders above it that may be the project's, the whole path says more.
  const auto depth = std::distance(folder.begin(), folder.end());
  if (way.empty() || ups > 3 || (ups > 0 && depth - ups < 3)) return place_text(frame);
  Frame near = frame;
  near.file = way.string();
  return place_text(near);
}

void TextLines::block(std::size_t indent, std::string_view raw, std::size_t last_lines) {
  const std::string whole = printable(raw);
  std::string_view text = whole;
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::size_t lines = 1 + static_cast<std::size_t>(std::ranges::count(text, '\n'));
  if (lines > last_lines) {
    line(indent, "| ... " + counted(lines - last_lines, "earlier line"), Style::kDim);
  }
  for (; !text.empty(); --lines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (lines <= last_lines) line(indent, "| " + std::string(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void TextLines::left_out(std::size_t all) {
  if (all > kMaxItems) line(4, "... " + std::to_string(all - kMaxItems) + " more", Style::kDim);
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

namespace {

// Where the code point at column `width` begins.
std::size_t bytes_of(std::string_view text, std::size_t width) {
  std::size_t at = 0;
  for (std::size_t columns = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) continue;
    if (columns++ == width) break;
  }
  return at;
}

}  // namespace

std::vector<std::string> broken(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  width = std::max<std::size_t>(width, 1);
  while (columns_of(text) > width) {
    const std::size_t fits = bytes_of(text, width);
    std::size_t end = text.substr(0, fits + 1).rfind(' ');
    if (end == std::string_view::npos || end == 0) {
      end = fits;
    } else if (std::ranges::count(text.substr(0, end), '`') % 2 == 1) {
      // Code that is to be copied stays in one line, where it fits.
      const std::size_t before = text.rfind(' ', text.rfind('`', end));
      if (before != std::string_view::npos && before > 0) end = before;
    }
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  if (!text.empty()) lines.emplace_back(text);
  return lines;
}

}  // namespace gridlock::internal::reports
