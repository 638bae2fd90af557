// SPDX-License-Identifier: Apache-2.0
#include "reports/source_diff.h"

#include "reports/frames.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace gridlock::internal::reports {
namespace {

std::string_view code_of(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::vector<std::string_view> texts_of(const Report& report, const Lines& lines) {
  std::vector<std::string_view> texts;
  for (int line = lines.first; line <= lines.last; ++line)
    texts.push_back(code_of(source_line(report, lines.file, line)));
  return texts;
}

/// A scenario of this name that was not run, in the source of its twin.
std::optional<Lines> declared_as(std::string_view name, std::string_view file,
                                 const Report& report) {
  const std::string wanted = ".name = \"" + std::string(name) + "\"";
  const int count = source_lines(report, file);
  for (int line = 1; line <= count; ++line) {
    if (source_line(report, file, line).find(wanted) == std::string_view::npos) continue;
    for (int last = line; last <= count; ++last) {
      if (source_line(report, file, last) == "}") return Lines{file, line, last};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Lines> fixed_twin(const Outcome& outcome, const Report& report) {
  if (outcome.twin.empty() || outcome.expected.empty() || outcome.first_line < 1)
    return std::nullopt;
  const auto twin = std::ranges::find(report.outcomes, outcome.twin, &Outcome::name);
  if (twin == report.outcomes.end()) return declared_as(outcome.twin, outcome.file, report);
  if (!twin->expected.empty() || twin->first_line < 1 || twin->last_line < twin->first_line)
    return std::nullopt;
  if (source_lines(report, twin->file) < twin->last_line) return std::nullopt;
  return Lines{twin->file, twin->first_line, twin->last_line};
}

Lines body_of_scenario(const Report& report, Lines lines) {
  for (int line = lines.first; line < lines.last; ++line) {
    if (!source_line(report, lines.file, line).ends_with(") {")) continue;
    lines.first = line + 1;
    break;
  }
  return lines;
}

std::vector<DiffLine> diff_of(const Report& report, const Lines& broken, const Lines& fixed) {
  const std::vector<std::string_view> left = texts_of(report, broken);
  const std::vector<std::string_view> right = texts_of(report, fixed);
  // How long the longest common part of what follows is.
  const std::size_t width = right.size() + 1;
  std::vector<unsigned> common((left.size() + 1) * width);
  for (std::size_t i = left.size(); i-- > 0;) {
    for (std::size_t j = right.size(); j-- > 0;) {
      common[i * width + j] =
          left[i] == right[j] ? common[(i + 1) * width + j + 1] + 1
                              : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  std::vector<DiffLine> all;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() || j < right.size()) {
    const bool both = i < left.size() && j < right.size();
    if (both && left[i] == right[j]) {
      all.push_back({DiffLine::Side::kBoth, broken.first + static_cast<int>(i++)});
      ++j;
    } else if (j == right.size() ||
               (both && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      all.push_back({DiffLine::Side::kBroken, broken.first + static_cast<int>(i++)});
    } else {
      all.push_back({DiffLine::Side::kFixed, fixed.first + static_cast<int>(j++)});
    }
  }
  return all;
}

}  // namespace gridlock::internal::reports
