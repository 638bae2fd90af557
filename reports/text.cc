// SPDX-License-Identifier: Apache-2.0
//
// The report for a terminal. The words come from wording.h; here is only their layout.
#include <gridlock/report.h>

#include "reports/frames.h"
#include "reports/lock_facts.h"
#include "reports/processes.h"
#include "reports/programs.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace gridlock {
namespace {

using namespace internal::reports;  // NOLINT(google-build-using-namespace): its other half

constexpr std::size_t kStackFrames = 6;
constexpr std::size_t kTailLines = 20;

enum class Style : std::uint8_t { kBold, kDim, kGood, kBad, kPlain };

class Page {
 public:
  Page(const Report& report, const TextOptions& options) : report_(report), options_(options) {}

  void outcome(const Outcome& outcome);
  void program(const Outcome& outcome);
  void summary();
  std::string take() { return std::move(out_); }

 private:
  void line(std::size_t indent, std::string_view text, Style style = Style::kPlain);
  void block(std::size_t indent, std::string_view raw, std::size_t last_lines);
  void finding(const Finding& raw, std::size_t number);
  void story(const Story& story);
  void stack(std::size_t indent, const Stack& stack);
  void processes(std::size_t indent, const std::vector<ProcessInfo>& processes);
  void recent(const std::vector<ThreadInfo>& threads, const Names& names);
  void facts(const Outcome& outcome);
  void dump(const ProcessDump& dump);
  void suppressed(const Outcome& outcome);
  void safe_cycles(const Outcome& outcome);
  void contention(const Outcome& outcome);
  void starved_writers(const Outcome& outcome, std::size_t indent);
  void learned_order(const Outcome& outcome);
  void left_out(std::size_t all);
  void suppressions();
  std::string styled(std::string_view text, Style style) const;
  static Style style_of(Verdict verdict);

