// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/progress.h"
#include "harness/scenario/text.h"

#include <gridlock/report.h>

#include <unistd.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <sstream>

namespace gridlock::internal {
namespace {

// "as expected  bank/fixed  (no finding, 0.02 s)", with what the report says below that behind it.
std::string on_one_line(std::string text) {
  std::string line;
  for (std::size_t end = 0; !text.empty(); text.erase(0, end)) {
    end = std::min(text.find('\n'), text.size());
    const std::size_t start = std::min(text.find_first_not_of(' '), end);
    if (start < end) line += (line.empty() ? "" : "; ") + text.substr(start, end - start);
    end = std::min(end + 1, text.size());
  }
  return line;
}

}  // namespace

ProgressLine::ProgressLine(std::size_t total, ColorMode color)
    : total_(total),
      rewrites_(can_rewrite_lines(STDOUT_FILENO)),
      color_(wants_color(STDOUT_FILENO, color)) {}

ProgressLine::~ProgressLine() { erase(); }

void ProgressLine::started(const Scenario& scenario) {
  if (std::find(running_.begin(), running_.end(), scenario.name) == running_.end()) {
    running_.push_back(scenario.name);
  }
  draw();
}

void ProgressLine::finished(const Outcome& outcome) {
  std::erase(running_, outcome.name);
  ++done_;
  erase();
  if (!rewrites_ || !passed(outcome.verdict)) {  // elsewhere only what differs stays
    const std::string total = std::to_string(total_);
    std::cout << '[' << std::setw(static_cast<int>(total.size())) << done_ << '/' << total << "] "
              << verdict_line(outcome) << '\n'
              << std::flush;
  }
  draw();
}

std::string ProgressLine::verdict_line(const Outcome& outcome) const {
  if (passed(outcome.verdict)) {
    TextOptions options;
    options.color = color_;
    return on_one_line(to_text(outcome, {}, options));
  }
  std::ostringstream line;
  if (color_) line << "\x1b[31m";
  line << std::left << std::setw(11) << name(outcome.verdict);
  if (color_) line << "\x1b[0m";
  line << "  " << printable_line(outcome.name) << "  " << std::fixed << std::setprecision(2)
       << outcome.seconds << " s  (" << printable_line(outcome.reason) << ')';
  return std::move(line).str();
}

void ProgressLine::idle() { draw(); }

void ProgressLine::draw() {
  if (!rewrites_) return;
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start_);
  std::string line = "[" + std::to_string(done_) + "/" + std::to_string(total_) + "] " +
                     std::to_string(elapsed.count()) + " s";
  for (const std::string& one : running_) line += "  " + one;
  constexpr std::size_t kFewest = 20;
  std::size_t columns = terminal_width(STDOUT_FILENO);
  if (columns <= kFewest) columns = 80;
  std::cout << "\r\x1b[K" << cut(printable_line(line), columns - 1) << std::flush;
}

void ProgressLine::erase() {
  if (rewrites_) std::cout << "\r\x1b[K" << std::flush;
}

}  // namespace gridlock::internal
