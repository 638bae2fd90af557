// SPDX-License-Identifier: Apache-2.0
#include "reports/text_lines.h"

#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>

namespace gridlock::internal::reports {

std::string TextLines::styled(std::string_view text, Style style) const {
  if (!color_ || style == Style::kPlain) return std::string(text);
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

}  // namespace gridlock::internal::reports
