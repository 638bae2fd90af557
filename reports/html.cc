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
#include <vector>

namespace gridlock {
namespace internal::reports {

extern const std::string_view kReportCss;  // assets/report.css, embedded by the build

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string anchor(std::size_t outcome) { return "s" + std::to_string(outcome + 1); }

}  // namespace internal::reports

namespace {

using namespace internal::reports;  // NOLINT(google-build-using-namespace): its other half

using Anchors = std::map<std::string, std::string>;  // outcome's name to fragment

std::string chip(Verdict verdict, const std::string& text) {
  return "<span class=\"chip " + std::string(name(verdict)) + "\">" + escaped(text) + "</span>";
}

std::string_view label_of(const Outcome& outcome) {
  return outcome.program ? program_label(outcome) : label(outcome.verdict);
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

std::string header(const Report& report) {
  constexpr std::array kOrder = {Verdict::kMissed,   Verdict::kUnexpected, Verdict::kCrashed,
                                 Verdict::kTimedOut, Verdict::kAsExpected, Verdict::kNotChecked};
  std::string html = "<header class=\"top\"><p class=\"mark\">Gridlock</p>\n<h1>" +
                     escaped(headline(report)) + "</h1>\n<p class=\"chips\">";
  for (const Verdict verdict : kOrder) {
    std::map<std::string, int> times;  // by what is said of it
    for (const Outcome& outcome : report.outcomes) {
      if (outcome.verdict == verdict) ++times[std::string(label_of(outcome))];
    }
    for (const auto& [text, count] : times) {
      html += chip(verdict, std::to_string(count) + " " + text) + " ";
    }
  }
  html += "</p>\n<dl class=\"facts\">\n";
  const auto fact = [&html](std::string_view term, std::string_view text) {
    if (text.empty()) return;
    html += "<div><dt>" + escaped(term) + "</dt><dd>" + escaped(text) + "</dd></div>\n";
  };
  fact("Command", report.command);
  if (!only_programs(report)) {
    fact("Build",
         report.compiler +
             (report.sanitizer.empty() ? ", no sanitizer" : ", -fsanitize=" + report.sanitizer));
    fact("Data races", unseen_races_text(report).empty() ? "" : "not looked for in this build");
  }
  fact("Started", report.started);
  if (!only_programs(report)) fact("Took", seconds_text(report.seconds));
  fact("Gridlock", report.tool_version);
  for (const std::string& note : report.notes) fact("Note", note);
  if (report.not_run > 0) fact("Not run", std::to_string(report.not_run));
  const Outcome* next = worth_a_rerun(report);
  if (next != nullptr) fact("Next", next->rerun);
  return html + "</dl></header>\n";
}

/// In the order of the report: a finding is in the first that has it.
std::string summary_of_programs(const Report& report) {
  std::string html =
      "<nav aria-label=\"Programs\"><h2>Summary</h2>\n<div class=\"scroll\" tabindex=\"0\" "
      "role=\"region\" aria-label=\"Summary\"><table class=\"summary\"><thead><tr>"
      "<th scope=\"col\">Log</th><th scope=\"col\">Program</th><th scope=\"col\">Found</th>"
      "<th scope=\"col\">State</th></tr></thead><tbody>\n";
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    const Outcome& outcome = report.outcomes[i];
    html += "<tr><th scope=\"row\"><a href=\"#" + anchor(i) + "\">" + escaped(outcome.name) +
            "</a></th><td data-label=\"program\">" + escaped(program_facts_text(outcome)) +
            "</td><td data-label=\"found\">" + escaped(found_of(outcome, report)) + "</td><td>" +
            chip(outcome.verdict, std::string(label_of(outcome))) + "</td></tr>\n";
  }
  return html + "</tbody></table></div></nav>\n";
}

/// Those that differ come first; the order of the report otherwise.
std::string summary(const Report& report) {
  if (report.outcomes.empty()) return {};
  if (only_programs(report)) return summary_of_programs(report);
  std::vector<std::size_t> order;
  for (const bool want_passed : {false, true}) {
    for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
      if (passed(report.outcomes[i].verdict) == want_passed) order.push_back(i);
    }
  }
  std::string html =
      "<nav aria-label=\"Scenarios\"><h2>Summary</h2>\n<div class=\"scroll\" tabindex=\"0\" "
      "role=\"region\" "
      "aria-label=\"Summary\"><table class=\"summary\"><thead><tr><th scope=\"col\">Scenario</th>"
      "<th scope=\"col\">Expected</th><th scope=\"col\">Found</th><th scope=\"col\">Verdict</th>"
      "<th scope=\"col\" class=\"number\">Time</th></tr></thead><tbody>\n";
  for (const std::size_t i : order) {
    const Outcome& outcome = report.outcomes[i];
    html += "<tr><th scope=\"row\"><a href=\"#" + anchor(i) + "\">" + escaped(outcome.name) +
            "</a></th><td data-label=\"expected\">" + escaped(expected_of(outcome)) +
            "</td><td data-label=\"found\">" + escaped(found_of(outcome, report)) + "</td><td>" +
            chip(outcome.verdict, std::string(label_of(outcome))) + "</td><td class=\"number\">" +
            escaped(seconds_text(outcome.seconds)) + "</td></tr>\n";
  }
  return html + "</tbody></table></div></nav>\n";
}

/// Blank lines part the paragraphs of a story.
std::string paragraphs(std::string_view text) {
  std::string html;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    html += "<p>" + escaped(text.substr(0, end)) + "</p>\n";
    text.remove_prefix(std::min(text.find_first_not_of('\n', end), text.size()));
  }
  return html;
}

