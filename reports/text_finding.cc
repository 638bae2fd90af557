// SPDX-License-Identifier: Apache-2.0
//
// A finding or a dump for a terminal: which thread did what, where, and what the threads did last.
#include "reports/confirmation.h"
#include "reports/explored.h"
#include "reports/frames.h"
#include "reports/past.h"
#include "reports/processes.h"
#include "reports/programs.h"
#include "reports/text_parts.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kFramesShown = 6;

void text_stack(TextLines& out, std::size_t indent, const Stack& stack, const Report& report) {
  const ShownStack folded = shown(stack, kFramesShown);
  const Frame* site = site_of(stack);
  if (site == nullptr && !stack.empty()) out.line(indent, place_not_known_text(stack), Style::kDim);
  for (const StackItem& item : folded.items) {
    if (item.folded > 0) {
      const auto times = static_cast<std::size_t>(item.folded);
      out.line(indent, "... " + counted(times, "library frame"), Style::kDim);
      continue;
    }
    out.line(indent, out.near_path(*item.frame) + "  " + function_text(*item.frame));
    if (item.frame != site) continue;
    std::string_view code = source_line(report, site->file, site->line);
    code.remove_prefix(std::min(code.find_first_not_of(" \t"), code.size()));
    if (!code.empty()) out.line(indent + 2, "> " + printable_line(code), Style::kBold);
  }
  if (folded.left_out > 0) {
    const auto times = static_cast<std::size_t>(folded.left_out);
    out.line(indent, "... " + counted(times, "outer frame"), Style::kDim);
  }
}

void text_story(TextLines& out, const Story& story, const Report& report) {
  for (const Episode& episode : story.episodes) {
    out.line(0, "");
    out.line(4, episode.heading, Style::kBold);
    if (!episode.state.empty()) out.line(6, "behind it: " + episode.state);
    for (const Site& site : episode.sites) {
      out.line(6, site.caption + ":");
      text_stack(out, 8, *site.stack, report);
    }
  }
  if (story.left_out > 0) {
    out.line(0, "");
    out.line(4,
             "... " + std::to_string(story.left_out) + " more, left out here: see the JSON report",
             Style::kDim);
  }
}

void text_recent(TextLines& out, const std::vector<ThreadInfo>& threads, const Names& names) {
  for (const ThreadInfo& thread : threads) {
    if (!has_history(thread)) continue;
    out.line(0, "");
    out.line(4, "What " + names.of(thread.id) + " did last:");
    const std::size_t skip = thread.recent.size() - std::min(thread.recent.size(), kMaxItems);
    for (std::size_t i = skip; i < thread.recent.size(); ++i) {
      const Frame* site = record_site(thread, i);
      out.line(6, record_text(thread, i, names) +
                      (site == nullptr ? "" : "  " + short_place_text(*site)));
    }
  }
}

void text_verdict(TextLines& out, const Confirmation& confirmation) {
  const ConfirmationWords words = confirmation_words(confirmation);
  out.line(4, words.line, Style::kBold);
  for (const std::string& detail : words.details) out.line(6, detail);
}

void text_hang(TextLines& out, const Confirmation& confirmation, const Report& report) {
  const Finding hang = confirmed_hang(confirmation);
  if (hang.threads.empty()) return;
  out.line(0, "");
  out.line(4, std::string(kHangHeading) + ":", Style::kBold);
  if (!hang.cycle.empty()) out.line(4, cycle_line(hang), Style::kBold);
  text_story(out, story_of(hang), report);
}

}  // namespace

void text_processes(TextLines& out, std::size_t indent, const std::vector<ProcessInfo>& processes) {
  const std::vector<ProcessBranch> tree = process_tree(processes);
  const std::size_t shown = std::min(tree.size(), 4 * kMaxItems);
  for (std::size_t i = 0; i < shown; ++i) {
    out.line(indent + 2 * tree[i].depth, process_line(*tree[i].process));
  }
  if (tree.size() > shown) {
    out.line(indent, "... " + std::to_string(tree.size() - shown) + " more processes", Style::kDim);
  }
}

void text_heading(TextLines& out, const Finding& finding, std::size_t number) {
  out.line(0, "");
  out.line(2,
           std::to_string(number) + ". " + title_text(finding) + " [" +
               std::string(info(finding.kind).name) + "]",
           Style::kBad);
}

void text_finding(TextLines& out, const Finding& raw, std::size_t number, const Report& report) {
  const Finding finding = in_reading_order(raw);
  text_heading(out, finding, number);
  std::string mark = finding.fingerprint.empty()
                         ? std::string()
                         : "fingerprint " + printable_line(finding.fingerprint);
  if (const std::string_view state = baseline_state(finding, report); !state.empty())
    mark += (mark.empty() ? "" : ", ") + std::string(state);
  if (!mark.empty()) out.line(4, mark, Style::kDim);
  if (const std::string past = past_text(finding, report); !past.empty())
    out.line(4, past, Style::kDim);
  if (finding.confirmation) text_verdict(out, *finding.confirmation);
  if (const std::string times = sightings_text(finding, report); !times.empty()) out.line(4, times);
  out.line(4, meaning_text(finding, &report));
  if (!finding.cycle.empty()) out.line(4, cycle_line(finding), Style::kBold);
  if (!finding.processes.empty()) {
    out.line(4, "Processes:");
    text_processes(out, 6, finding.processes);
  }
  const Story told = story_of(finding);
  text_story(out, told, report);
  if (finding.confirmation) text_hang(out, *finding.confirmation, report);
  if (finding.execution) {
    out.line(0, "");
    out.line(4, execution_text(*finding.execution));
    out.line(4, "again: " + replay_text(finding.execution->replay));
    text_story(out, path_story(*finding.execution, Names(finding), kMaxItems), report);
  }
  // What ThreadSanitizer says besides races, or says without a stack that we could read, is only in
  // its own words.
  if (finding.kind == FindingKind::kTsanReport || told.episodes.empty()) {
    if (!finding.tsan_text.empty()) {
      out.line(0, "");
      out.line(4, "ThreadSanitizer says:");
      out.block(4, finding.tsan_text, 60);
    }
  }
  text_recent(out, finding.threads, Names(finding));
  out.line(0, "");
  out.line(4, "To fix it: " + fix_text(finding, &report));
}

void text_dump(TextLines& out, const ProcessDump& dump, const Report& report) {
  out.line(0, "");
  out.line(2, dump_heading(dump) + ":", Style::kBold);
  text_story(out, story_of(dump), report);
  text_recent(out, dump.threads, Names(dump.threads, dump.objects));
}

}  // namespace gridlock::internal::reports
