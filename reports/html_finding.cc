// SPDX-License-Identifier: Apache-2.0
#include "reports/confirmation.h"
#include "reports/explored.h"
#include "reports/frames.h"
#include "reports/html_parts.h"
#include "reports/past.h"
#include "reports/places.h"
#include "reports/processes.h"
#include "reports/programs.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <string>
#include <utility>

namespace gridlock::internal::reports {
namespace {

// No such cell where there is one process only.
Markup process_cell(const ThreadInfo& thread, const std::vector<ProcessInfo>& processes) {
  if (processes.empty()) return {};
  const ProcessInfo* process = find_process(processes, thread.process);
  if (process == nullptr) return element("td", thread.process);
  Markup text = process_name(*process);
  if (process->pid != 0)
    text += " " + classed("span", "quiet", "pid " + std::to_string(process->pid));
  return element("td", text);
}

Markup threads_html(const std::vector<ThreadInfo>& threads, const Names& names,
                    const std::vector<ProcessInfo>& processes = {}) {
  if (threads.empty()) return {};
  Markup rows;
  const std::size_t shown = std::min(threads.size(), 4 * kMaxItems);
  for (std::size_t i = 0; i < shown; ++i) {
    const ThreadInfo& thread = threads[i];
    Markup name = names.of(thread.id);
    if (thread.os_id != 0) name += " " + classed("span", "quiet", std::to_string(thread.os_id));
    rows +=
        element("tr", element("th", {{"scope", "row"}}, name) + process_cell(thread, processes) +
                          element("td", thread.state) + element("td", held_text(thread, names)) +
                          element("td", wanted_text(thread, names))) +
        "\n";
  }
  Markup columns = html_column("Thread");
  if (!processes.empty()) columns += html_column("Process");
  columns += html_column("State") + html_column("Holds") + html_column("Waits for");
  Markup all = html_table("Threads", {}, columns, rows) + "\n";
  if (threads.size() > shown)
    all += html_quiet(counted(threads.size() - shown, "more thread") + ".");
  return all;
}

Markup verdict_html(const Confirmation& confirmation) {
  const ConfirmationWords words = confirmation_words(confirmation);
  Markup all = element("p", element("strong", words.line)) + "\n";
  if (words.details.empty()) return all;
  Markup details = "\n";
  for (const std::string& detail : words.details) details += element("li", detail) + "\n";
  return all + element("ul", details) + "\n";
}

Markup hang_html(const Confirmation& confirmation, const Report& report) {
  const Finding hang = confirmed_hang(confirmation);
  if (hang.threads.empty()) return {};
  Markup all = element("h5", kHangHeading) + "\n";
  if (!hang.cycle.empty()) all += classed("p", "way", cycle_line(hang)) + "\n";
  return all + html_lanes(story_of(hang), Names(hang), report, Detail::kEssence);
}

Markup execution_html(const ChosenExecution& execution, const Names& names, const Report& report) {
  constexpr std::size_t kSwitches = 64;
  Markup all = element("h5", kPathHeading) + "\n" +
               element("p", Markup(execution_text(execution)) +
                                "; again: " + element("code", replay_text(execution.replay))) +
               "\n";
  return all + html_lanes(path_story(execution, names, kSwitches), names, report, Detail::kEssence);
}

}  // namespace

Markup html_folded_text(std::string_view title, std::string_view text) {
  constexpr std::size_t kMostBytes = std::size_t{64} << 10U;
  if (text.empty()) return {};
  Markup note;
  if (text.size() > kMostBytes) {
    note =
        html_quiet(std::to_string(text.size() - kMostBytes) + " bytes before this are left out.");
    text.remove_prefix(text.size() - kMostBytes);
  }
  return element("details", element("summary", title) + "\n" + note +
                                element("pre", {{"tabindex", "0"}}, text)) +
         "\n";
}

namespace {

// What one searches for: "kind:deadlock|state:new|state:flaky|lock:accounts".
std::string search_tokens(const Finding& finding, const Report& report) {
  std::string all = "kind:" + std::string(info(finding.kind).name);
  if (const std::string_view state = baseline_state(finding, report); !state.empty())
    all += "|state:" + std::string(state);
  // What is new, a baseline says if there is one.
  const PastFinding* const past = past_of(finding, report);
  if (past != nullptr && (!report.baseline || past->state != "new"))
    all += "|state:" + printable_line(past->state);
  for (std::size_t i = 0; i < std::min(finding.objects.size(), kMaxItems); ++i) {
    const Object& object = finding.objects[i];
    all += "|lock:" + printable_line(object.name.empty() ? object.id : object.name);
  }
  return all;
}

Markup heading_html(const Finding& finding, std::size_t number, const Report& report) {
  const FindingKindInfo& kind = info(finding.kind);
  Markup line = "Finding " + std::to_string(number) + " · " + element("code", kind.name);
  if (!finding.fingerprint.empty()) line += " · " + element("code", finding.fingerprint);
  if (const std::string_view state = baseline_state(finding, report); !state.empty())
    line += " · " + std::string(state);
  if (const Frame* const place = main_frame(finding); place != nullptr && !place->file.empty()) {
    line += " · " + element("i", printable_line(path_in_project(place->file, report)) + ":" +
                                     std::to_string(place->line));
  }
  Markup heading = element("h4", kind.title) + "\n" + html_quiet(line);
  if (const std::string past = past_text(finding, report); !past.empty())
    heading += html_quiet(past);
  return heading;
}

/// Where the steps of the cycle ask for the second lock.
SiteIds sites_of(const Finding& finding, const std::string& id) {
  SiteIds ids;
  if (id.empty() || !finding.processes.empty()) return ids;
  for (std::size_t i = 0; i < finding.edges.size(); ++i) {
    const LockOrderEdge& edge = finding.edges[i];
    if (!edge.wanted_stack.empty())
      ids.emplace(&edge.wanted_stack, id + "-w" + std::to_string(i + 1));
  }
  return ids;
}

Markup claim_html(const Finding& finding, const Report& report, const SiteIds& ids) {
  Markup claim = element("p", meaning_text(finding, &report)) + "\n";
  if (title_text(finding) != info(finding.kind).title)
    claim += element("p", element("strong", finding.detail)) + "\n";
  if (!finding.cycle.empty()) claim += classed("p", "way", cycle_line(finding)) + "\n";
  claim += html_processes(finding.processes) +
           classed("p", "fix",
                   element("strong", "To fix it") + " " + html_prose(fix_text(finding, &report)));
  return classed("div", "claim", element("div", "\n" + claim) + "\n" + svg_finding(finding, ids)) +
         "\n";
}

}  // namespace

Markup html_finding(const Outcome& outcome, std::size_t index, const Report& report, PageIds& ids,
                    Detail detail) {
  const Finding& raw = outcome.findings[index];
  const std::string id = ids.take(raw.fingerprint);
  const Finding finding = in_reading_order(raw);
  const Names names(finding);
  const Story story = story_of(finding);
  Markup all = heading_html(finding, index + 1, report);
  if (finding.confirmation) all += verdict_html(*finding.confirmation);
  if (const std::string times = sightings_text(finding, report); !times.empty())
    all += html_quiet(times);
  const SiteIds sites = detail == Detail::kFull ? sites_of(finding, id) : SiteIds();
  all += claim_html(finding, report, sites) + html_lanes(story, names, report, detail, sites);
  if (finding.confirmation) all += hang_html(*finding.confirmation, report);
  if (finding.execution) all += execution_html(*finding.execution, names, report);
  if (detail == Detail::kFull)
    all += html_lock_graph(raw, outcome, report, id) + html_origins(story, report);
  if (!finding.processes.empty()) all += threads_html(finding.threads, names, finding.processes);
  const bool only_there = finding.kind == FindingKind::kTsanReport || story.episodes.empty();
  if (detail == Detail::kFull || only_there) {
    all += html_steps(finding.threads, names, report) +
           html_folded_text("ThreadSanitizer's own words", finding.tsan_text);
  } else if (!finding.tsan_text.empty()) {
    all += html_quiet("ThreadSanitizer's own words are in the JSON report.");
  }
  return element("article",
                 {{"class", "finding"},
                  {"id", id.empty() ? MarkupValue() : MarkupValue(id)},
                  {"data-t", search_tokens(finding, report)}},
                 all) +
         "\n";
}

Markup html_dump(const ProcessDump& dump, const Report& report) {
  const Names names(dump.threads, dump.objects);
  return classed("article", "finding",
                 element("h4", dump_heading(dump)) + "\n" + threads_html(dump.threads, names) +
                     html_lanes(story_of(dump), names, report, Detail::kFull) +
                     html_steps(dump.threads, names, report)) +
         "\n";
}

}  // namespace gridlock::internal::reports
