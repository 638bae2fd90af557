// SPDX-License-Identifier: Apache-2.0
#include "reports/history_chart.h"
#include "reports/text_lines.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace gridlock {
namespace {

using namespace internal::reports;  // NOLINT(google-build-using-namespace): its other half

constexpr std::size_t kUsualWidth = 100;
constexpr std::size_t kWidestChart = 60;

// The share of runs that had it: the lowest for none, the others from few to all.
constexpr std::array<std::string_view, 8> kBlocks = {"\u2581", "\u2582", "\u2583", "\u2584",
                                                     "\u2585", "\u2586", "\u2587", "\u2588"};
constexpr std::array<std::string_view, 6> kPlain = {".", ":", "-", "=", "*", "#"};

std::string_view level(const ChartColumn& column, bool utf8) {
  if (column.could == 0) return " ";
  const std::size_t highest = (utf8 ? kBlocks.size() : kPlain.size()) - 1;
  const std::size_t height =
      column.seen == 0 ? 0 : std::max<std::size_t>(1, column.seen * highest / column.could);
  return utf8 ? kBlocks.at(height) : kPlain.at(height);
}

std::string chart_text(const FindingHistory& finding, std::size_t columns, bool utf8) {
  std::string text;
  for (const ChartColumn& column : chart_columns(finding, columns)) text += level(column, utf8);
  return text;
}

Style style_of(const FindingHistory& one) {
  if (one.standing != Standing::kCounts) return Style::kDim;
  return one.state == HistoryState::kGone ? Style::kGood : Style::kBad;
}

void show(TextLines& out, const FindingHistory& one, bool utf8) {
  constexpr std::size_t kIndent = 8;
  const std::string label(name(one.state));
  const std::string standing = one.standing == Standing::kAsDeclared   ? ", as declared"
                               : one.standing == Standing::kSuppressed ? ", suppressed"
                                                                       : "";
  out.line(0, "");
  out.line(0, out.styled(label, style_of(one)) + std::string(kIndent - label.size(), ' ') +
                  out.styled(headline_text(one.finding), Style::kBold) + " (" +
                  printable_line(one.finding.kind) + standing + ")");
  const std::string where = where_text(one);
  out.wrapped(kIndent,
              (where.empty() ? "" : where + "  ") + printable_line(one.finding.fingerprint),
              kUsualWidth, Style::kDim);
  const std::string first = moment_text(one.first_seen);
  const std::string last = moment_text(one.last_seen);
  out.wrapped(
      kIndent,
      frequency_text(one) + ", " + (first == last ? first : "first " + first + ", last " + last),
      kUsualWidth);
  const std::size_t room = std::min(kWidestChart, out.width(kUsualWidth) - kIndent - 2);
  out.line(kIndent, "|" + chart_text(one, room, utf8) + "|");
}

void show_runs(TextLines& out, const History& history) {
  out.line(0, "");
  out.line(0, "The runs:");
  for (const RunRecord& run : history.runs) {
    out.line(2, moment_text(run.started) + "  " + printable_line(run.id) + "  " +
                    counted(run.seen.size(), "finding") + "  " + printable_line(run.command));
  }
}

}  // namespace

std::string to_text(const History& history, const TextOptions& options, bool utf8) {
  TextLines out(options);
  out.line(0, out.styled(printable_line(history.file), Style::kBold) + ": " + runs_text(history));
  for (const FindingHistory& one : history.findings) {
    if (one.standing == Standing::kCounts || options.verbose) show(out, one, utf8);
  }
  if (options.verbose && !history.runs.empty()) show_runs(out, history);
  const std::string others = others_text(history);
  out.line(0, "");
  out.line(0, out.styled("SUMMARY: ", Style::kBold) + summary_text(history));
  if (!others.empty())
    out.line(0, "note: besides, " + others + (options.verbose ? "" : " (-v shows them)"));
  return out.take();
}

}  // namespace gridlock