  const Report& report_;
  const TextOptions& options_;
  std::string out_;
};

Style Page::style_of(Verdict verdict) {
  if (verdict == Verdict::kNotChecked) return Style::kDim;
  return passed(verdict) ? Style::kGood : Style::kBad;
}

std::string Page::styled(std::string_view text, Style style) const {
  if (!options_.color || style == Style::kPlain) return std::string(text);
  const std::string_view code = style == Style::kBold   ? "1"
                                : style == Style::kDim  ? "2"
                                : style == Style::kGood ? "32"
                                                        : "1;31";
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

void Page::line(std::size_t indent, std::string_view text, Style style) {
  if (!text.empty()) out_ += std::string(indent, ' ') + styled(text, style);
  out_ += '\n';
}

/// The last lines of a text that is not ours, each behind a bar.
void Page::block(std::size_t indent, std::string_view raw, std::size_t last_lines) {
  const std::string whole = printable(raw);
  std::string_view text = whole;
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::size_t lines = 1 + static_cast<std::size_t>(std::ranges::count(text, '\n'));
  if (lines > last_lines) {
    line(indent, "| ... " + counted(lines - last_lines, "earlier line"), Style::kDim);
  }
  for (; !text.empty(); --lines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (lines <= last_lines) line(indent, "| " + std::string(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void Page::stack(std::size_t indent, const Stack& stack) {
  const ShownStack folded = shown(stack, kStackFrames);
  const Frame* site = site_of(stack);
  if (site == nullptr && !stack.empty()) line(indent, place_not_known_text(stack), Style::kDim);
  for (const StackItem& item : folded.items) {
    if (item.folded > 0) {
      const auto times = static_cast<std::size_t>(item.folded);
      line(indent, "... " + counted(times, "library frame"), Style::kDim);
      continue;
    }
    line(indent, place_text(*item.frame) + "  " + function_text(*item.frame));
    if (item.frame != site) continue;
    std::string_view code = source_line(report_, site->file, site->line);
    code.remove_prefix(std::min(code.find_first_not_of(" \t"), code.size()));
    if (!code.empty()) line(indent + 2, "> " + printable_line(code), Style::kBold);
  }
  if (folded.left_out > 0) {
    const auto times = static_cast<std::size_t>(folded.left_out);
    line(indent, "... " + counted(times, "outer frame"), Style::kDim);
  }
}

void Page::story(const Story& story) {
  for (const Episode& episode : story.episodes) {
    line(0, "");
    line(4, episode.heading, Style::kBold);
    for (const Site& site : episode.sites) {
      line(6, site.caption + ":");
      stack(8, *site.stack);
    }
  }
  if (story.left_out > 0) {
    line(0, "");
    line(4, "... " + std::to_string(story.left_out) + " more, left out here: see the JSON report",
         Style::kDim);
  }
}

/// Each below its parent.
void Page::processes(std::size_t indent, const std::vector<ProcessInfo>& processes) {
  const std::vector<ProcessBranch> tree = process_tree(processes);
  const std::size_t shown = std::min(tree.size(), 4 * kMaxItems);
  for (std::size_t i = 0; i < shown; ++i) {
    line(indent + 2 * tree[i].depth, process_line(*tree[i].process));
  }
  if (tree.size() > shown) {
    line(indent, "... " + std::to_string(tree.size() - shown) + " more processes", Style::kDim);
  }
}

void Page::recent(const std::vector<ThreadInfo>& threads, const Names& names) {
  for (const ThreadInfo& thread : threads) {
    if (!has_history(thread)) continue;
    line(0, "");
    line(4, "What " + names.of(thread.id) + " did last:");
    const std::size_t skip = thread.recent.size() - std::min(thread.recent.size(), kMaxItems);
    for (std::size_t i = skip; i < thread.recent.size(); ++i) {
      const Frame* site = record_site(thread, i);
      line(6,
           record_text(thread, i, names) + (site == nullptr ? "" : "  " + short_place_text(*site)));
    }
  }
}

void Page::finding(const Finding& raw, std::size_t number) {
  const Finding finding = in_reading_order(raw);
  line(0, "");
  line(2,
       std::to_string(number) + ". " + title_text(finding) + " [" +
           std::string(info(finding.kind).name) + "]",
       Style::kBad);
  if (const std::string times = sightings_text(finding, report_); !times.empty()) line(4, times);
  line(4, meaning_text(finding, &report_));
  if (!finding.cycle.empty()) line(4, cycle_line(finding), Style::kBold);
  if (!finding.processes.empty()) {
    line(4, "Processes:");
    processes(6, finding.processes);
  }
  const Story told = story_of(finding);
  story(told);
  // What ThreadSanitizer says besides races, or says without a stack that we could read, is only in
  // its own words.
  if (finding.kind == FindingKind::kTsanReport || told.episodes.empty()) {
    if (!finding.tsan_text.empty()) {
      line(0, "");
      line(4, "ThreadSanitizer says:");
      block(4, finding.tsan_text, 60);
    }
  }
  if (options_.verbose) recent(finding.threads, Names(finding));
  line(0, "");
  line(4, "To fix it: " + fix_text(finding, &report_));
}

void Page::suppressed(const Outcome& outcome) {
  if (outcome.suppressed.empty()) return;
  line(0, "");
  line(2, "Suppressed:", Style::kBold);
  for (std::size_t i = 0; i < std::min(outcome.suppressed.size(), kMaxItems); ++i) {
    const Finding& finding = outcome.suppressed[i];
    line(4, std::string(info(finding.kind).name) + " " + printable_line(finding.fingerprint) +
                ", by " + printable_line(finding.suppressed_by));
    if (!finding.cycle.empty()) line(6, cycle_line(finding));
  }
  left_out(outcome.suppressed.size());
}

void Page::safe_cycles(const Outcome& outcome) {
  if (safe_count_text(outcome).empty()) return;
  line(0, "");
  line(2, safe_count_text(outcome) + (options_.verbose ? ":" : " (-v shows them)"), Style::kBold);
  if (!options_.verbose) return;
  for (std::size_t i = 0; i < std::min(outcome.safe_cycles.size(), kMaxItems); ++i) {
    const SafeCycle& safe = outcome.safe_cycles[i];
    line(4, cycle_line(safe.claim));
    line(6, safe_reason_text(safe), Style::kGood);
    for (const Episode& episode : edges_of(safe.claim).episodes) {
      line(6, episode.heading);
      for (const Site& site : episode.sites) {
        const Frame* frame = site_of(*site.stack);
        line(8, site.caption + ": " +
                    (frame == nullptr ? place_not_known_text(*site.stack)
                                      : place_text(*frame) + "  " + function_text(*frame)));
      }
    }
  }
  left_out(outcome.safe_cycles.size());
}

/// Said of a run in which all is well, too: nothing else in it would show.
void Page::starved_writers(const Outcome& outcome, std::size_t indent) {
  for (const Contention& one : outcome.contention) {
    if (const std::string text = starved_writer_text(one); !text.empty()) line(indent, text);
  }
}

void Page::contention(const Outcome& outcome) {
  if (outcome.contention.empty()) return;
  line(0, "");
  line(2, "Contention, most contended first:", Style::kBold);
  for (std::size_t i = 0; i < std::min(outcome.contention.size(), kMaxItems); ++i) {
    const ContentionText text = contention_text(outcome.contention[i]);
    std::string waits = text.lock + ": ";
    if (!text.acquisitions.empty())
      waits += counted(outcome.contention[i].acquisitions, "acquisition") + ", ";
    waits += counted(outcome.contention[i].waits, "wait");
    if (!text.wait.empty()) waits += ", " + text.wait + " in all";
    if (!text.longest_wait.empty()) waits += ", longest " + text.longest_wait;
    line(4, waits);
    if (const std::string starved = starved_writer_text(outcome.contention[i]); !starved.empty()) {
      line(6, starved);
    }
    if (text.holds.empty()) continue;
    std::string holds = counted(outcome.contention[i].holds, "hold");
    if (!text.hold.empty()) holds += ", " + text.hold + " in all";
    if (!text.longest_hold.empty()) holds += ", longest " + text.longest_hold;
    line(6, holds);
  }
  left_out(outcome.contention.size());
}

void Page::learned_order(const Outcome& outcome) {
  if (outcome.learned_order.empty()) return;
  line(0, "");
  line(2, "The order of locks that was learned:", Style::kBold);
  for (std::size_t i = 0; i < std::min(outcome.learned_order.size(), kMaxItems); ++i) {
    const std::string place = order_place_text(outcome.learned_order[i]);
    line(4, order_text(outcome.learned_order[i]) + (place.empty() ? "" : "  " + place));
  }
  left_out(outcome.learned_order.size());
}

void Page::left_out(std::size_t all) {
  if (all > kMaxItems) line(4, "... " + std::to_string(all - kMaxItems) + " more", Style::kDim);
}

void Page::suppressions() {
  if (const std::size_t times = suppressed_count(report_); times > 0) {
    line(0, "note: " + counted(times, "finding") + " suppressed");
  }
  for (const Suppression& one : report_.suppressions) {
    if (one.uses == 0) line(0, "note: " + entry_text(one) + " matched nothing");
  }
}

void Page::facts(const Outcome& outcome) {
  for (std::size_t i = 0; i < outcome.findings.size(); ++i) finding(outcome.findings[i], i + 1);
  suppressed(outcome);
  safe_cycles(outcome);
  contention(outcome);
  learned_order(outcome);
  if (outcome.dump) dump(*outcome.dump);
}

void Page::dump(const ProcessDump& dump) {
  line(0, "");
  line(2, dump_heading(dump) + ":", Style::kBold);
  story(story_of(dump));
  recent(dump.threads, Names(dump.threads, dump.objects));
}

/// A clean one is one line.
void Page::program(const Outcome& outcome) {
  const bool good = passed(outcome.verdict);
  const std::string what = program_facts_text(outcome);
  out_ += styled(printable_line(outcome.name), Style::kBold) + ": " +
          styled(program_found_text(outcome, report_), good ? Style::kGood : Style::kBad) +
          (what.empty() ? "" : " (" + what + ")") + "\n";
  if (const std::string end = program_end_text(outcome); !end.empty()) line(2, end, Style::kBad);
  if (good && !options_.verbose && !outcome.dump) {
    if (!outcome.suppressed.empty()) line(2, printable_line(outcome.reason), Style::kDim);
    if (const std::string safe = safe_count_text(outcome); !safe.empty()) {
      line(2, safe + " (-v shows them)", Style::kDim);
    }
    return;
  }
  if (!outcome.program->command.empty()) {
    line(2, "command: " + printable_line(outcome.program->command), Style::kDim);
  }
  if (outcome.processes.size() > 1) {
    line(2, "processes:");
    processes(4, outcome.processes);
  }
  facts(outcome);
  line(0, "");
}

void Page::outcome(const Outcome& outcome) {
  if (outcome.program) return program(outcome);
  const bool good = passed(outcome.verdict);
  out_ += styled(label(outcome.verdict), style_of(outcome.verdict));
  out_.append(13 - label(outcome.verdict).size(), ' ');
  out_ += styled(printable_line(outcome.name), Style::kBold) + "  (";
  if (good) {
    out_ += found_text(outcome) + ", ";
  }
  out_ += seconds_text(outcome.seconds) + ")\n";
  if (good && !options_.verbose) {
    if (outcome.verdict == Verdict::kNotChecked)
      line(13, printable_line(outcome.reason), Style::kDim);
    if (!outcome.suppressed.empty()) line(13, printable_line(outcome.reason), Style::kDim);
    if (const std::string safe = safe_count_text(outcome); !safe.empty()) {
      line(13, safe + " (-v shows them)", Style::kDim);
    }
    starved_writers(outcome, 13);
    return;
  }
  if (!outcome.reason.empty()) line(2, "why:      " + printable_line(outcome.reason));
  line(2, "expected: " + expected_text(outcome));
  line(2, "found:    " + found_text(outcome));
  const std::string ending = ending_text(outcome);
  if (!ending.empty()) line(2, "ended:    " + ending);
  if (outcome.first_line > 0) {
    line(2, "source:   " + printable_line(outcome.file) + ":" + std::to_string(outcome.first_line));
  }
  if (outcome.processes.size() > 1) {
    line(2, "processes:");
    processes(4, outcome.processes);
  }
  facts(outcome);
  const bool ended_badly =
      outcome.verdict == Verdict::kCrashed || outcome.verdict == Verdict::kTimedOut;
  if ((ended_badly || options_.verbose) && !outcome.output.empty()) {
    line(0, "");
    line(2, "Its output:");
    block(2, outcome.output, kTailLines);
  }
  if (!outcome.rerun.empty()) {
    line(0, "");
    line(2, "again: " + printable_line(outcome.rerun));
  }
  line(0, "");
}

void Page::summary() {
  const bool all_passed = std::ranges::all_of(
      report_.outcomes, [](const Outcome& outcome) { return passed(outcome.verdict); });
  const Style style = all_passed ? Style::kGood : Style::kBad;
  const std::string took = only_programs(report_) ? "" : run_text(report_);
  line(0, styled("SUMMARY: ", Style::kBold) + styled(summary_text(report_), style) +
              (took.empty() ? "" : ", " + took));
  for (const std::string& note : report_.notes) line(0, "note: " + printable_line(note));
  if (const std::string unseen = unseen_races_text(report_); !unseen.empty()) {
    line(0, "note: " + unseen);
  }
  if (const int times = count(report_, Verdict::kNotChecked); times > 0) {
    line(0, "note: " + std::to_string(times) +
                " not checked: build with -fsanitize=thread to check them too");
  }
  suppressions();
  if (only_programs(report_)) return;  // what they need is told by their findings
  // Where it has been shown in full, and alone, there is nothing to add.
  const Outcome* next = worth_a_rerun(report_);
  if (next != nullptr && !(options_.verbose && report_.outcomes.size() == 1)) {
    line(0, "next: " + printable_line(next->rerun) + " -v");
  }
}

}  // namespace

std::string to_text(const Outcome& outcome, const Report& report, const TextOptions& options) {
  Page page(report, options);
  page.outcome(outcome);
  return page.take();
}

std::string to_text(const Report& report, const TextOptions& options) {
  Page page(report, options);
  for (const Outcome& outcome : report.outcomes) {
    const bool is_short = passed(outcome.verdict) && !options.verbose;
    if (!options.only_differing || !is_short) page.outcome(outcome);
  }
  page.summary();
  return page.take();
}

}  // namespace gridlock
