// SPDX-License-Identifier: Apache-2.0
//
// The section of one outcome: in full where it differs from what was declared, folded to a line where it does not.
#include "reports/explored.h"
#include "reports/html_parts.h"
#include "reports/lock_facts.h"
#include "reports/places.h"
#include "reports/programs.h"
#include "reports/source_diff.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kInFull = 50;          // findings of an outcome; then only their essence
constexpr std::size_t kFindingsShown = 200;  // then they are counted

std::string_view label_of(const Outcome& outcome) {
  return outcome.program ? program_label(outcome) : label(outcome.verdict);
}

/// Blank lines part the paragraphs of a story.
Markup paragraphs(std::string_view text) {
  Markup all;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    all += element("p", text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(text.find_first_not_of('\n', end), text.size()));
  }
  return all.empty() ? all : classed("div", "story", all) + "\n";
}

Markup twin_link(const Outcome& outcome, const Report& report) {
  const auto twin = std::ranges::find(report.outcomes, outcome.twin, &Outcome::name);
  if (twin == report.outcomes.end()) return outcome.twin;
  const std::string id = anchor(static_cast<std::size_t>(twin - report.outcomes.begin()));
  return element("a", {{"href", "#" + id}}, outcome.twin);
}

Markup facts_of(const Outcome& outcome, const Report& report) {
  Markup facts;
  if (outcome.program) {
    facts += html_fact_if_any("Program", program_facts_text(outcome)) +
             html_fact_if_any("Command", outcome.program->command) +
             html_fact_if_any("Ended", program_end_text(outcome)) +
             html_fact_if_any("Schedules", exploration_text(outcome));
    if (outcome.exploration && outcome.findings.empty() && !outcome.exploration->replay.empty())
      facts += html_fact("Again", element("code", replay_text(outcome.exploration->replay)));
  } else if (!passed(outcome.verdict)) {
    facts += html_fact("Expected", expected_text(outcome)) +
             html_fact("Found", html_found(outcome, report));
  }
  facts += html_fact_if_any("Besides", suppressed_text(outcome));
  const bool is_news = !passed(outcome.verdict) || !outcome.suppressed.empty() ||
                       outcome.verdict == Verdict::kNotChecked;
  if (!outcome.program && is_news) facts += html_fact_if_any("Why", outcome.reason);
  facts += html_fact_if_any("Ended", ending_text(outcome));
  if (outcome.processes.size() > 1)
    facts += html_fact("Processes", html_processes(outcome.processes));
  if (!outcome.twin.empty() && !fixed_twin(outcome, report))
    facts += html_fact("Twin", twin_link(outcome, report));
  if (!passed(outcome.verdict) || outcome.program)
    facts += html_fact_if_any("Watching it cost", watching_text(outcome));
  if (!outcome.rerun.empty() && !passed(outcome.verdict))
    facts += html_fact("Again", html_command(outcome.rerun));
  if (facts.empty()) return {};
  return classed("dl", "facts", "\n" + facts) + "\n";
}

Markup source_of(const Outcome& outcome, const Report& report) {
  // Of what found nothing and should not, no line is marked.
  const bool any_marks = !outcome.findings.empty() || outcome.dump || !passed(outcome.verdict);
  if (outcome.file.empty()) return {};
  const std::string place = path_in_project(outcome.file, report);
  if (any_marks) {
    if (const Markup source = html_source(outcome, report); !source.empty()) {
      const Markup fixed = fixed_twin(outcome, report)
                               ? ", and what is different in " + twin_link(outcome, report)
                               : Markup();
      return element("h3", "Source " + element("i", place) + fixed) + "\n" + source;
    }
  }
  return html_quiet("Source: " + place + ":" + std::to_string(outcome.first_line));
}

Markup findings_of(const Outcome& outcome, const Report& report, PageIds& ids, PageRoom& room) {
  if (outcome.findings.empty()) return {};
  const std::size_t count = outcome.findings.size();
  Markup all = element("h3", counted(count, "finding")) + "\n";
  std::size_t shown = 0;
  for (; shown < std::min(count, kFindingsShown) && room.finding(); ++shown) {
    Detail detail = passed(outcome.verdict) ? Detail::kDeclared : Detail::kEssence;
    if (!passed(outcome.verdict) && shown < kInFull && room.finding_in_full())
      detail = Detail::kFull;
    all += html_finding(outcome, shown, report, ids, detail);
  }
  if (shown < count) {
    all +=
        html_quiet(counted(count - shown, shown == 0 ? "finding" : "more finding") +
                   " left out here; the JSON report has " + (count - shown == 1 ? "it." : "them."));
  }
  return all;
}

