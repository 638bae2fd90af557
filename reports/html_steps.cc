// SPDX-License-Identifier: Apache-2.0
//
// What the threads did last: a lane a thread, drawn, and the same as a table with a column a thread. The steps are those of
// the threads' rings, which have no clock: the threads are set so that they end together.
#include "reports/frames.h"
#include "reports/html_parts.h"
#include "reports/svg_parts.h"
#include "reports/thread_steps.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kDrawn = 12;   // steps of a thread that are drawn
constexpr std::size_t kTabled = 24;  // that stand in the table
constexpr std::size_t kBars = 5;     // objects of a thread
constexpr int kStart = 168;          // where the first step begins; left of it stand names
constexpr int kStep = 58;
constexpr int kRow = 22;
constexpr int kLaneLetters = 22;  // of a name

/// From the middle of one step to that of another.
struct Bar {
  std::size_t from;
  std::size_t to;  ///< or the end of the drawing
  bool waits;
};

/// The steps of a thread as the drawing has them: those before are cut off, and the last ones stand at its right end.
class DrawnLane {
 public:
  DrawnLane(const ThreadSteps& steps, std::size_t columns) : steps_(steps), columns_(columns) {
    const std::size_t count = steps.steps.size();
    first_ = count - std::min(count, columns);
    shift_ = columns - (count - first_);
    for (std::size_t i = first_; i < count; ++i) {
      for (const std::string& id : steps.steps[i].held) add(id);
      if (!steps.steps[i].wanted.empty()) add(steps.steps[i].wanted);
    }
    for (const std::string& id : held_before()) add(id);
  }

  /// Ids of what is held or waited for, a bar's row each.
  const std::vector<std::string>& objects() const { return objects_; }
  std::size_t left_out() const { return left_out_; }

  std::vector<Bar> bars_of(const std::string& id) const {
    std::vector<Bar> bars;
    bool is_held = std::ranges::count(held_before(), id) > 0;
    std::size_t from = shift_;
    for (std::size_t i = first_; i < steps_.steps.size(); ++i) {
      const bool now = std::ranges::count(steps_.steps[i].held, id) > 0;
      if (is_held && !now) bars.push_back({from, column_of(i), false});
      if (!is_held && now) from = column_of(i);
      is_held = now;
      if (steps_.steps[i].wanted == id) bars.push_back({column_of(i), columns_, true});
    }
    if (is_held) bars.push_back({from, columns_, false});
    return bars;
  }

  template <typename Visit>
  void each_step(Visit visit) const {
    for (std::size_t i = first_; i < steps_.steps.size(); ++i) visit(column_of(i), steps_.steps[i]);
  }

 private:
  const std::vector<std::string>& held_before() const {
    return first_ == 0 ? steps_.before : steps_.steps[first_ - 1].held;
  }
  std::size_t column_of(std::size_t step) const { return step - first_ + shift_; }
  void add(const std::string& id) {
    if (std::ranges::count(objects_, id) > 0) return;
    if (objects_.size() == kBars) {
      ++left_out_;
    } else {
      objects_.push_back(id);
    }
  }

  const ThreadSteps& steps_;
  std::size_t columns_;
  std::size_t first_ = 0;
  std::size_t shift_ = 0;
  std::vector<std::string> objects_;
  std::size_t left_out_ = 0;
};

int middle(std::size_t column) { return kStart + static_cast<int>(column) * kStep + kStep / 2; }

Markup mark(const ThreadStep& step, int x, int y) {
  const std::string at = std::to_string(x) + " " + std::to_string(y);
  Markup shape;
  switch (step.kind) {
    case ThreadStep::Kind::kTakes:
      shape = svg_path("full", "M" + at + "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z");
      break;
    case ThreadStep::Kind::kGives:
      shape = svg_path("open", "M" + at + "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z");
      break;
    case ThreadStep::Kind::kOther:
      shape = svg_path("full", "M" + at + "m0 -4v8");
      break;
    case ThreadStep::Kind::kNotGranted:
      shape = svg_path("open", "M" + at + "m-5 -5l10 10m0 -10l-10 10");
      break;
  }
  return element("g", element("title", step.what) + shape);
}

