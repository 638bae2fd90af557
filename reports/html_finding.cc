// SPDX-License-Identifier: Apache-2.0
#include "reports/confirmation.h"
#include "reports/frames.h"
#include "reports/html_parts.h"
#include "reports/processes.h"
#include "reports/programs.h"
#include "reports/wording.h"

#include <algorithm>
#include <string>
#include <utility>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kStackFrames = 12;

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

Markup recent_html(const std::vector<ThreadInfo>& threads, const Names& names) {
  Markup all;
  for (const ThreadInfo& thread : threads) {
    if (!has_history(thread)) continue;
    Markup records;
    const std::size_t skip = thread.recent.size() - std::min(thread.recent.size(), 4 * kMaxItems);
    for (std::size_t i = skip; i < thread.recent.size(); ++i) {
      const Frame* site = record_site(thread, i);
      Markup record = record_text(thread, i, names);
      if (site != nullptr) record += " " + classed("span", "place", short_place_text(*site));
      records += element("li", record) + "\n";
    }
    all += element("details", element("summary", "What " + names.of(thread.id) + " did last") +
                                  "\n" + classed("ol", "records", records)) +
           "\n";
  }
  return all;
}

// The short place; pointing at it shows all of it.
Markup place(const std::string& all, const Markup& shown) {
  return element("span", {{"class", "place"}, {"title", all}}, shown);
}

Markup frame_html(const Frame& frame, MarkupValue css) {
  return classed("li", std::move(css),
                 element("code", function_text(frame)) + " " +
                     place(place_text(frame), short_place_text(frame))) +
         "\n";
}

Markup site_html(const Site& site, const Report& report) {
  const Frame* frame = site_of(*site.stack);
  const std::string title(frame == nullptr ? place_not_known_text(*site.stack)
                                           : place_text(*frame));
  Markup all = classed("p", "caption",
                       Markup(site.caption) + " " + place(title, short_site_text(*site.stack))) +
               "\n";
  if (frame != nullptr) all += html_snippet(*frame, report);
  return classed("div", "site", all + html_stack(*site.stack)) + "\n";
}

Markup episode_html(const Episode& episode, const Report& report) {
  Markup all = element("h5", episode.heading) + "\n";
  Markup sites;
  for (const Site& site : episode.sites) sites += site_html(site, report);
  if (!sites.empty()) all += classed("div", "sites", "\n" + sites);
  return classed("section", "episode", all) + "\n";
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
  return all + html_episodes(story_of(hang), report) + threads_html(hang.threads, Names(hang));
}

}  // namespace

Markup html_episodes(const Story& story, const Report& report) {
  Markup all;
  const auto is_single = [](const Episode& episode) { return episode.sites.size() == 1; };
  for (auto at = story.episodes.begin(); at != story.episodes.end();) {
    if (!is_single(*at)) {
      all += episode_html(*at++, report);
      continue;
    }
    // Episodes of one site, the two accesses of a race above all, stand side by side.
    Markup pair;
    for (; at != story.episodes.end() && is_single(*at); ++at) pair += episode_html(*at, report);
    all += classed("div", "pair", "\n" + pair) + "\n";
  }
  if (story.left_out > 0) {
    all += html_quiet(std::to_string(story.left_out) +
                      " more are left out here; the JSON report has them.");
  }
  return all;
}

Markup html_stack(const Stack& stack) {
  if (stack.empty()) return {};
  const ShownStack folded = shown(stack, kStackFrames);
  const Frame* site = site_of(stack);
  Markup all = "\n";
  for (const StackItem& item : folded.items) {
    if (item.folded == 0) {
      all += frame_html(*item.frame, item.frame == site ? MarkupValue("first") : MarkupValue());
      continue;
    }
    const auto times = static_cast<std::size_t>(item.folded);
    Markup frames = "\n";
    for (std::size_t i = 0; i < std::min(times, kMaxItems); ++i)
      frames += frame_html(item.frame[i], {});
    all += classed("li", "fold",
                   element("details", element("summary", counted(times, "library frame")) +
                                          classed("ol", "stack", frames))) +
           "\n";
  }
  if (folded.left_out > 0) {
    all +=
        classed("li", "fold", counted(static_cast<std::size_t>(folded.left_out), "outer frame")) +
        "\n";
  }
  return classed("ol", "stack", all) + "\n";
}

Markup html_folded_text(std::string_view title, std::string_view text) {
  constexpr std::size_t kMax = std::size_t{64} << 10U;
  if (text.empty()) return {};
  Markup note;
  if (text.size() > kMax) {
    note = html_quiet(std::to_string(text.size() - kMax) + " bytes before this are left out.");
    text.remove_prefix(text.size() - kMax);
  }
  return element("details", element("summary", title) + "\n" + note +
                                element("pre", {{"tabindex", "0"}}, text)) +
         "\n";
}

Markup html_finding(const Finding& raw, std::size_t number, const Report& report) {
  const Finding finding = in_reading_order(raw);
  const FindingKindInfo& kind = info(finding.kind);
  const Names names(finding);
  Markup line = "Finding " + std::to_string(number) + " · " + element("code", kind.name);
  if (!finding.fingerprint.empty()) line += " · " + element("code", finding.fingerprint);
  Markup all = element("h4", kind.title) + "\n" + html_quiet(line);
  if (finding.confirmation) all += verdict_html(*finding.confirmation);
  if (const std::string times = sightings_text(finding, report); !times.empty())
    all += html_quiet(times);
  Markup claim = element("p", meaning_text(finding, &report)) + "\n";
  if (title_text(finding) != kind.title)
    claim += element("p", element("strong", finding.detail)) + "\n";
  if (!finding.cycle.empty()) claim += classed("p", "way", cycle_line(finding)) + "\n";
  claim += html_processes(finding.processes) +
           classed("p", "fix", element("strong", "To fix it") + " " + fix_text(finding, &report));
  all += classed("div", "claim", element("div", "\n" + claim) + "\n" + svg_finding(finding)) + "\n";
  all += html_episodes(story_of(finding), report);
  if (finding.confirmation) all += hang_html(*finding.confirmation, report);
  all += threads_html(finding.threads, names, finding.processes) +
         recent_html(finding.threads, names) +
         html_folded_text("ThreadSanitizer's own words", finding.tsan_text);
  return classed("article", "finding", all) + "\n";
}

Markup html_dump(const ProcessDump& dump, const Report& report) {
  const Names names(dump.threads, dump.objects);
  return classed("article", "finding",
                 element("h4", dump_heading(dump)) + "\n" + threads_html(dump.threads, names) +
                     html_episodes(story_of(dump), report) + recent_html(dump.threads, names)) +
         "\n";
}

}  // namespace gridlock::internal::reports
