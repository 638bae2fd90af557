// SPDX-License-Identifier: Apache-2.0
//
// A finding in a few lines: what is claimed, a column a thread, what to do about it.
#include "reports/confirmation.h"
#include "reports/explored.h"
#include "reports/frames.h"
#include "reports/lanes.h"
#include "reports/past.h"
#include "reports/places.h"
#include "reports/programs.h"
#include "reports/text_parts.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kIndent = 4;
constexpr std::size_t kWidth = 100;     // where the terminal's is not known
constexpr std::size_t kNarrowest = 26;  // of a column; else the threads stand below each other
constexpr std::size_t kThreadColumns = 4;
constexpr std::size_t kThreadsShown = 6;  // of a finding; the others are counted
constexpr std::size_t kBesides = 4;
constexpr std::string_view kBetween = "  ";

struct CellLine {
  std::string text;
  Style style = Style::kPlain;
};
using CellLines = std::vector<CellLine>;

void add_wrapped(CellLines& lines, std::size_t indent, std::string_view text, std::size_t width,
                 Style style = Style::kPlain) {
  const std::size_t room = width > indent + 8 ? width - indent : 8;
  for (const std::string& line : broken(text, room)) {
    lines.push_back({std::string(indent, ' ') + line, style});
  }
}

CellLines lines_of(const LaneStep& step, const Report& report, std::size_t width) {
  CellLines lines;
  const Frame* site = step.stack == nullptr ? nullptr : site_of(*step.stack);
  if (site == nullptr) {
    add_wrapped(lines, 0, step.what, width);
    return lines;
  }
  add_wrapped(lines, 0, short_place_text(*site) + ": " + step.what, width);
  std::string_view code = source_line(report, site->file, site->line);
  code.remove_prefix(std::min(code.find_first_not_of(" \t"), code.size()));
  // A comment at its end goes before the code does.
  if (columns_of(code) + 4 > width) code = code.substr(0, code.find(" //"));
  code = code.substr(0, code.find_last_not_of(" \t") + 1);
  if (code.size() > 2) {
    lines.push_back({"  > " + shortened(printable_line(code), width - 4), Style::kBold});
  }
  return lines;
}

class LaneTable {
 public:
  LaneTable(TextLines& out, const Lanes& lanes, const Report& report)
      : out_(out), lanes_(lanes), report_(report) {}

  void print() {
    if (lanes_.lanes.empty()) return;
    const std::size_t all = out_.width(kWidth) - kIndent;
    const std::size_t count = lanes_.lanes.size();
    const std::size_t between = kBetween.size() * (count - 1);
    const std::size_t column = all > between ? (all - between) / count : 0;
    if (count > kThreadColumns || (count > 1 && column < kNarrowest)) {
      print_below_each_other(all);
    } else {
      print_columns(column);
    }
  }

 private:
  void print_columns(std::size_t width) {
    std::vector<CellLines> row;
    for (const Lane& lane : lanes_.lanes) {
      row.emplace_back();
      add_wrapped(row.back(), 0, lane.name, width, Style::kBold);
    }
    print_row(row, width);
    for (const auto& steps : lanes_.rows) {
      row.clear();
      for (const auto& step : steps) {
        row.push_back(step ? lines_of(*step, report_, width) : CellLines{});
      }
      print_row(row, width);
    }
  }

  void print_row(const std::vector<CellLines>& row, std::size_t width) {
    std::size_t height = 0;
    for (const CellLines& cell : row) height = std::max(height, cell.size());
    for (std::size_t i = 0; i < height; ++i) {
      std::string line;
      std::size_t blanks = 0;  // not written unless something comes behind them
      for (const CellLines& cell : row) {
        const std::string text = i < cell.size() ? cell[i].text : "";
        if (!text.empty()) {
          line += std::string(blanks, ' ') + out_.styled(text, cell[i].style);
          blanks = 0;
        }
        const std::size_t used = columns_of(text);
        blanks += (used < width ? width - used : 0) + kBetween.size();
      }
      out_.line(kIndent, line);
    }
  }

  void print_below_each_other(std::size_t width) {
    for (std::size_t i = 0; i < lanes_.lanes.size(); ++i) {
      out_.line(kIndent, lanes_.lanes[i].name, Style::kBold);
      for (const auto& steps : lanes_.rows) {
        if (!steps[i]) continue;
        for (const CellLine& line : lines_of(*steps[i], report_, width - 2))
          out_.line(kIndent + 2, line.text, line.style);
      }
    }
  }

