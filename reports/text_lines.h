// SPDX-License-Identifier: Apache-2.0
//
// What a report for a terminal is laid out with: lines, indented and coloured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace gridlock::internal::reports {

enum class Style : std::uint8_t { kBold, kDim, kGood, kBad, kPlain };

class TextLines {
 public:
  explicit TextLines(bool color) : color_(color) {}

  /// Without text an empty line, whatever the indent.
  void line(std::size_t indent, std::string_view text, Style style = Style::kPlain);
  /// The last lines of a text that is not ours, each behind a bar.
  void block(std::size_t indent, std::string_view raw, std::size_t last_lines);
  /// "... 3 more", where only the first of `all` were shown.
  void left_out(std::size_t all);

  std::string styled(std::string_view text, Style style) const;
  std::string take() { return std::move(out_); }

 private:
  bool color_;
  std::string out_;
};

}  // namespace gridlock::internal::reports
