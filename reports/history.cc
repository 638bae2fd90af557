// SPDX-License-Identifier: Apache-2.0
#include <gridlock/history.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace gridlock {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// One finding's way through the runs.
class Track {
 public:
  void note(RunMark mark) {
    if (mark == RunMark::kNotRun) return;
    if (mark == RunMark::kSeen) {
      if (seen_ > 0 && away_ > 0) came_back_ = true;
      longest_away_ = std::max(longest_away_, seen_ > 0 ? away_ : 0);
      ++seen_;
      away_ = 0;
    } else {
      ++away_;
    }
  }

  HistoryState state() const {
    if (away_ > longest_away_) return HistoryState::kGone;
    if (came_back_) return HistoryState::kFlaky;
    return seen_ == 1 ? HistoryState::kNew : HistoryState::kSteady;
  }

 private:
  std::size_t seen_ = 0;
  std::size_t away_ = 0;  // runs in a row without it
  std::size_t longest_away_ = 0;
  bool came_back_ = false;
};

FindingHistory history_of_finding(std::size_t index, const std::set<std::size_t>& subjects,
                                  const RunRecords& records) {
  FindingHistory one;
  one.finding = records.findings[index];
  for (const std::size_t subject : subjects) one.subjects.push_back(records.subjects[subject]);
  one.marks.reserve(records.runs.size());
  return one;
}

void note_run(FindingHistory& one, const RunRecord& run, RunMark mark, Standing standing) {
  one.marks.push_back(mark);
  if (mark != RunMark::kNotRun) ++one.could;
  if (mark != RunMark::kSeen) return;
  if (one.seen == 0) one.first_seen = run.started;
  one.last_seen = run.started;
  one.standing = standing;
  ++one.seen;
}

// By their beginnings; those of one second as they came.
std::vector<RunRecord> in_order(std::vector<RunRecord> runs) {
  std::multimap<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < runs.size(); ++i) places.emplace(runs[i].started, i);
  std::vector<std::size_t> order;
  for (const auto& [started, place] : places) order.push_back(place);
  std::vector<RunRecord> sorted;
  for (const std::size_t place : order) sorted.push_back(std::move(runs[place]));
  return sorted;
}

// What has to be looked at first.
auto order(const FindingHistory& one) {
  constexpr int kRanks[] = {0, 2, 1, 3};
  return std::tuple(one.standing != Standing::kCounts, kRanks[static_cast<int>(one.state)],
                    std::string_view(one.finding.title), std::string_view(one.finding.fingerprint));
}

}  // namespace

std::string_view name(Standing standing) noexcept {
  return standing == Standing::kCounts       ? "counts"
         : standing == Standing::kAsDeclared ? "as-declared"
                                             : "suppressed";
}

std::string_view name(HistoryState state) noexcept {
  switch (state) {
    case HistoryState::kNew:
      return "new";
    case HistoryState::kSteady:
      return "steady";
    case HistoryState::kFlaky:
      return "flaky";
    case HistoryState::kGone:
      return "gone";
  }
  return "unknown";
}

History history_of(std::string file, RunRecords records) {
  records.runs = in_order(std::move(records.runs));
  std::vector<std::set<std::size_t>> subjects(records.findings.size());
  for (const RunRecord& run : records.runs) {
    for (const SeenFinding& seen : run.seen) subjects[seen.finding].insert(seen.subject);
  }
  std::vector<FindingHistory> all;
  std::vector<Track> tracks(records.findings.size());
  for (std::size_t i = 0; i < records.findings.size(); ++i)
    all.push_back(history_of_finding(i, subjects[i], records));

  std::vector<bool> ended(records.subjects.size());
  std::vector<std::size_t> seen_at(records.findings.size());  // in this run: where in run.seen
  for (const RunRecord& run : records.runs) {
    ended.assign(ended.size(), false);
    seen_at.assign(seen_at.size(), kNone);
    for (const RanSubject& ran : run.ran) ended[ran.subject] = ran.ended;
    for (std::size_t i = 0; i < run.seen.size(); ++i) {
      std::size_t& at = seen_at[run.seen[i].finding];
      if (at == kNone || run.seen[i].standing < run.seen[at].standing) at = i;
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool could =
          std::ranges::any_of(subjects[i], [&](std::size_t subject) { return ended[subject]; });
      const bool came = seen_at[i] != kNone;
      const RunMark mark = came ? RunMark::kSeen : could ? RunMark::kAbsent : RunMark::kNotRun;
      note_run(all[i], run, mark, came ? run.seen[seen_at[i]].standing : Standing::kCounts);
      tracks[i].note(mark);
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) all[i].state = tracks[i].state();
  std::erase_if(all, [](const FindingHistory& one) { return one.seen == 0; });
  std::ranges::sort(all, [](const auto& a, const auto& b) { return order(a) < order(b); });
  return {.file = std::move(file),
          .subjects = std::move(records.subjects),
          .runs = std::move(records.runs),
          .findings = std::move(all)};
}

}  // namespace gridlock
