// SPDX-License-Identifier: Apache-2.0
//
// What the threads of a finding did, side by side: a column a thread, each step with its source line.
#include "reports/frames.h"
#include "reports/html_parts.h"
#include "reports/lanes.h"
#include "reports/utf8.h"

#include <algorithm>
#include <string>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kStackFrames = 12;
constexpr std::size_t kLetters = 72;  // of a function's name: templates are longer than that
constexpr std::size_t kThreads = 16;

Markup frame_html(const Frame& frame, const Report& report, MarkupValue css) {
  return classed(
      "li", std::move(css),
      Markup(shortened(function_text(frame), kLetters)) + " " + html_place(frame, report));
}

/// Worth a list of its own: there is more of the user's than the place that is shown already.
bool has_more_frames(const Stack& stack) {
  return std::ranges::count_if(stack, [](const Frame& frame) { return !is_library_frame(frame); }) >
         1;
}

Markup place_html(const Stack& stack, const Report& report, Detail detail) {
  const Frame* site = site_of(stack);
  if (site == nullptr) return element("i", place_not_known_text(stack));
  Markup place = detail == Detail::kDeclared ? element("i", short_place_text(*site))
                                             : html_place(*site, report);
  const bool is_alone = detail != Detail::kFull || !has_more_frames(stack);
  if (is_alone && !site->function.empty())
    place += " " + Markup("in " + shortened(function_text(*site), kLetters));
  return place;
}

Markup step_html(const LaneStep& step, const Report& report, Detail detail) {
  Markup all = element("p", step.what);
  if (step.stack == nullptr) return all;
  all += element("p", place_html(*step.stack, report, detail));
  const Frame* site = site_of(*step.stack);
  if (site != nullptr && detail != Detail::kDeclared)
    all += html_snippet(*site, report, detail == Detail::kFull ? 2 : 0);
  return detail == Detail::kFull ? all + html_stack(*step.stack, report) : all;
}

Markup origin_place(const Stack& stack, const Report& report) {
  const Frame* site = site_of(stack);
  return site == nullptr ? element("i", short_site_text(stack)) : html_place(*site, report);
}

}  // namespace

Markup html_stack(const Stack& stack, const Report& report) {
  if (!has_more_frames(stack)) return {};
  const ShownStack folded = shown(stack, kStackFrames);
  const Frame* site = site_of(stack);
  Markup all;
  std::size_t count = static_cast<std::size_t>(folded.left_out);
  for (const StackItem& item : folded.items) {
    if (item.folded == 0) {
      all += frame_html(*item.frame, report,
                        item.frame == site ? MarkupValue("first") : MarkupValue());
      ++count;
      continue;
    }
    const auto times = static_cast<std::size_t>(item.folded);
    count += times;
    all += classed("li", "fold", counted(times, "library frame"));
  }
  if (folded.left_out > 0) {
    all += classed("li", "fold", counted(static_cast<std::size_t>(folded.left_out), "outer frame"));
  }
  return element("details",
                 element("summary", counted(count, "frame")) + classed("ol", "stack", all)) +
         "\n";
}

Markup html_lanes(const Story& story, const Names& names, const Report& report, Detail detail,
                  const SiteIds& ids) {
  const Lanes lanes = lanes_of(story, names, kThreads);
  Markup all;
  if (!lanes.lanes.empty()) {
    Markup head;
    for (const Lane& lane : lanes.lanes) head += html_column(lane.name);
    if (!lanes.states.empty()) head += html_column("Holds and waits");
    Markup rows;
    for (std::size_t row = 0; row < lanes.rows.size(); ++row) {
      const auto& steps = lanes.rows[row];
      Markup cells;
      for (const auto& step : steps) {
        const auto id = step ? ids.find(step->stack) : ids.end();
        cells += element("td", {{"id", id == ids.end() ? MarkupValue() : MarkupValue(id->second)}},
                         step ? step_html(*step, report, detail) : Markup());
      }
      if (!lanes.states.empty()) cells += element("td", element("p", lanes.states[row]));
      rows += element("tr", cells) + "\n";
    }
    all += html_table("What the threads did", "lanes", head, rows) + "\n";
  }
  for (const std::string& line : lanes.besides) all += element("p", line) + "\n";
  const std::size_t more = lanes.left_out + story.left_out;
  if (more > 0)
    all += html_quiet(std::to_string(more) + " more are left out here; the JSON report has them.");
  return all;
}

Markup html_origins(const Story& story, const Report& report) {
  if (story.episodes.empty() || story.episodes.back().heading != kOriginsHeading) return {};
  Markup items;
  for (const Site& site : story.episodes.back().sites) {
    items += element("li", Markup(site.caption) + " " + origin_place(*site.stack, report)) + "\n";
  }
  return element("details",
                 element("summary", kOriginsHeading) + "\n" + classed("ul", "records", items)) +
         "\n";
}

}  // namespace gridlock::internal::reports
