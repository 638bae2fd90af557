// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <sstream>

namespace gridlock::internal {
namespace {

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

}  // namespace

bool wants_color(int fd) {
  const char* const no_color = std::getenv("NO_COLOR");
  return isatty(fd) == 1 && (no_color == nullptr || *no_color == '\0');
}

ProgressLine::ProgressLine(std::size_t total)
    : total_(total), terminal_(isatty(STDOUT_FILENO) == 1), color_(wants_color(STDOUT_FILENO)) {}

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
  const bool good = passed(outcome.verdict);
  if (!terminal_ || !good) {  // on a terminal only what differs stays
    const std::string total = std::to_string(total_);
    std::ostringstream line;
    line << '[' << std::setw(static_cast<int>(total.size())) << done_ << '/' << total << "] ";
    if (color_) line << (good ? "\x1b[32m" : "\x1b[31m");
    line << std::left << std::setw(11) << name(outcome.verdict);
    if (color_) line << "\x1b[0m";
    line << "  " << outcome.name << "  " << std::fixed << std::setprecision(2) << outcome.seconds
         << " s";
    if (outcome.verdict != Verdict::kAsExpected) line << "  (" << outcome.reason << ')';
    std::cout << line.str() << '\n' << std::flush;
  }
  draw();
}

void ProgressLine::idle() { draw(); }

void ProgressLine::draw() {
  if (!terminal_) return;
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start_);
  std::string line = "[" + std::to_string(done_) + "/" + std::to_string(total_) + "] " +
                     std::to_string(elapsed.count()) + " s";
  for (const std::string& one : running_) line += "  " + one;
  const std::size_t width = terminal_width() - 1;
  if (line.size() > width) line = line.substr(0, width - 3) + "...";
  std::cout << "\r\x1b[K" << line << std::flush;
}

void ProgressLine::erase() {
  if (terminal_) std::cout << "\r\x1b[K" << std::flush;
}

}  // namespace gridlock::internal
