// SPDX-License-Identifier: Apache-2.0
#include "reports/lanes.h"

#include <algorithm>
#include <utility>

namespace gridlock::internal::reports {
namespace {

class LaneMaker {
 public:
  LaneMaker(const Names& names, std::size_t limit) : names_(names), limit_(limit) {}

  Lanes make(const Story& story) {
    for (const Episode& episode : story.episodes) {
      if (!episode.thread.empty() && !episode.sites.empty()) lane_of(episode.thread);
    }
    take_sites(story, true);
    take_acts(story);
    take_sites(story, false);
    for (const Episode& episode : story.episodes) {
      // A thread that has nothing to show a place of is worth a line all the same.
      const bool has_column = !episode.thread.empty() && !episode.sites.empty();
      if (!has_column && episode.heading != kOriginsHeading)
        lanes_.besides.push_back(episode.heading);
    }
    for (auto& row : lanes_.rows) row.resize(lanes_.lanes.size());
    if (!lanes_.states.empty()) lanes_.states.resize(lanes_.rows.size());
    lanes_.left_out = ids_.size() - lanes_.lanes.size();
    return std::move(lanes_);
  }

 private:
  /// Where the thread's column is; none if there are too many.
  std::optional<std::size_t> lane_of(const std::string& id) {
    const auto it = std::ranges::find(ids_, id);
    const auto index = static_cast<std::size_t>(it - ids_.begin());
    if (it == ids_.end()) {
      ids_.push_back(id);
      next_.push_back(0);
      if (lanes_.lanes.size() < limit_) lanes_.lanes.push_back({names_.of(id)});
    }
    if (index >= lanes_.lanes.size()) return std::nullopt;
    return index;
  }

  void put(const std::string& thread, LaneStep step) {
    const std::optional<std::size_t> lane = lane_of(thread);
    if (!lane) return;
    std::size_t& row = next_[*lane];
    if (lanes_.rows.size() <= row) lanes_.rows.resize(row + 1);
    auto& cells = lanes_.rows[row++];
    if (cells.size() <= *lane) cells.resize(*lane + 1);
    cells[*lane] = std::move(step);
  }

  void take_sites(const Story& story, bool earlier) {
    for (const Episode& episode : story.episodes) {
      if (episode.thread.empty() || episode.is_act) continue;
      if (earlier) put_what_is_held(episode);
      for (const Site& site : episode.sites) {
        if (site.is_earlier == earlier) put(episode.thread, step_of(episode, site));
      }
    }
  }

  /// Where it was acquired is not always known; that it is held is the point.
  void put_what_is_held(const Episode& episode) {
    const std::size_t holds = episode.heading.find(": holds ");
    const bool any =
        holds != std::string::npos &&
        !std::string_view(episode.heading).substr(holds).starts_with(": holds nothing");
    if (!any || std::ranges::any_of(episode.sites, &Site::is_earlier)) return;
    put(episode.thread, {episode.heading.substr(holds + 2), nullptr});
  }

  /// Their order is known, so each has a row of its own: the first of the list happened last.
  void take_acts(const Story& story) {
    bool any = false;
    for (auto it = story.episodes.rbegin(); it != story.episodes.rend(); ++it) {
      if (!it->is_act || it->sites.empty()) continue;
      level();
      any = true;
      put(it->thread, step_of(*it, it->sites.front()));
      if (it->state.empty()) continue;
      lanes_.states.resize(lanes_.rows.size());
      if (!lanes_.states.empty()) lanes_.states.back() = it->state;
    }
    if (any) level();
  }

  void level() { std::ranges::fill(next_, lanes_.rows.size()); }

  LaneStep step_of(const Episode& episode, const Site& site) const {
    const std::string who = names_.of(episode.thread) + " ";
    // The heading of an access says how much is read, and what is held.
    const bool is_access = episode.sites.size() == 1 && episode.heading.starts_with(site.note) &&
                           episode.heading.size() > site.note.size();
    std::string what = is_access ? episode.heading : site.note;
    if (what.starts_with(who)) what.erase(0, who.size());
    return {std::move(what), site.stack};
  }

  const Names& names_;
  std::size_t limit_;
  Lanes lanes_;
  std::vector<std::string> ids_;   // of all threads, those without a column behind the others
  std::vector<std::size_t> next_;  // row of each
};

}  // namespace

Lanes lanes_of(const Story& story, const Names& names, std::size_t limit) {
  return LaneMaker(names, limit).make(story);
}

}  // namespace gridlock::internal::reports
