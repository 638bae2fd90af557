// SPDX-License-Identifier: Apache-2.0
#include "reports/formats.h"
#include "reports/frames.h"
#include "reports/html_element.h"
#include "reports/places.h"
#include "reports/programs.h"
#include "reports/render_index.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

namespace gridlock::internal::reports {
namespace {

std::string number(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", seconds);
  return text.data();
}

bool is_error(Verdict verdict) {
  return verdict == Verdict::kCrashed || verdict == Verdict::kTimedOut;
}

/// "bank/deadlock" is the case "deadlock" of the class "bank".
std::pair<std::string, std::string> class_and_name(const Outcome& outcome) {
  const std::string name = printable_line(outcome.name);
  const std::size_t slash = outcome.program ? std::string::npos : name.rfind('/');
  if (slash == std::string::npos) return {outcome.program ? "program" : "gridlock", name};
  std::string group = name.substr(0, slash);
  for (char& c : group) c = c == '/' ? '.' : c;
  return {group, name.substr(slash + 1)};
}

constexpr std::size_t kCasesInFull =
    1000;  // cases that have their text; the message is enough of more

std::string short_text(const Outcome& outcome, const Report& report) {
  return to_text(outcome, report, {.width = 100, .folder = report.project});
}

Markup verdict_element(const Outcome& outcome, const Report& report, bool in_full) {
  if (outcome.verdict == Verdict::kNotChecked)
    return element("skipped", {{"message", printable_line(outcome.reason)}}, {}) + "\n";
  if (passed(outcome.verdict)) return {};
  std::string message = printable_line(outcome.reason);
  std::string type(name(outcome.verdict));
  if (!outcome.findings.empty()) {
    message = claim_text(outcome.findings.front(), report);
    type = info(outcome.findings.front().kind).name;
  }
  const Attributes attributes = {{"message", message}, {"type", type}};
  const std::string text = in_full ? short_text(outcome, report) : std::string();
  return (is_error(outcome.verdict) ? element("error", attributes, text)
                                    : element("failure", attributes, text)) +
         "\n";
}

Markup property_line(std::string_view name, std::string_view value) {
  return value.empty() ? Markup()
                       : element("property", {{"name", name}, {"value", value}}, {}) + "\n";
}

Markup properties(const Outcome& outcome) {
  Markup all;
  for (const Finding& finding : outcome.findings)
    all += property_line("gridlock.fingerprint", finding.fingerprint);
  all += property_line("gridlock.again", outcome.rerun);
  return all.empty() ? Markup() : element("properties", "\n" + all) + "\n";
}

struct Counts {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;
  double seconds = 0;

  void add(const Outcome& outcome) {
    ++tests;
    seconds += outcome.seconds;
    if (outcome.verdict == Verdict::kNotChecked) {
      ++skipped;
    } else if (is_error(outcome.verdict)) {
      ++errors;
    } else if (!passed(outcome.verdict)) {
      ++failures;
    }
  }
};

std::string head_of(const Counts& counts) {
  std::string all = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  for (const std::string_view tag : {"testsuites", "testsuite"}) {
    all += "<" + std::string(tag) + " name=\"gridlock\" tests=\"" + std::to_string(counts.tests) +
           "\" failures=\"" + std::to_string(counts.failures) + "\" errors=\"" +
           std::to_string(counts.errors) + "\" skipped=\"" + std::to_string(counts.skipped) +
           "\" time=\"" + number(counts.seconds) + "\">\n";
  }
  return all;
}

std::string case_of(const Outcome& outcome, const Report& report, bool in_full) {
  const auto [group, name] = class_and_name(outcome);
  const std::string file =
      outcome.first_line > 0 ? path_in_project(outcome.file, report) : std::string();
  const Markup body =
      properties(outcome) + verdict_element(outcome, report, in_full) +
      (outcome.output.empty() ? Markup() : element("system-out", outcome.output) + "\n");
  return (element("testcase",
                  {{"classname", group},
                   {"name", name},
                   {"time", number(outcome.seconds)},
                   {"file", file.empty() ? MarkupValue() : MarkupValue(file)},
                   {"line", file.empty() ? MarkupValue() : MarkupValue(outcome.first_line)}},
                  body.empty() ? body : "\n" + body) +
          "\n")
      .html();
}

}  // namespace

std::string render_junit(const Report& report) {
  const RenderIndex index(report);
  Counts counts;
  std::string cases;
  for (const Outcome& outcome : report.outcomes) {
    counts.add(outcome);
    cases += case_of(outcome, report, counts.failures + counts.errors <= kCasesInFull);
  }
  return head_of(counts) + cases + "</testsuite>\n</testsuites>\n";
}

}  // namespace gridlock::internal::reports
