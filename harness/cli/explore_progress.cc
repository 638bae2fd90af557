// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/explore_progress.h"

#include "harness/cli/messages.h"
#include "harness/cli/terminal.h"
#include "harness/scenario/text.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <utility>

namespace gridlock::internal {
namespace {

constexpr std::chrono::seconds kFromLineToLine{10};

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string counted(std::uint64_t number, const std::string& what) {
  return grouped(number) + " " + what + (number == 1 ? "" : "s");
}

}  // namespace

ExploreProgress::ExploreProgress(const std::vector<std::unique_ptr<ExploredProcess>>& processes)
    : processes_(processes), rewrites_(can_rewrite_lines(STDERR_FILENO)) {}

ExploreProgress::~ExploreProgress() {
  if (rewrites_) std::cerr << "\r\x1b[K" << std::flush;
}

// The pages change meanwhile: what is counted here may be off by what runs just now.
std::string ExploreProgress::line() const {
  std::uint64_t executions = 0;
  std::uint64_t distinct = 0;
  std::uint64_t failures = 0;
  std::uint64_t planned = 0;
  std::uint64_t done = 0;
  std::string name;
  auto traces = std::make_unique<controlled::DistinctTraces>();
  for (const auto& process : processes_) {
    const controlled::SessionPage& page = process->page();
    executions += page.executions;
    distinct += page.distinct;
    failures += page.failures;
    for (std::uint32_t i = 0; i < page.traces.kept(); ++i) traces->add_kept(page.traces.kept(i));
    if (page.searches == page.finished) continue;
    planned += page.planned;
    done += page.executions - page.begun;
    if (name.empty()) name.assign(&page.name[0], strnlen(&page.name[0], sizeof page.name));
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(executions) / seconds : 0;
  std::string text = grouped(static_cast<std::uint64_t>(seconds)) + " s  " +
                     counted(executions, "execution") + "  " +
                     grouped(static_cast<std::uint64_t>(rate)) + "/s  " +
                     counted(std::min(distinct + traces->count(), executions), "schedule") + "  " +
                     (failures == 0 ? "nothing found" : counted(failures, "failure"));
  if (!name.empty()) text += "  " + name;
  if (planned != 0) text += "  " + std::to_string(100 * done / planned) + " %";
  return text;
}

void ExploreProgress::look() {
  const auto now = std::chrono::steady_clock::now();
  if (rewrites_) {
    constexpr std::size_t kFewest = 20;
    std::size_t columns = terminal_width(STDERR_FILENO);
    if (columns <= kFewest) columns = 80;
    std::cerr << "\r\x1b[K" << cut(printable_line(line()), columns - 1) << std::flush;
  } else if (now - said_ >= kFromLineToLine) {
    said_ = now;
    say(line());
  }
}

}  // namespace gridlock::internal
