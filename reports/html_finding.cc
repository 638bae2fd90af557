// SPDX-License-Identifier: Apache-2.0
#include "reports/frames.h"
#include "reports/html_parts.h"
#include "reports/processes.h"
#include "reports/programs.h"
#include "reports/wording.h"

#include <algorithm>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kStackFrames = 12;

// Empty where there is one process only: then there is no such column.
std::string process_cell(const ThreadInfo& thread, const std::vector<ProcessInfo>& processes) {
  if (processes.empty()) return {};
  const ProcessInfo* process = find_process(processes, thread.process);
  if (process == nullptr) return escaped(thread.process) + "</td><td>";
  return escaped(process_name(*process)) +
         (process->pid == 0
              ? ""
              : " <span class=\"quiet\">pid " + std::to_string(process->pid) + "</span>") +
         "</td><td>";
}

std::string threads_html(const std::vector<ThreadInfo>& threads, const Names& names,
                         const std::vector<ProcessInfo>& processes = {}) {
  if (threads.empty()) return {};
  std::string html =
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Threads\"><table>"
      "<thead><tr><th scope=\"col\">Thread</th>" +
      std::string(processes.empty() ? "" : "<th scope=\"col\">Process</th>") +
      "<th scope=\"col\">State</th><th scope=\"col\">Holds"
      "</th><th scope=\"col\">Waits for</th></tr></thead><tbody>\n";
  const std::size_t shown = std::min(threads.size(), 4 * kMaxItems);
  for (std::size_t i = 0; i < shown; ++i) {
    const ThreadInfo& thread = threads[i];
    const std::string os_id =
        thread.os_id == 0 ? ""
                          : " <span class=\"quiet\">" + std::to_string(thread.os_id) + "</span>";
    html += "<tr><th scope=\"row\">" + escaped(names.of(thread.id)) + os_id + "</th><td>" +
            process_cell(thread, processes) + escaped(thread.state) + "</td><td>" +
            escaped(held_text(thread, names)) + "</td><td>" + escaped(wanted_text(thread, names)) +
            "</td></tr>\n";
  }
  html += "</tbody></table></div>\n";
  if (threads.size() > shown) {
    html += "<p class=\"quiet\">" + counted(threads.size() - shown, "more thread") + ".</p>\n";
  }
  return html;
}

std::string recent_html(const std::vector<ThreadInfo>& threads, const Names& names) {
  std::string html;
  for (const ThreadInfo& thread : threads) {
    if (!has_history(thread)) continue;
    html += "<details><summary>What " + escaped(names.of(thread.id)) +
            " did last</summary>\n<ol class=\"records\">";
    const std::size_t skip = thread.recent.size() - std::min(thread.recent.size(), 4 * kMaxItems);
    for (std::size_t i = skip; i < thread.recent.size(); ++i) {
      const Frame* site = record_site(thread, i);
      html += "<li>" + escaped(record_text(thread, i, names));
      if (site != nullptr) {
        html += " <span class=\"place\">" + escaped(short_place_text(*site)) + "</span>";
      }
      html += "</li>\n";
    }
    html += "</ol></details>\n";
  }
  return html;
}

std::string frame_html(const Frame& frame, const std::string& attribute) {
  return "<li" + attribute + "><code>" + escaped(function_text(frame)) +
         "</code> <span class=\"place\" title=\"" + escaped(place_text(frame)) + "\">" +
         escaped(short_place_text(frame)) + "</span></li>\n";
}

}  // namespace

std::string html_episodes(const Story& story, const Report& report) {
  std::string html;
  bool in_pair =
      false;  // episodes of one site, the two accesses of a race above all, stand side by side
  for (const Episode& episode : story.episodes) {
    if (const bool single = episode.sites.size() == 1; single != in_pair) {
      html += single ? "<div class=\"pair\">\n" : "</div>\n";
      in_pair = single;
    }
    html += "<section class=\"episode\"><h5>" + escaped(episode.heading) + "</h5>\n";
    if (!episode.sites.empty()) html += "<div class=\"sites\">\n";
    for (const Site& site : episode.sites) {
      const Frame* frame = site_of(*site.stack);
      const std::string title(frame == nullptr ? place_not_known_text(*site.stack)
                                               : place_text(*frame));
      html += "<div class=\"site\"><p class=\"caption\">" + escaped(site.caption) +
              " <span class=\"place\" title=\"" + escaped(title) + "\">" +
              escaped(short_site_text(*site.stack)) + "</span></p>\n" +
              (frame == nullptr ? "" : html_snippet(*frame, report)) + html_stack(*site.stack) +
              "</div>\n";
    }
    if (!episode.sites.empty()) html += "</div>";
    html += "</section>\n";
  }
  if (in_pair) html += "</div>\n";
  if (story.left_out > 0) {
    html += "<p class=\"quiet\">" + std::to_string(story.left_out) +
            " more are left out here; the JSON report has them.</p>\n";
  }
  return html;
}

