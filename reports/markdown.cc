// SPDX-License-Identifier: Apache-2.0
//
// A comment on a change: what differs, a line each, and folded the columns that the terminal shows. Cut to what such a
// comment may hold.
#include "reports/formats.h"
#include "reports/past.h"
#include "reports/places.h"
#include "reports/programs.h"
#include "reports/render_index.h"
#include "reports/text_parts.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kLargest = 60'000;  // GitHub takes 65,536 characters
constexpr std::size_t kFindingsOfAnOutcome = 20;

/// Text of a line or of a table's cell: nothing in it is markup, a link, or the name of somebody to be called.
std::string plain(std::string_view text) {
  std::string all;
  for (const char c : printable_line(text)) {
    if (c == '&') {
      all += "&amp;";
    } else if (c == '<') {
      all += "&lt;";
    } else if (c == '>') {
      all += "&gt;";
    } else if (c == '@') {
      all += "&#64;";
    } else {
      if (std::string_view("\\`*_{}[]()#+!|~$").find(c) != std::string_view::npos) all += '\\';
      all += c;
    }
  }
  // A text with "http://" is made a link without any markup.
  for (std::size_t at = 0; (at = all.find("://", at)) != std::string::npos; at += 6)
    all.replace(at, 1, "&#58;");
  for (std::size_t at = 0; (at = all.find("www.", at)) != std::string::npos; at += 7)
    all.replace(at + 3, 1, "&#46;");
  return all;
}

/// Between fences that are longer than any in it.
std::string fenced(std::string_view text, std::string_view language) {
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + std::string(language) + "\n" + std::string(text) + fence + "\n";
}

std::string place_of(const Finding& finding, const Report& report) {
  const std::optional<Frame> place = main_place(finding);
  if (!place || place->file.empty()) return "";
  return path_in_project(place->file, report) + ":" + std::to_string(place->line);
}

std::string row(const Found& found, const Report& report) {
  const Finding& finding = *found.finding;
  const std::string_view state = baseline_state(finding, report);
  return "| " + plain(title_text(finding)) + " | " + plain(place_of(finding, report)) + " | " +
         plain(found.outcome->name) + " |" +
         (state.empty() ? "" : " " + std::string(state) + " |") +
         (report.history ? " " + plain(past_text(finding, report)) + " |" : "") + "\n";
}

std::string details(const Found& found, const Report& report) {
  TextLines lines({.width = 100, .folder = report.project});
  text_finding_in_short(lines, *found.finding, 1, report);
  std::string text = lines.take();
  text.erase(0, text.find_first_not_of('\n'));
  std::string all = "<details><summary>" + plain(title_text(*found.finding)) + "</summary>\n\n" +
                    fenced(text, "text");
  if (!found.outcome->rerun.empty())
    all += "\nAgain:\n" + fenced(printable_line(found.outcome->rerun) + "\n", "sh");
  return all + "\n</details>\n";
}

bool is_news(const Found& found, const Report& report) {
  return !passed(found.outcome->verdict) && baseline_state(*found.finding, report) != "unchanged";
}

}  // namespace

std::string render_markdown(const Report& report) {
  const RenderIndex index(report);
  std::vector<Found> news = all_found(report);
  std::erase_if(news, [&](const Found& found) { return !is_news(found, report); });
  std::string all = "### Gridlock: " + plain(summary_text(report)) + "\n";
  if (report.baseline) {
    all += "\nCompared with " + plain(report.baseline->file) + ": " + std::to_string(news.size()) +
           " new, " + std::to_string(report.baseline->fixed.size()) + " fixed.\n";
  }
  for (const Outcome& outcome : report.outcomes) {
    if (passed(outcome.verdict) || !outcome.findings.empty()) continue;
    if (all.size() > kLargest / 4) break;
    all += "\n- " + plain(outcome.name) + ": " + plain(label(outcome.verdict)) + ", " +
           plain(outcome.reason) + "\n";
  }
  if (!news.empty()) {
    all += "\n| Finding | Place | In |" + std::string(report.baseline ? " State |" : "") +
           (report.history ? " History |" : "") + "\n| --- | --- | --- |" +
           (report.baseline ? " --- |" : "") + (report.history ? " --- |" : "") + "\n";
  }
  std::size_t shown = 0;
  std::string folded;
  for (; shown < std::min(news.size(), kFindingsOfAnOutcome); ++shown) {
    const std::string line = row(news[shown], report);
    const std::string more = "\n" + details(news[shown], report);
    if (all.size() + line.size() + folded.size() + more.size() > kLargest) break;
    all += line;
    folded += more;
  }
  all += folded;
  if (shown < news.size())
    all += "\n" + counted(news.size() - shown, "more finding") + " in the report.\n";
  for (const std::string& note : report.notes) {
    if (all.size() + note.size() < kLargest + 2000) all += "\n> " + plain(note) + "\n";
  }
  return all;
}

}  // namespace gridlock::internal::reports