  TextLines& out_;
  const Lanes& lanes_;
  const Report& report_;
};

void print_lanes(TextLines& out, const Story& story, const Names& names, const Report& report) {
  const Lanes lanes = lanes_of(story, names, kThreadsShown);
  if (!lanes.lanes.empty()) out.line(0, "");
  LaneTable(out, lanes, report).print();
  const std::size_t more = lanes.left_out + story.left_out;
  if (more > 0) out.line(kIndent, "... " + counted(more, "more thread"), Style::kDim);
  for (std::size_t i = 0; i < std::min(lanes.besides.size(), kBesides); ++i)
    out.wrapped(kIndent, lanes.besides[i], kWidth);
}

void print_place(TextLines& out, const Finding& finding, const Report& report) {
  std::string line;
  if (const Frame* const place = main_frame(finding); place != nullptr)
    line = "at " + out.near_path(*place);
  if (!finding.fingerprint.empty()) {
    line += (line.empty() ? "" : ", ") + std::string("fingerprint ") +
            printable_line(finding.fingerprint);
  }
  if (const std::string_view state = baseline_state(finding, report); !state.empty())
    line += (line.empty() ? "" : ", ") + std::string(state);
  if (!line.empty()) out.line(kIndent, line, Style::kDim);
  if (const std::string past = past_text(finding, report); !past.empty())
    out.wrapped(kIndent, past, kWidth, Style::kDim);
}

void print_hang(TextLines& out, const Confirmation& confirmation, const Report& report) {
  const Finding hang = confirmed_hang(confirmation);
  if (hang.threads.empty()) return;
  out.line(0, "");
  out.line(kIndent, std::string(kHangHeading) + ":", Style::kBold);
  if (!hang.cycle.empty()) out.wrapped(kIndent, cycle_line(hang), kWidth, Style::kBold);
  print_lanes(out, story_of(hang), Names(hang), report);
}

void print_execution(TextLines& out, const ChosenExecution& execution, const Names& names,
                     const Report& report) {
  out.line(0, "");
  out.wrapped(kIndent, execution_text(execution), kWidth);
  out.line(kIndent, "again: " + replay_text(execution.replay));
  const Story path = path_story(execution, names, kMaxItems);
  if (path.episodes.empty()) return;
  out.line(0, "");
  out.line(kIndent, std::string(kPathHeading) + ":", Style::kBold);
  print_lanes(out, path, names, report);
}

}  // namespace

void text_finding_in_short(TextLines& out, const Finding& raw, std::size_t number,
                           const Report& report) {
  const Finding finding = in_reading_order(raw);
  const Story story = story_of(finding);
  text_heading(out, finding, number);
  print_place(out, finding, report);
  if (finding.confirmation) {
    const ConfirmationWords words = confirmation_words(*finding.confirmation);
    out.wrapped(kIndent, words.line, kWidth, Style::kBold);
    for (const std::string& detail : words.details) out.wrapped(kIndent + 2, detail, kWidth);
  }
  if (const std::string times = sightings_text(finding, report); !times.empty())
    out.wrapped(kIndent, times, kWidth);
  out.wrapped(kIndent, meaning_text(finding, &report), kWidth);
  if (!finding.cycle.empty()) out.wrapped(kIndent, cycle_line(finding), kWidth, Style::kBold);
  print_lanes(out, story, Names(finding), report);
  if (finding.confirmation) print_hang(out, *finding.confirmation, report);
  if (finding.execution) print_execution(out, *finding.execution, Names(finding), report);
  if (!finding.tsan_text.empty() &&
      (finding.kind == FindingKind::kTsanReport || story.episodes.empty())) {
    out.line(0, "");
    out.line(kIndent, "ThreadSanitizer says:");
    out.block(kIndent, finding.tsan_text, 20);
  }
  out.line(0, "");
  out.wrapped(kIndent, "To fix it: " + fix_text(finding, &report), kWidth);
}

void text_dump_in_short(TextLines& out, const ProcessDump& dump, const Report& report) {
  out.line(0, "");
  out.line(2, dump_heading(dump) + ":", Style::kBold);
  print_lanes(out, story_of(dump), Names(dump.threads, dump.objects), report);
}

}  // namespace gridlock::internal::reports
