// SPDX-License-Identifier: Apache-2.0
//
// The report for a terminal: outcomes, then the summary. The words come from wording.h; here is only
// their layout.
#include <gridlock/report.h>

#include "reports/explored.h"
#include "reports/formats.h"
#include "reports/lock_facts.h"
#include "reports/programs.h"
#include "reports/render_index.h"
#include "reports/text_parts.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace gridlock {
namespace {

using namespace internal::reports;  // NOLINT(google-build-using-namespace): its other half

constexpr std::size_t kTailLines = 20;
constexpr std::size_t kOneLine = 10'000;  // where the width is not known

class Page {
 public:
  Page(const Report& report, const TextOptions& options)
      : report_(report), options_(options), out_(options) {}

  void outcome(const Outcome& outcome);
  void program(const Outcome& outcome);
  void summary();
  std::string take() { return out_.take(); }

 private:
  void facts(const Outcome& outcome);
  void short_facts(const Outcome& outcome);

  const Report& report_;
  const TextOptions& options_;
  TextLines out_;
  std::size_t in_full_ = 1000;  // findings that are still shown in full
};

Style style_of(Verdict verdict) {
  if (verdict == Verdict::kNotChecked) return Style::kDim;
  return passed(verdict) ? Style::kGood : Style::kBad;
}

void Page::facts(const Outcome& outcome) {
  if (!options_.verbose) return short_facts(outcome);
  std::size_t shown = 0;
  for (; shown < outcome.findings.size() && in_full_ > 0; ++shown, --in_full_)
    text_finding(out_, outcome.findings[shown], shown + 1, report_);
  if (shown < outcome.findings.size()) {
    out_.line(0, "");
    out_.line(
        2,
        "... " + counted(outcome.findings.size() - shown, "more finding") + ": see the JSON report",
        Style::kDim);
  }
  text_suppressed(out_, outcome);
  text_infeasible_cycles(out_, outcome, true);
  text_contention(out_, outcome);
  text_learned_order(out_, outcome);
  if (const std::string cost = watching_text(outcome); !cost.empty()) {
    out_.line(0, "");
    out_.line(2, "Watching it cost: " + cost, Style::kDim);
  }
  if (outcome.dump) text_dump(out_, *outcome.dump, report_);
}

void Page::short_facts(const Outcome& outcome) {
  constexpr std::size_t kFindings = 20;
  const std::size_t shown = std::min(outcome.findings.size(), kFindings);
  for (std::size_t i = 0; i < shown; ++i)
    text_finding_in_short(out_, outcome.findings[i], i + 1, report_);
  if (shown < outcome.findings.size()) {
    out_.line(0, "");
    out_.line(2, "... " + counted(outcome.findings.size() - shown, "more finding"), Style::kDim);
  }
  if (outcome.dump) text_dump_in_short(out_, *outcome.dump, report_);
  text_starved_writers(out_, outcome, 2);
  const bool any = !outcome.findings.empty() || outcome.dump;
  std::string more = any ? "stacks" : "";
  const auto add = [&](std::string_view what) {
    more += (more.empty() ? "" : ", ") + std::string(what);
  };
  if (!outcome.suppressed.empty()) add("what is suppressed");
  if (const std::string safe = infeasible_count_text(outcome); !safe.empty()) add(safe);
  if (!outcome.contention.empty()) add("contention");
  if (more.empty()) return;
  out_.line(0, "");
  out_.wrapped(2, "-v shows more: " + more, 100, Style::kDim);
}

/// A clean one is one line.
void Page::program(const Outcome& outcome) {
  const bool good = passed(outcome.verdict);
  const std::string what = program_facts_text(outcome);
  out_.line(
      0, out_.styled(printable_line(outcome.name), Style::kBold) + ": " +
             out_.styled(program_found_text(outcome, report_), good ? Style::kGood : Style::kBad) +
             (what.empty() ? "" : " (" + what + ")"));
  if (const std::string end = program_end_text(outcome); !end.empty())
    out_.line(2, end, Style::kBad);
  if (const std::string searched = exploration_text(outcome); !searched.empty())
    out_.line(2, searched, Style::kDim);
  if (good && !options_.verbose && !outcome.dump) {
    if (!outcome.suppressed.empty()) out_.line(2, printable_line(outcome.reason), Style::kDim);
    if (const std::string safe = infeasible_count_text(outcome); !safe.empty()) {
      out_.line(2, safe + " (-v shows them)", Style::kDim);
    }
    return;
  }
  if (!outcome.program->command.empty()) {
    out_.line(2, "command: " + printable_line(outcome.program->command), Style::kDim);
  }
  if (outcome.processes.size() > 1) {
    out_.line(2, "processes:");
    text_processes(out_, 4, outcome.processes);
  }
  facts(outcome);
  if (outcome.exploration && outcome.findings.empty() && !outcome.exploration->replay.empty()) {
    out_.line(0, "");
    out_.line(2, "again: " + replay_text(outcome.exploration->replay));
  }
  out_.line(0, "");
}

void Page::outcome(const Outcome& outcome) {
  if (outcome.program) return program(outcome);
  const bool good = passed(outcome.verdict);
  out_.line(0, out_.styled(label(outcome.verdict), style_of(outcome.verdict)) +
                   std::string(13 - label(outcome.verdict).size(), ' ') +
                   out_.styled(printable_line(outcome.name), Style::kBold) + "  (" +
                   (good ? found_text(outcome) + ", " : "") + seconds_text(outcome.seconds) + ")");
  if (good && !options_.verbose) {
    if (outcome.verdict == Verdict::kNotChecked)
      out_.wrapped(13, printable_line(outcome.reason), kOneLine, Style::kDim);
    if (!outcome.suppressed.empty())
      out_.wrapped(13, printable_line(outcome.reason), kOneLine, Style::kDim);
    if (const std::string safe = infeasible_count_text(outcome); !safe.empty()) {
      out_.wrapped(13, safe + " (-v shows them)", kOneLine, Style::kDim);
    }
    text_starved_writers(out_, outcome, 13);
    return;
  }
  if (!outcome.reason.empty()) out_.line(2, "why:      " + printable_line(outcome.reason));
  if (options_.verbose) {
    out_.line(2, "expected: " + expected_text(outcome));
    out_.line(2, "found:    " + found_text(outcome));
  }
  const std::string ending = ending_text(outcome);
  if (!ending.empty()) out_.line(2, "ended:    " + ending);
  if (outcome.first_line > 0) {
    Frame start;
    start.file = outcome.file;
    start.line = outcome.first_line;
    out_.line(2, "source:   " + out_.near_path(start));
  }
  if (outcome.processes.size() > 1) {
    out_.line(2, "processes:");
    text_processes(out_, 4, outcome.processes);
  }
  facts(outcome);
  const bool ended_badly =
      outcome.verdict == Verdict::kCrashed || outcome.verdict == Verdict::kTimedOut;
  if ((ended_badly || options_.verbose) && !outcome.output.empty()) {
    out_.line(0, "");
    out_.line(2, "Its output:");
    out_.block(2, outcome.output, kTailLines);
  }
  // Alone and in short, the same command with -v comes next.
  if (!outcome.rerun.empty() && (options_.verbose || report_.outcomes.size() > 1)) {
    out_.line(0, "");
    out_.line(2, "again: " + printable_line(outcome.rerun));
  }
  out_.line(0, "");
}

void Page::summary() {
  const bool all_passed = std::ranges::all_of(
      report_.outcomes, [](const Outcome& outcome) { return passed(outcome.verdict); });
  const Style style = all_passed ? Style::kGood : Style::kBad;
  const std::string took = only_programs(report_) ? "" : run_text(report_);
  out_.line(0, out_.styled("SUMMARY: ", Style::kBold) + out_.styled(summary_text(report_), style) +
                   (took.empty() ? "" : ", " + took));
  for (const std::string& note : report_.notes) out_.line(0, "note: " + printable_line(note));
  if (const std::string unseen = unseen_races_text(report_); !unseen.empty()) {
    out_.line(0, "note: " + unseen);
  }
  if (const int times = count(report_, Verdict::kNotChecked); times > 0) {
    out_.line(0, "note: " + std::to_string(times) +
                     " not checked: build with -fsanitize=thread to check them too");
  }
  if (const std::string compared = compared_text(report_); !compared.empty())
    out_.line(0, "compared with " + compared);
  text_suppressions(out_, report_);
  if (only_programs(report_)) return;  // what they need is told by their findings
  // Where it has been shown in full, and alone, there is nothing to add.
  const Outcome* next = worth_a_rerun(report_);
  if (next != nullptr && !(options_.verbose && report_.outcomes.size() == 1)) {
    out_.line(0, "next: " + printable_line(next->rerun) + " -v");
  }
}

}  // namespace

std::string to_text(const Outcome& outcome, const Report& report, const TextOptions& options) {
  const RenderIndex index(report);
  Page page(report, options);
  page.outcome(outcome);
  return page.take();
}

std::string to_text(const Report& report, const TextOptions& options) {
  const RenderIndex index(report);
  Page page(report, options);
  for (const Outcome& outcome : report.outcomes) {
    const bool is_short = passed(outcome.verdict) && !options.verbose;
    if (!options.only_differing || !is_short) page.outcome(outcome);
  }
  page.summary();
  return page.take();
}

std::string internal::reports::render_text(const Report& report) {
  return to_text(report, {.verbose = true});
}

}  // namespace gridlock
