// SPDX-License-Identifier: Apache-2.0
//
// Source text: the scenario with the lines of its findings marked, and the few lines around one
// place.
#include "reports/frames.h"
#include "reports/html_parts.h"
#include "reports/source_diff.h"
#include "reports/wording.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace gridlock::internal::reports {
namespace {

constexpr int kMaxLines = 400;

using Notes = std::map<int, std::vector<std::string>>;  // by line

void add_notes(Notes& notes, const Story& story, std::string_view file) {
  for (const Episode& episode : story.episodes) {
    for (const Site& site : episode.sites) {
      const Frame* frame = site_of(*site.stack);
      if (frame == nullptr || frame->file != file || frame->line == 0) continue;
      std::vector<std::string>& there = notes[frame->line];
      if (std::ranges::find(there, site.note) == there.end()) there.push_back(site.note);
    }
  }
}

/// `change`: what the fixed form does to the line.
Markup code_line(const Report& report, std::string_view file, int line,
                 const std::vector<std::string>* notes, DiffLine::Side change) {
  Markup text = source_line(report, file, line);
  if (change == DiffLine::Side::kFixed) return element("li", element("ins", text)) + "\n";
  if (change == DiffLine::Side::kBroken) text = element("del", text);
  if (notes == nullptr) return element("li", text) + "\n";
  Markup shown;
  for (const std::string& note : *notes) shown += element("span", note);
  return classed("li", "hit", text + classed("span", "notes", shown)) + "\n";
}

/// All lines of the scenario, or those of both forms.
std::vector<DiffLine> lines_of(const Report& report, const Lines& own,
                               const std::optional<Lines>& fixed) {
  if (fixed) {
    Lines other = body_of_scenario(report, *fixed);
    other.last = std::min(other.last, other.first + kMaxLines - 1);
    return diff_of(report, own, other);
  }
  std::vector<DiffLine> lines;
  for (int line = own.first; line <= own.last; ++line) lines.push_back({.line = line});
  return lines;
}

}  // namespace

Markup html_snippet(const Frame& frame, const Report& report, int around) {
  const int lines = source_lines(report, frame.file);
  if (frame.line < 1 || frame.line > lines) return {};
  const int first = std::max(1, frame.line - around);
  const int last = std::min(lines, frame.line + around);
  std::size_t margin = std::string_view::npos;  // what all lines are indented by
  for (int line = first; line <= last; ++line) {
    const std::string_view code = source_line(report, frame.file, line);
    margin = std::min(margin, code.find_first_not_of(" \t"));
  }
  Markup all;
  for (int line = first; line <= last; ++line) {
    std::string_view code = source_line(report, frame.file, line);
    code.remove_prefix(std::min(margin, code.size()));
    const Markup text = std::to_string(line) + "  " + std::string(code);
    all += line == frame.line ? element("mark", text) : text;
    if (line < last) all += "\n";
  }
  return classed("pre", "snip", all) + "\n";
}

Markup html_source(const Outcome& outcome, const Report& report) {
  const int lines = source_lines(report, outcome.file);
  const int first = std::max(1, outcome.first_line);
  const int last = std::min({lines, outcome.last_line, first + kMaxLines - 1});
  if (outcome.first_line < 1 || last < first) return {};
  Notes notes;
  for (const Finding& finding : outcome.findings) {
    add_notes(notes, story_of(finding), outcome.file);
  }
  if (outcome.dump) add_notes(notes, story_of(*outcome.dump), outcome.file);
  Lines own{outcome.file, first, last};
  const std::optional<Lines> fixed = fixed_twin(outcome, report);
  if (!outcome.program) own = body_of_scenario(report, own);
  Markup code = "\n";
  for (const DiffLine& line : lines_of(report, own, fixed)) {
    const bool is_own = line.side != DiffLine::Side::kFixed;
    const auto it = is_own ? notes.find(line.line) : notes.end();
    code += code_line(report, is_own ? std::string_view(outcome.file) : fixed->file, line.line,
                      it == notes.end() ? nullptr : &it->second, line.side);
  }
  Markup all = element("ol", {{"class", "code source"}, {"start", own.first}}, code);
  if (last < std::min(lines, outcome.last_line)) {
    all += classed(
        "p", "quiet",
        counted(static_cast<std::size_t>(std::min(lines, outcome.last_line) - last), "line") +
            " more are left out.");
  }
  return all;
}

}  // namespace gridlock::internal::reports