Markup bar_html(const Bar& bar, int y, int end) {
  const int from = middle(bar.from);
  const int to = std::min(middle(bar.to), end);
  return svg_rect(bar.waits ? MarkupValue("wait") : MarkupValue("hold"), from, y + 3, to - from,
                  kRow - 6, 3) +
         svg_text(from + 6, y + kRow - 7, bar.waits ? MarkupValue("w") : MarkupValue("h"),
                  bar.waits ? "waits" : "holds");
}

Markup drawing(const std::vector<ThreadSteps>& threads, const Names& names) {
  std::size_t columns = 1;
  for (const ThreadSteps& one : threads)
    columns = std::max(columns, std::min(one.steps.size(), kDrawn));
  const int end = middle(columns) + kStep / 4;
  Markup strokes;
  int y = 4;
  for (const ThreadSteps& one : threads) {
    const DrawnLane lane(one, columns);
    strokes += svg_text(0, y + 15, "name", names.of(one.thread->id), kLaneLetters) +
               svg_path("line", "M" + std::to_string(kStart) + " " + std::to_string(y + kRow / 2) +
                                    "H" + std::to_string(end));
    lane.each_step([&](std::size_t column, const ThreadStep& step) {
      strokes += mark(step, middle(column), y + kRow / 2);
    });
    y += kRow;
    for (const std::string& id : lane.objects()) {
      strokes += svg_text(10, y + 15, "label", names.of(id), kLaneLetters);
      for (const Bar& bar : lane.bars_of(id)) strokes += bar_html(bar, y, end);
      y += kRow;
    }
    if (lane.left_out() > 0) {
      strokes += svg_text(10, y + 15, "label", std::to_string(lane.left_out()) + " more");
      y += kRow;
    }
    y += 8;
  }
  const std::string alt = "What each thread held and waited for; the table below says the same";
  return element("svg",
                 {{"class", "time"},
                  {"role", "img"},
                  {"aria-label", alt},
                  {"viewBox", "0 0 " + std::to_string(end + 2) + " " + std::to_string(y)},
                  {"width", end + 2},
                  {"height", y}},
                 strokes);
}

std::string state_text(const std::vector<std::string>& held, const std::string& wanted,
                       const Names& names) {
  std::vector<std::string> parts;
  for (const std::string& id : held) {
    if (parts.size() == kMaxItems) break;
    if (const std::string name = names.of(id); std::ranges::count(parts, name) == 0)
      parts.push_back(name);
  }
  std::string text = "holds " + (parts.empty() ? "nothing" : joined(parts, ", "));
  if (!wanted.empty()) text += "; waits for " + names.of(wanted);
  return text;
}

Markup step_cell(const ThreadStep& step, const Names& names, const Report& report) {
  Markup cell = element("p", step.what);
  Markup more = state_text(step.held, step.wanted, names);
  if (step.site != nullptr) more = html_place(*step.site, report) + " " + more;
  return element("td", cell + element("p", more));
}

Markup table(const std::vector<ThreadSteps>& threads, const Names& names, const Report& report) {
  std::size_t rows = 0;
  Markup head = html_column("Step");
  for (const ThreadSteps& one : threads) {
    rows = std::max(rows, std::min(one.steps.size(), kTabled));
    head += html_column(names.of(one.thread->id));
  }
  Markup body;
  for (std::size_t row = 0; row < rows; ++row) {
    Markup cells = element("th", {{"scope", "row"}}, std::to_string(row + 1));
    for (const ThreadSteps& one : threads) {
      const std::size_t count = one.steps.size();
      cells += row + count < rows ? element("td", {})
                                  : step_cell(one.steps[row + count - rows], names, report);
    }
    body += element("tr", cells) + "\n";
  }
  return html_table("Step by step", "lanes", head, body) + "\n";
}

}  // namespace

Markup html_steps(const std::vector<ThreadInfo>& threads, const Names& names,
                  const Report& report) {
  const std::vector<ThreadSteps> steps = thread_steps(threads, names, kTabled);
  if (steps.empty()) return {};
  return element("details",
                 element("summary", "What the threads did last, step by step") + "\n" +
                     html_quiet("A filled circle takes, an open one gives back, a cross is not "
                                "granted. The threads are set so that they end together; what "
                                "comes before what in two of them is not known.") +
                     html_scroll("Lanes", drawing(steps, names)) + "\n" +
                     table(steps, names, report)) +
         "\n";
}

}  // namespace gridlock::internal::reports