Markup body_of(const Outcome& outcome, const Report& report, PageIds& ids, PageRoom& room) {
  Markup all;
  if (!outcome.summary.empty()) all += classed("p", "lead", outcome.summary) + "\n";
  all += facts_of(outcome, report);
  // Of what differs the findings come first.
  const Markup told = paragraphs(outcome.story) + source_of(outcome, report);
  const Markup found = findings_of(outcome, report, ids, room);
  all += passed(outcome.verdict) ? told + found : found + told;
  all += html_suppressed(outcome) + html_contention(outcome) +
         html_infeasible_cycles(outcome, report) + html_learned_order(outcome);
  if (outcome.dump) {
    all += element("h3", outcome.program ? "Dump" : "When it ended") + "\n" +
           html_dump(*outcome.dump, report);
  }
  all += html_folded_text("Output of the program", outcome.output);
  // Findings have its words about them; here is what it said besides.
  if (!passed(outcome.verdict) && outcome.findings.empty())
    all += html_folded_text("Everything that ThreadSanitizer wrote", outcome.tsan_text);
  return all;
}

}  // namespace

std::string PageIds::take(std::string_view fingerprint) {
  const bool is_plain = !fingerprint.empty() && std::ranges::all_of(fingerprint, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (!is_plain || !taken_.insert(std::string(fingerprint)).second) return {};
  return "f-" + std::string(fingerprint);
}

Markup html_chip(const Outcome& outcome) {
  return classed("span", "chip " + std::string(name(outcome.verdict)), label_of(outcome));
}

Markup html_fact(const Markup& term, const Markup& text) {
  return element("div", element("dt", term) + element("dd", text)) + "\n";
}

Markup html_fact_if_any(const char* term, std::string_view text) {
  return text.empty() ? Markup() : html_fact(term, text);
}

Markup html_command(std::string_view text) { return classed("code", "cmd", printable_line(text)); }

std::string html_found(const Outcome& outcome, const Report& report) {
  return outcome.program ? program_found_text(outcome, report) : found_text(outcome);
}

Markup html_outcome_line(const Outcome& outcome, const Report& report) {
  return element("li", element("strong", outcome.name) + " " + html_chip(outcome) + " " +
                           classed("span", "quiet", html_found(outcome, report))) +
         "\n";
}

Markup html_outcome(const Outcome& outcome, std::size_t index, const Report& report, PageIds& ids,
                    PageRoom& room) {
  const std::string id = anchor(index);
  const Markup body = body_of(outcome, report, ids, room);
  const bool is_quiet = outcome.verdict == Verdict::kAsExpected;
  // The script takes what has no tokens for as expected.
  const std::string tokens = "verdict:" + std::string(label_of(outcome));
  if (!passed(outcome.verdict) || outcome.dump) {
    const Markup heading = element("h2", {{"id", id + "h"}}, outcome.name);
    return element("section",
                   {{"class", "scenario"},
                    {"id", id},
                    {"aria-labelledby", id + "h"},
                    {"data-t", tokens}},
                   classed("div", "head", heading + " " + html_chip(outcome)) + "\n" + body) +
           "\n";
  }
  Markup line =
      element("h2", outcome.name) + " " + classed("span", "found", html_found(outcome, report));
  if (!outcome.program) line += " " + classed("span", "quiet", seconds_text(outcome.seconds));
  if (!is_quiet) line += " " + html_chip(outcome);
  return element("details",
                 {{"class", "scenario passed"},
                  {"id", id},
                  {"open", MarkupValue::flag(report.outcomes.size() == 1)},
                  {"data-t", is_quiet && !outcome.program ? MarkupValue() : MarkupValue(tokens)}},
                 element("summary", line) + "\n" + body) +
         "\n";
}

}  // namespace gridlock::internal::reports
