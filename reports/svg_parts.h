// SPDX-License-Identifier: Apache-2.0
//
// The strokes that all drawings are made of. A drawing is a column, top to bottom; an arrow that
// closes a cycle, or passes other rows, runs left of it. Each arrow then has the whole width for
// its label, on a telephone too, and sixteen rows look as calm as two.
#pragma once

#include "reports/html_parts.h"
#include "reports/utf8.h"

#include <string>
#include <string_view>

namespace gridlock::internal::reports {

inline constexpr int kSvgWidth = 330;
inline constexpr int kSvgLeft = 44;   ///< of the rows; the way back runs left of them
inline constexpr int kSvgBox = 34;    ///< height of a row
inline constexpr int kSvgArrow = 72;  ///< where the arrows run down
inline constexpr int kSvgLabel = 34;  ///< letters that fit

inline std::string svg_text(int x, int y, std::string_view css, const std::string& text,
                            int letters = kSvgLabel) {
  return "<text class=\"" + std::string(css) + "\" x=\"" + std::to_string(x) + "\" y=\"" +
         std::to_string(y) + "\">" + escaped(shortened(text, static_cast<std::size_t>(letters))) +
         "</text>";
}

inline std::string svg_rect(std::string_view css, int x, int y, int width, int height, int radius) {
  return "<rect class=\"" + std::string(css) + "\" x=\"" + std::to_string(x) + "\" y=\"" +
         std::to_string(y) + "\" width=\"" + std::to_string(width) + "\" height=\"" +
         std::to_string(height) + "\" rx=\"" + std::to_string(radius) + "\"/>";
}

// Arrow heads are drawn, not <marker>s: a marker needs an id that is unique in the page.
inline std::string svg_arrow_down(int x, int from, int to) {
  return "<path class=\"arrow\" d=\"M" + std::to_string(x) + " " + std::to_string(from) + "V" +
         std::to_string(to - 8) + "\"/><path class=\"head\" d=\"M" + std::to_string(x) + " " +
         std::to_string(to) + "l-5 -9h10z\"/>";
}

/// From the left side of one row, at `from`, along a lane at `x`, to the left side of another.
inline std::string svg_lane(int x, int from, int to) {
  const std::string turn = std::to_string(from < to ? to - 8 : to + 8);
  return "<path class=\"arrow\" d=\"M" + std::to_string(kSvgLeft) + " " + std::to_string(from) +
         "H" + std::to_string(x + 8) + "q-8 0 -8 " + (from < to ? "8" : "-8") + "V" + turn + "q0 " +
         (from < to ? "8" : "-8") + " 8 " + (from < to ? "8" : "-8") + "H" +
         std::to_string(kSvgLeft - 8) + "\"/><path class=\"head\" d=\"M" +
         std::to_string(kSvgLeft) + " " + std::to_string(to) + "l-9 -5v10z\"/>";
}

/// From below the last row, at `from`, around the left side to the middle of the first row.
inline std::string svg_way_back(int from, int turn, int first) {
  return "<path class=\"arrow\" d=\"M" + std::to_string(kSvgArrow) + " " + std::to_string(from) +
         "V" + std::to_string(turn) + "q0 12 -12 12H22q-12 0 -12 -12V" +
         std::to_string(first + 12) + "q0 -12 12 -12h" + std::to_string(kSvgLeft - 30) +
         "\"/><path class=\"head\" d=\"M" + std::to_string(kSvgLeft) + " " + std::to_string(first) +
         "l-9 -5v10z\"/>";
}

inline std::string svg_open(const std::string& alt, int height) {
  const std::string width = std::to_string(kSvgWidth);
  const std::string tall = std::to_string(height);
  return "<svg class=\"cycle\" role=\"img\" aria-label=\"" + escaped(alt) + "\" viewBox=\"0 0 " +
         width + " " + tall + "\" width=\"" + width + "\" height=\"" + tall + "\"><title>" +
         escaped(alt) + "</title>";
}

}  // namespace gridlock::internal::reports
