// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/finish_report.h"

#include "harness/scenario/fingerprint.h"
#include "harness/scenario/runner.h"
#include "harness/scenario/source_text.h"
#include "harness/scenario/stacks.h"
#include "harness/scenario/symbolizer.h"
#include "harness/scenario/verdict.h"
#include "harness/scenario/wire.h"

#include <array>
#include <ctime>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
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
  SymbolizeOptions options;
  options.symbolizer = symbolizer;
  symbolize(stacks, options, notes);
  for (Stack* stack : stacks) drop_repeated_call_site(*stack);
  for (Outcome& outcome : report.outcomes) {
    for (Finding& finding : outcome.findings) finding.fingerprint = fingerprint(finding);
    outcome.findings = merge_findings(std::move(outcome.findings));
    add_sources(report, outcome);
  }
}

RunResult report_of_log(const std::string& path, const std::string& log_text,
                        const std::vector<std::string>& command) {
  RunResult result;
  WireLog log = read_wire(log_text, path);
  RunFacts facts;
  facts.findings = merge_findings(std::move(log.findings));
  facts.dump_reason = log.dump ? log.dump->reason : "";
  facts.log_error = log.error;
  facts.has_tsan = log.tsan;
  facts.exit_code = 0;  // a log does not tell

  Outcome outcome;
  outcome.name = std::filesystem::path(path).filename().string();
  outcome.summary = "Findings of a program that ran outside the runner";
  Judgement judgement = judge({}, facts);
  outcome.verdict = judgement.verdict;
  outcome.reason = std::move(judgement.reason);
  if (log.dump) {
    outcome.verdict = Verdict::kCrashed;
    outcome.reason = log.dump->reason + "; " + outcome.reason;
  }
  for (const Finding& finding : facts.findings) outcome.tsan_text += finding.tsan_text;
  outcome.findings = std::move(facts.findings);
  outcome.dump = std::move(log.dump);
  outcome.rerun = shell_quoted(command);

  result.report = report_head(command);
  if (!log.tsan) result.report.sanitizer.clear();
  result.report.outcomes.push_back(std::move(outcome));
  const std::string symbolizer = find_llvm_symbolizer(result.notes);
  finish_report(result.report, symbolizer, result.notes);
  return result;
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
