// SPDX-License-Identifier: Apache-2.0
//
// Source text: the scenario with the lines of its findings marked, and the few lines around one
// place.
#include "reports/frames.h"
#include "reports/html_parts.h"
#include "reports/wording.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace gridlock::internal::reports {
namespace {

constexpr int kAround = 3;
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

Markup code_line(const Report& report, std::string_view file, int line,
                 const std::vector<std::string>* notes) {
  Markup all = element("code", source_line(report, file, line));
  if (notes != nullptr && !notes->empty()) {
    Markup shown;
    for (const std::string& note : *notes) shown += element("span", note);
    all += classed("span", "notes", shown);
  }
  return element(
             "li",
             {{"value", line}, {"class", notes != nullptr ? MarkupValue("hit") : MarkupValue()}},
             all) +
         "\n";
}

}  // namespace

Markup html_snippet(const Frame& frame, const Report& report) {
  const int lines = source_lines(report, frame.file);
  if (frame.line < 1 || frame.line > lines) return {};
  const std::vector<std::string> no_notes;
  Markup all = "\n";
  const int last = std::min(lines, frame.line + kAround);
  for (int line = std::max(1, frame.line - kAround); line <= last; ++line) {
    all += code_line(report, frame.file, line, line == frame.line ? &no_notes : nullptr);
  }
  return classed("ol", "code", all);
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
  Markup code = "\n";
  for (int line = first; line <= last; ++line) {
    const auto it = notes.find(line);
    code += code_line(report, outcome.file, line, it == notes.end() ? nullptr : &it->second);
  }
  Markup all = classed("ol", "code source", code);
  if (last < std::min(lines, outcome.last_line)) {
    all += classed(
        "p", "quiet",
        counted(static_cast<std::size_t>(std::min(lines, outcome.last_line) - last), "line") +
            " more are left out.");
  }
  return all;
}

}  // namespace gridlock::internal::reports
