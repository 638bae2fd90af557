// SPDX-License-Identifier: Apache-2.0
//
// The commands that GitHub's runner takes for annotations of a change, a line each. It shows ten of a step.
#include "reports/formats.h"
#include "reports/places.h"
#include "reports/render_index.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kAnnotations = 9;  // and one that counts the others

// A command ends with its line; the runner takes these back.
std::string escaped(std::string_view text, bool is_property) {
  std::string all;
  for (const char c : text) {
    if (c == '%') {
      all += "%25";
    } else if (c == '\n') {
      all += "%0A";
    } else if (c == '\r') {
      all += "%0D";
    } else if (is_property && c == ':') {
      all += "%3A";
    } else if (is_property && c == ',') {
      all += "%2C";
    } else {
      all += c;
    }
  }
  return all;
}

std::string property(std::string_view name, std::string_view value) {
  return std::string(name) + "=" + escaped(printable_line(value), true);
}

std::string annotation(const Found& found, const Report& report) {
  const Finding& finding = *found.finding;
  const bool is_known = baseline_state(finding, report) == "unchanged";
  std::string line = is_known ? "::warning " : "::error ";
  if (const std::optional<Frame> place = main_place(finding); place && !place->file.empty()) {
    line += property("file", path_in_project(place->file, report)) + ",";
    if (place->line > 0) line += property("line", std::to_string(place->line)) + ",";
  }
  line += property("title", title_text(finding));
  std::string message =
      meaning_text(finding, &report) + "\nTo fix it: " + fix_text(finding, &report);
  if (!found.outcome->rerun.empty()) message += "\nAgain: " + printable_line(found.outcome->rerun);
  return line + "::" + escaped(message, false) + "\n";
}

}  // namespace

/// What was declared is no news to whoever reads a change; all findings of a program are.
std::string render_github(const Report& report) {
  const RenderIndex index(report);
  std::vector<Found> all = all_found(report);
  std::erase_if(all, [](const Found& found) { return passed(found.outcome->verdict); });
  std::string lines;
  for (std::size_t i = 0; i < std::min(all.size(), kAnnotations); ++i)
    lines += annotation(all[i], report);
  if (all.size() > kAnnotations) {
    lines += "::notice title=Gridlock::" + counted(all.size() - kAnnotations, "more finding") +
             " in the report\n";
  }
  for (const Outcome& outcome : report.outcomes) {
    if (passed(outcome.verdict) || !outcome.findings.empty()) continue;
    lines += "::error " +
             property("title", outcome.name + " " + std::string(label(outcome.verdict))) +
             "::" + escaped(printable_line(outcome.reason), false) + "\n";
    if (std::ranges::count(lines, '\n') > static_cast<std::ptrdiff_t>(2 * kAnnotations)) break;
  }
  return lines;
}

}  // namespace gridlock::internal::reports
