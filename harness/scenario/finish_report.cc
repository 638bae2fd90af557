// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/finish_report.h"

#include "harness/scenario/fingerprint.h"
#include "harness/scenario/runner.h"
#include "harness/scenario/source_text.h"
#include "harness/scenario/stacks.h"
#include "harness/scenario/symbolizer.h"
#include "harness/scenario/verdict.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the sanitizers' own
// names
extern "C" {
__attribute__((weak)) void __tsan_init();
__attribute__((weak)) void __asan_init();
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace gridlock::internal {
namespace {

constexpr std::size_t kLargestSource = 1U << 20U;

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text;
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

std::string compiler() {
#if defined(__clang__)
  return "clang " + std::to_string(__clang_major__) + "." + std::to_string(__clang_minor__) + "." +
         std::to_string(__clang_patchlevel__);
#else
  return "gcc " + std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__) + "." +
         std::to_string(__GNUC_PATCHLEVEL__);
#endif
}

void for_each_stack_of(Outcome& outcome, const std::function<void(Stack&)>& visit) {
  for (Finding& finding : outcome.findings) for_each_stack(finding, visit);
  for (Finding& finding : outcome.suppressed) for_each_stack(finding, visit);
  for (SafeCycle& safe : outcome.safe_cycles) for_each_stack(safe.claim, visit);
  for (Contention& contention : outcome.contention) for_each_stack(contention, visit);
  for (LearnedOrder& order : outcome.learned_order) for_each_stack(order, visit);
  if (outcome.dump) for_each_stack(*outcome.dump, visit);
}

// The text of a source file, read once; null if there is none.
const std::string* source(Report& report, const std::string& file) {
  if (file.empty()) return nullptr;
  if (const auto known = report.sources.find(file); known != report.sources.end()) {
    return &known->second;
  }
  std::optional<std::string> text = read_file(file, kLargestSource);
  return text ? &report.sources.emplace(file, std::move(*text)).first->second : nullptr;
}

void add_sources(Report& report, Outcome& outcome) {
  if (const std::string* const text = source(report, outcome.file)) {
    const LineRange lines = scenario_lines(*text, outcome.first_line);
    outcome.first_line = lines.first;
    outcome.last_line = lines.last;
  }
  for_each_stack_of(outcome, [&](const Stack& stack) {
    for (const Frame& frame : stack) {
      if (is_user_frame(frame)) source(report, frame.file);
    }
  });
}

void symbolize_all(const std::vector<Stack*>& stacks, const std::string& symbolizer,
                   std::vector<std::string>& notes) {
  SymbolizeOptions options;
  options.symbolizer = symbolizer;
  symbolize(stacks, options, notes);
  for (Stack* stack : stacks) drop_repeated_call_site(*stack);
}

// Each once, and none that was judged safe in one process (or at one moment) and came true in
// another.
void finish_safe_cycles(Outcome& outcome) {
  std::set<std::string> seen;
  for (const Finding& finding : outcome.findings) seen.insert(finding.fingerprint);
  for (const Finding& finding : outcome.suppressed) seen.insert(finding.fingerprint);
  std::erase_if(outcome.safe_cycles, [&](SafeCycle& safe) {
    safe.claim.fingerprint = fingerprint(safe.claim);
    return !seen.insert(safe.claim.fingerprint).second;
  });
}

}  // namespace

bool tsan_linked() { return &__tsan_init != nullptr; }

Report report_head(const std::vector<std::string>& command) {
  Report report;
  report.tool_version = GRIDLOCK_VERSION;
  report.started = now_utc();
  report.command = shell_quoted(command);
  report.compiler = compiler();
  if (tsan_linked()) report.sanitizer = "thread";
  if (&__asan_init != nullptr) report.sanitizer = "address";
  return report;
}

void finish_report(Report& report, const std::string& symbolizer, std::vector<std::string>& notes) {
  std::vector<Stack*> stacks;
  for (Outcome& outcome : report.outcomes) {
    for_each_stack_of(outcome, [&](Stack& stack) {
      if (!stack.empty()) stacks.push_back(&stack);
    });
  }
  symbolize_all(stacks, symbolizer, notes);
  for (Outcome& outcome : report.outcomes) {
    for (Finding& finding : outcome.findings) finding.fingerprint = fingerprint(finding);
    outcome.findings = merge_findings(std::move(outcome.findings));
    finish_safe_cycles(outcome);
    std::ranges::sort(outcome.contention, [](const Contention& a, const Contention& b) {
      return std::tuple(b.wait_ns, b.waits, b.acquisitions, std::string_view(a.object)) <
             std::tuple(a.wait_ns, a.waits, a.acquisitions, std::string_view(b.object));
    });
    add_sources(report, outcome);
  }
}

void finish_claims(Report& report, const std::string& symbolizer, std::vector<std::string>& notes) {
  std::vector<Stack*> stacks;
  for (Outcome& outcome : report.outcomes) {
    for (Finding& finding : outcome.findings) {
      for_each_stack(finding, [&](Stack& stack) {
        if (!stack.empty()) stacks.push_back(&stack);
      });
    }
  }
  symbolize_all(stacks, symbolizer, notes);
  for (Outcome& outcome : report.outcomes) {
    for (Finding& finding : outcome.findings) finding.fingerprint = fingerprint(finding);
  }
}

void finish_findings(std::vector<Finding>& findings, const std::string& symbolizer,
                     std::vector<std::string>& notes) {
  std::vector<Stack*> stacks;
  for (Finding& finding : findings) {
    for_each_stack(finding, [&](Stack& stack) {
      if (!stack.empty()) stacks.push_back(&stack);
    });
  }
  symbolize_all(stacks, symbolizer, notes);
  for (Finding& finding : findings) finding.fingerprint = fingerprint(finding);
  findings = merge_findings(std::move(findings));
}

void take_extras(Outcome& outcome, WireLog& log) {
  outcome.safe_cycles = std::move(log.safe_cycles);
  outcome.safe_cycles_dropped = log.safe_cycles_dropped;
  outcome.contention = std::move(log.contention);
  outcome.learned_order = std::move(log.learned_order);
  outcome.processes = std::move(log.family);
}

std::string shell_quoted(const std::vector<std::string>& words) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/.,:=+@%";
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

}  // namespace gridlock::internal