std::string twin_html(const Outcome& outcome, const Anchors& anchors) {
  if (outcome.twin.empty()) return {};
  const auto it = anchors.find(outcome.twin);
  const std::string text = escaped(outcome.twin);
  return "<div><dt>Twin</dt><dd>" +
         (it == anchors.end() ? text : "<a href=\"#" + it->second + "\">" + text + "</a>") +
         "</dd></div>\n";
}

std::string program_html(const Outcome& outcome) {
  std::string html;
  const auto fact = [&html](std::string_view term, const std::string& text) {
    if (text.empty()) return;
    html += "<div><dt>" + escaped(term) + "</dt><dd>" + escaped(text) + "</dd></div>\n";
  };
  fact("Program", program_facts_text(outcome));
  fact("Command", outcome.program->command);
  fact("Ended", program_end_text(outcome));
  return html;
}

std::string section(const Outcome& outcome, std::size_t index, const Report& report,
                    const Anchors& anchors) {
  const std::string id = anchor(index);
  std::string html = "<section class=\"scenario\" id=\"" + id + "\" aria-labelledby=\"" + id +
                     "h\"><h2 id=\"" + id + "h\">" + escaped(outcome.name) + " " +
                     chip(outcome.verdict, std::string(label_of(outcome))) + "</h2>\n";
  if (!outcome.summary.empty()) html += "<p class=\"lead\">" + escaped(outcome.summary) + "</p>\n";
  html += "<dl class=\"facts\">\n";
  if (outcome.program) {
    html += program_html(outcome);
  } else {
    html += "<div><dt>Expected</dt><dd>" + escaped(expected_text(outcome)) + "</dd></div>\n";
  }
  html += "<div><dt>Found</dt><dd>" + escaped(found_of(outcome, report)) + "</dd></div>\n";
  if (const std::string suppressed = suppressed_text(outcome); !suppressed.empty()) {
    html += "<div><dt>Besides</dt><dd>" + escaped(suppressed) + "</dd></div>\n";
  }
  if (!outcome.reason.empty() && !outcome.program) {
    html += "<div><dt>Why</dt><dd>" + escaped(outcome.reason) + "</dd></div>\n";
  }
  if (const std::string ending = ending_text(outcome); !ending.empty()) {
    html += "<div><dt>Ended</dt><dd>" + escaped(ending) + "</dd></div>\n";
  }
  if (outcome.processes.size() > 1) {
    html += "<div><dt>Processes</dt><dd>" + html_processes(outcome.processes) + "</dd></div>\n";
  }
  html += twin_html(outcome, anchors);
  if (!outcome.rerun.empty()) {
    html += "<div><dt>Again</dt><dd><code>" + escaped(outcome.rerun) + "</code></dd></div>\n";
  }
  html += "</dl>\n<div class=\"story\">" + paragraphs(outcome.story) + "</div>\n";
  if (const std::string source = html_source(outcome, report); !source.empty()) {
    html += "<h3>Source <span class=\"place\">" + escaped(outcome.file) + "</span></h3>\n" + source;
  } else if (!outcome.file.empty()) {
    html += "<p class=\"quiet\">Source: " + escaped(outcome.file) + ":" +
            std::to_string(outcome.first_line) + "</p>\n";
  }
  if (!outcome.findings.empty())
    html += "<h3>" + counted(outcome.findings.size(), "finding") + "</h3>\n";
  for (std::size_t i = 0; i < outcome.findings.size(); ++i) {
    html += html_finding(outcome.findings[i], i + 1, report);
  }
  html += html_suppressed(outcome) + html_contention(outcome) + html_safe_cycles(outcome, report) +
          html_learned_order(outcome);
  if (outcome.dump) {
    html += std::string(outcome.program ? "<h3>Dump</h3>\n" : "<h3>When it ended</h3>\n") +
            html_dump(*outcome.dump, report);
  }
  html += html_folded_text("Output of the program", outcome.output);
  html += html_folded_text("Everything that ThreadSanitizer wrote", outcome.tsan_text);
  return html + "<p class=\"back\"><a href=\"#top\">Back to the summary</a></p></section>\n";
}

}  // namespace

std::string to_html(const Report& report) {
  Anchors anchors;
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    anchors.emplace(report.outcomes[i].name, anchor(i));
  }
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\" id=\"top\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n<title>Gridlock: " +
      escaped(headline(report)) + "</title>\n<style>\n" + std::string(kReportCss) +
      "</style></head>\n<body>\n" + header(report) + summary(report) + html_suppressions(report) +
      "<main>\n";
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    html += section(report.outcomes[i], i, report, anchors);
  }
  return html + "</main>\n</body></html>\n";
}

std::string internal::reports::render_html(const Report& report) { return to_html(report); }

}  // namespace gridlock
