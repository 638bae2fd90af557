// SPDX-License-Identifier: Apache-2.0
//
// What a report for a terminal is laid out with: lines, indented and coloured.
#pragma once

#include <gridlock/report.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridlock::internal::reports {

enum class Style : std::uint8_t { kBold, kDim, kGood, kBad, kPlain };

class TextLines {
 public:
  explicit TextLines(const TextOptions& options) : options_(options) {}

  /// Without text an empty line, whatever the indent.
  void line(std::size_t indent, std::string_view text, Style style = Style::kPlain);
  /// In lines that fit the terminal; of `usual` columns where its width is not known.
  void wrapped(std::size_t indent, std::string_view text, std::size_t usual,
               Style style = Style::kPlain);
  /// The last lines of a text that is not ours, each behind a bar.
  void block(std::size_t indent, std::string_view raw, std::size_t last_lines);
  /// "... 3 more", where only the first of `all` were shown.
  void left_out(std::size_t all);

  /// Columns of the terminal, at least 40; `usual` where they are not known.
  std::size_t width(std::size_t usual) const;
  /// "src/bank.cc:12", as one gets there from the current folder; the whole path of what lies far from it.
  std::string near_path(const Frame& frame) const;

  std::string styled(std::string_view text, Style style) const;
  std::string take() { return std::move(out_); }

 private:
  const TextOptions options_;
  std::string out_;
};

/// `text` in lines of at most `width` columns, broken at spaces, before `code` rather than in it; what is
/// longer is broken where it must.
std::vector<std::string> broken(std::string_view text, std::size_t width);
/// Code points.
std::size_t columns_of(std::string_view text);

}  // namespace gridlock::internal::reports