std::string html_stack(const Stack& stack) {
  if (stack.empty()) return {};
  const ShownStack folded = shown(stack, kStackFrames);
  const Frame* site = site_of(stack);
  std::string html = "<ol class=\"stack\">\n";
  for (const StackItem& item : folded.items) {
    if (item.folded == 0) {
      html += frame_html(*item.frame, item.frame == site ? " class=\"first\"" : "");
      continue;
    }
    const auto times = static_cast<std::size_t>(item.folded);
    html += "<li class=\"fold\"><details><summary>" + counted(times, "library frame") +
            "</summary><ol class=\"stack\">\n";
    for (std::size_t i = 0; i < std::min(times, kMaxItems); ++i) {
      html += frame_html(item.frame[i], "");
    }
    html += "</ol></details></li>\n";
  }
  if (folded.left_out > 0) {
    html += "<li class=\"fold\">" +
            counted(static_cast<std::size_t>(folded.left_out), "outer frame") + "</li>\n";
  }
  return html + "</ol>\n";
}

std::string html_folded_text(std::string_view title, std::string_view text) {
  constexpr std::size_t kMost = std::size_t{64} << 10U;
  if (text.empty()) return {};
  std::string note;
  if (text.size() > kMost) {
    note = "<p class=\"quiet\">" + std::to_string(text.size() - kMost) +
           " bytes before this are left out.</p>\n";
    text.remove_prefix(text.size() - kMost);
  }
  return "<details><summary>" + escaped(title) + "</summary>\n" + note + "<pre tabindex=\"0\">" +
         escaped(text) + "</pre></details>\n";
}

std::string html_finding(const Finding& raw, std::size_t number, const Report& report) {
  const Finding finding = in_reading_order(raw);
  const FindingKindInfo& kind = info(finding.kind);
  const Names names(finding);
  std::string html = "<article class=\"finding\"><h4>" + escaped(kind.title) + "</h4>\n";
  html += "<p class=\"quiet\">Finding " + std::to_string(number) + " · <code>" +
          escaped(kind.name) + "</code>";
  if (!finding.fingerprint.empty()) {
    html += " · <code>" + escaped(finding.fingerprint) + "</code>";
  }
  html += "</p>\n";
  if (const std::string times = sightings_text(finding, report); !times.empty()) {
    html += "<p class=\"quiet\">" + escaped(times) + "</p>\n";
  }
  html += "<div class=\"claim\"><div>\n<p>" + escaped(meaning_text(finding, &report)) + "</p>\n";
  if (title_text(finding) != kind.title)
    html += "<p><strong>" + escaped(finding.detail) + "</strong></p>\n";
  if (!finding.cycle.empty()) {
    html += "<p class=\"way\">" + escaped(cycle_line(finding)) + "</p>\n";
  }
  html += html_processes(finding.processes);
  html += "<p class=\"fix\"><strong>To fix it</strong> " + escaped(fix_text(finding, &report)) +
          "</p></div>\n" + svg_finding(finding) + "</div>\n";
  html += html_episodes(story_of(finding), report);
  html += threads_html(finding.threads, names, finding.processes);
  html += recent_html(finding.threads, names);
  html += html_folded_text("ThreadSanitizer's own words", finding.tsan_text);
  return html + "</article>\n";
}

std::string html_dump(const ProcessDump& dump, const Report& report) {
  const Names names(dump.threads, dump.objects);
  std::string html = "<article class=\"finding\"><h4>" + escaped(dump_heading(dump));
  html += "</h4>\n" + threads_html(dump.threads, names) + html_episodes(story_of(dump), report) +
          recent_html(dump.threads, names);
  return html + "</article>\n";
}

}  // namespace gridlock::internal::reports
