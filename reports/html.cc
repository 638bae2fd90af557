// SPDX-License-Identifier: Apache-2.0
//
// The page: what happened at the top, then one section a scenario in the order of the report.
#include <gridlock/report.h>

#include "reports/formats.h"
#include "reports/html_parts.h"
#include "reports/lock_facts.h"
#include "reports/programs.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridlock {
namespace {

using namespace internal::reports;  // NOLINT(google-build-using-namespace): its other half

using Anchors = std::map<std::string, std::size_t>;  // an outcome's place by its name

Markup chip(Verdict verdict, const Markup& text) {
  return classed("span", "chip " + std::string(name(verdict)), text);
}

std::string_view label_of(const Outcome& outcome) {
  return outcome.program ? program_label(outcome) : label(outcome.verdict);
}

Markup chip(const Outcome& outcome) { return chip(outcome.verdict, label_of(outcome)); }

Markup fact(const Markup& term, const Markup& text) {
  return element("div", element("dt", term) + element("dd", text)) + "\n";
}

/// None where there is nothing to say.
Markup fact_if_any(const char* term, std::string_view text) {
  return text.empty() ? Markup() : fact(term, text);
}

Markup link(std::size_t outcome, const Markup& text) {
  return element("a", {{"href", "#" + anchor(outcome)}}, text);
}

std::string found_of(const Outcome& outcome, const Report& report) {
  return outcome.program ? program_found_text(outcome, report) : found_text(outcome);
}

std::string expected_of(const Outcome& outcome) {
  return outcome.program ? std::string() : expected_text(outcome);
}

std::string headline(const Report& report) {
  if (report.outcomes.empty()) return "No scenario was run";
  if (!programs_summary(report).empty()) return summary_text(report);
  const auto differing = static_cast<std::size_t>(std::ranges::count_if(
      report.outcomes, [](const Outcome& outcome) { return !passed(outcome.verdict); }));
  const std::string all = counted(report.outcomes.size(), "scenario");
  if (differing > 0) {
    return std::to_string(differing) + " of " + all + " " +
           (differing == 1 ? "differs" : "differ") + " from what was declared";
  }
  const auto unchecked = count(report, Verdict::kNotChecked);
  if (unchecked > 0) {
    return "Nothing differs; " + std::to_string(unchecked) + " of " + all + " not checked";
  }
  return (report.outcomes.size() == 1 ? "1 scenario, as declared" : "All " + all + " as declared");
}

Markup header(const Report& report) {
  constexpr std::array kOrder = {Verdict::kMissed,   Verdict::kUnexpected, Verdict::kCrashed,
                                 Verdict::kTimedOut, Verdict::kAsExpected, Verdict::kNotChecked};
  Markup chips;
  for (const Verdict verdict : kOrder) {
    std::map<std::string, int> times;  // by what is said of it
    for (const Outcome& outcome : report.outcomes) {
      if (outcome.verdict == verdict) ++times[std::string(label_of(outcome))];
    }
    for (const auto& [text, count] : times) {
      chips += chip(verdict, std::to_string(count) + " " + text) + " ";
    }
  }
  Markup facts = fact_if_any("Command", report.command);
  if (!only_programs(report)) {
    facts += fact_if_any(
        "Build", report.compiler + (report.sanitizer.empty() ? ", no sanitizer"
                                                             : ", -fsanitize=" + report.sanitizer));
    if (!unseen_races_text(report).empty())
      facts += fact("Data races", "not looked for in this build");
  }
  facts += fact_if_any("Started", report.started);
  if (!only_programs(report)) facts += fact_if_any("Took", seconds_text(report.seconds));
  facts += fact_if_any("Gridlock", report.tool_version);
  for (const std::string& note : report.notes) facts += fact_if_any("Note", note);
  if (report.not_run > 0) facts += fact("Not run", std::to_string(report.not_run));
  const Outcome* next = worth_a_rerun(report);
  if (next != nullptr) facts += fact_if_any("Next", next->rerun);
  return classed("header", "top",
                 classed("p", "mark", "Gridlock") + "\n" + element("h1", headline(report)) + "\n" +
                     classed("p", "chips", chips) + "\n" + classed("dl", "facts", "\n" + facts)) +
         "\n";
}

Markup summary_table(std::string_view of, const Markup& columns, const Markup& rows) {
  return element(
             "nav", {{"aria-label", of}},
             element("h2", "Summary") + "\n" + html_table("Summary", "summary", columns, rows)) +
         "\n";
}

Markup row_start(const Outcome& outcome, std::size_t index) {
  return element("th", {{"scope", "row"}}, link(index, outcome.name));
}

/// On a narrow screen the label stands where the column's heading is not to be seen.
Markup labelled_cell(MarkupValue label, const Markup& text) {
  return element("td", {{"data-label", std::move(label)}}, text);
}

/// In the order of the report: a finding is in the first that has it.
Markup summary_of_programs(const Report& report) {
  Markup rows;
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    const Outcome& outcome = report.outcomes[i];
    rows += element("tr", row_start(outcome, i) +
                              labelled_cell("program", program_facts_text(outcome)) +
                              labelled_cell("found", found_of(outcome, report)) +
                              element("td", chip(outcome))) +
            "\n";
  }
  return summary_table(
      "Programs",
      html_column("Log") + html_column("Program") + html_column("Found") + html_column("State"),
      rows);
}

