// SPDX-License-Identifier: Apache-2.0
//
// The strokes that all drawings are made of. A drawing is a column, top to bottom; an arrow that
// closes a cycle, or passes other rows, runs left of it. Each arrow then has the whole width for
// its label, on a telephone too, and sixteen rows look as calm as two.
#pragma once

#include "reports/html_parts.h"
#include "reports/utf8.h"

#include <string>
#include <utility>

namespace gridlock::internal::reports {

inline constexpr int kSvgWidth = 330;
inline constexpr int kSvgLeft = 44;   ///< of the rows; the way back runs left of them
inline constexpr int kSvgBox = 34;    ///< height of a row
inline constexpr int kSvgArrow = 72;  ///< where the arrows run down
inline constexpr int kSvgLabel = 34;  ///< letters that fit

inline Markup svg_text(int x, int y, MarkupValue css, const std::string& text,
                       int letters = kSvgLabel) {
  return element("text", {{"class", std::move(css)}, {"x", x}, {"y", y}},
                 shortened(text, static_cast<std::size_t>(letters)));
}

inline Markup svg_rect(MarkupValue css, int x, int y, int width, int height, int radius) {
  return svg_element("rect", {{"class", std::move(css)},
                              {"x", x},
                              {"y", y},
                              {"width", width},
                              {"height", height},
                              {"rx", radius}});
}

inline Markup svg_path(MarkupValue css, std::string way) {
  return svg_element("path", {{"class", std::move(css)}, {"d", std::move(way)}});
}

// Arrow heads are drawn, not <marker>s: a marker needs an id that is unique in the page.
inline Markup svg_head_right(int x, int y) {
  return svg_path("head", "M" + std::to_string(x) + " " + std::to_string(y) + "l-9 -5v10z");
}

inline Markup svg_arrow_down(int x, int from, int to) {
  const std::string column = "M" + std::to_string(x) + " ";
  return svg_path("arrow", column + std::to_string(from) + "V" + std::to_string(to - 8)) +
         svg_path("head", column + std::to_string(to) + "l-5 -9h10z");
}

/// From the left side of one row, at `from`, along a lane at `x`, to the left side of another.
inline Markup svg_lane(int x, int from, int to) {
  const std::string eight = from < to ? "8" : "-8";
  const std::string turn = std::to_string(from < to ? to - 8 : to + 8);
  return svg_path("arrow", "M" + std::to_string(kSvgLeft) + " " + std::to_string(from) + "H" +
                               std::to_string(x + 8) + "q-8 0 -8 " + eight + "V" + turn + "q0 " +
                               eight + " 8 " + eight + "H" + std::to_string(kSvgLeft - 8)) +
         svg_head_right(kSvgLeft, to);
}

/// From below the last row, at `from`, around the left side to the middle of the first row.
inline Markup svg_way_back(int from, int turn, int first) {
  return svg_path("arrow", "M" + std::to_string(kSvgArrow) + " " + std::to_string(from) + "V" +
                               std::to_string(turn) + "q0 12 -12 12H22q-12 0 -12 -12V" +
                               std::to_string(first + 12) + "q0 -12 12 -12h" +
                               std::to_string(kSvgLeft - 30)) +
         svg_head_right(kSvgLeft, first);
}

/// The whole drawing; `alt` for readers who cannot see it. One with links is no mere image.
inline Markup svg_drawing(const std::string& alt, int height, const Markup& strokes,
                          bool has_links = false) {
  return element("svg",
                 {{"class", "cycle"},
                  {"role", has_links ? MarkupValue("group") : MarkupValue("img")},
                  {"aria-label", alt},
                  {"viewBox", "0 0 " + std::to_string(kSvgWidth) + " " + std::to_string(height)},
                  {"width", kSvgWidth},
                  {"height", height}},
                 element("title", alt) + strokes);
}

}  // namespace gridlock::internal::reports