/// Those that differ come first; the order of the report otherwise.
Markup summary(const Report& report) {
  if (report.outcomes.empty()) return {};
  if (only_programs(report)) return summary_of_programs(report);
  std::vector<std::size_t> order;
  for (const bool want_passed : {false, true}) {
    for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
      if (passed(report.outcomes[i].verdict) == want_passed) order.push_back(i);
    }
  }
  Markup rows;
  for (const std::size_t i : order) {
    const Outcome& outcome = report.outcomes[i];
    rows += element("tr", row_start(outcome, i) + labelled_cell("expected", expected_of(outcome)) +
                              labelled_cell("found", found_of(outcome, report)) +
                              element("td", chip(outcome)) +
                              classed("td", "number", seconds_text(outcome.seconds))) +
            "\n";
  }
  return summary_table("Scenarios",
                       html_column("Scenario") + html_column("Expected") + html_column("Found") +
                           html_column("Verdict") +
                           element("th", {{"scope", "col"}, {"class", "number"}}, "Time"),
                       rows);
}

/// Blank lines part the paragraphs of a story.
Markup paragraphs(std::string_view text) {
  Markup all;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    all += element("p", text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(text.find_first_not_of('\n', end), text.size()));
  }
  return all;
}

Markup facts_of(const Outcome& outcome, const Report& report, const Anchors& anchors) {
  Markup facts;
  if (outcome.program) {
    facts += fact_if_any("Program", program_facts_text(outcome)) +
             fact_if_any("Command", outcome.program->command) +
             fact_if_any("Ended", program_end_text(outcome));
  } else {
    facts += fact("Expected", expected_text(outcome));
  }
  facts += fact("Found", found_of(outcome, report));
  facts += fact_if_any("Besides", suppressed_text(outcome));
  if (!outcome.program) facts += fact_if_any("Why", outcome.reason);
  facts += fact_if_any("Ended", ending_text(outcome));
  if (outcome.processes.size() > 1) facts += fact("Processes", html_processes(outcome.processes));
  if (!outcome.twin.empty()) {
    const auto it = anchors.find(outcome.twin);
    facts += fact("Twin", it == anchors.end() ? outcome.twin : link(it->second, outcome.twin));
  }
  facts += fact_if_any("Watching it cost", watching_text(outcome));
  if (!outcome.rerun.empty()) facts += fact("Again", element("code", outcome.rerun));
  return classed("dl", "facts", "\n" + facts) + "\n";
}

Markup source_of(const Outcome& outcome, const Report& report) {
  if (const Markup source = html_source(outcome, report); !source.empty()) {
    return element("h3", "Source " + classed("span", "place", outcome.file)) + "\n" + source;
  }
  if (outcome.file.empty()) return {};
  return html_quiet("Source: " + outcome.file + ":" + std::to_string(outcome.first_line));
}

Markup section(const Outcome& outcome, std::size_t index, const Report& report,
               const Anchors& anchors) {
  const std::string id = anchor(index);
  Markup all = element("h2", {{"id", id + "h"}}, Markup(outcome.name) + " " + chip(outcome)) + "\n";
  if (!outcome.summary.empty()) all += classed("p", "lead", outcome.summary) + "\n";
  all += facts_of(outcome, report, anchors) + classed("div", "story", paragraphs(outcome.story)) +
         "\n" + source_of(outcome, report);
  if (!outcome.findings.empty())
    all += element("h3", counted(outcome.findings.size(), "finding")) + "\n";
  for (std::size_t i = 0; i < outcome.findings.size(); ++i) {
    all += html_finding(outcome.findings[i], i + 1, report);
  }
  all += html_suppressed(outcome) + html_contention(outcome) + html_safe_cycles(outcome, report) +
         html_learned_order(outcome);
  if (outcome.dump) {
    all += element("h3", outcome.program ? "Dump" : "When it ended") + "\n" +
           html_dump(*outcome.dump, report);
  }
  all += html_folded_text("Output of the program", outcome.output) +
         html_folded_text("Everything that ThreadSanitizer wrote", outcome.tsan_text) +
         classed("p", "back", element("a", {{"href", "#top"}}, "Back to the summary"));
  return element("section", {{"class", "scenario"}, {"id", id}, {"aria-labelledby", id + "h"}},
                 all) +
         "\n";
}

/// Nothing is fetched, and no script runs, whatever else may be wrong.
Markup head(const Report& report) {
  return void_element("meta", {{"charset", "utf-8"}}) + "\n" +
         void_element("meta",
                      {{"http-equiv", "Content-Security-Policy"},
                       {"content",
                        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri "
                        "'none'; form-action 'none'"}}) +
         "\n" +
         void_element("meta",
                      {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}) +
         "\n" + void_element("meta", {{"name", "color-scheme"}, {"content", "light dark"}}) + "\n" +
         void_element("link", {{"rel", "icon"}, {"href", "data:,"}}) + "\n" +
         element("title", "Gridlock: " + headline(report)) + "\n";
}

}  // namespace

std::string to_html(const Report& report) {
  Anchors anchors;
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    anchors.emplace(report.outcomes[i].name, i);
  }
  Markup sections;
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    sections += section(report.outcomes[i], i, report, anchors);
  }
  return html_document(head(report), "\n" + header(report) + summary(report) +
                                         html_suppressions(report) +
                                         element("main", "\n" + sections) + "\n");
}

std::string internal::reports::render_html(const Report& report) { return to_html(report); }

}  // namespace gridlock
