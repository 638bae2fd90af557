// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/finish_report.h"

#include "harness/scenario/address_names.h"
#include "harness/scenario/code_host.h"
#include "harness/scenario/fingerprint.h"
#include "harness/scenario/modules.h"
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
  for (InfeasibleCycle& safe : outcome.infeasible_cycles) for_each_stack(safe.claim, visit);
  for (Contention& contention : outcome.contention) for_each_stack(contention, visit);
  for (LearnedOrder& order : outcome.learned_order) for_each_stack(order, visit);
  if (outcome.dump) for_each_stack(*outcome.dump, visit);
}

// The text of a source file, read once; null if there is none.
const std::string* source(Report& report, const std::string& file, SourceRoots& roots) {
  if (file.empty()) return nullptr;
  if (const auto known = report.sources.find(file); known != report.sources.end()) {
    return &known->second;
  }
  std::optional<std::string> text = roots.read(file);
  return text ? &report.sources.emplace(file, std::move(*text)).first->second : nullptr;
}

void add_sources(Report& report, Outcome& outcome, SourceRoots& roots) {
  if (const std::string* const text = source(report, outcome.file, roots)) {
    const LineRange lines = scenario_lines(*text, outcome.first_line);
    outcome.first_line = lines.first;
    outcome.last_line = lines.last;
  }
  for_each_stack_of(outcome, [&](const Stack& stack) {
    for (const Frame& frame : stack) {
      if (is_user_frame(frame)) source(report, frame.file, roots);
    }
  });
}

// The names and sizes of the global variables that were raced on; a log has them only where
// ThreadSanitizer found a symbolizer in the program's own environment.
void name_variables(const std::vector<MemoryLocation*>& locations, const Symbolizer& symbolizer,
                    std::vector<std::string>& notes) {
  std::set<CodeAddress> wanted;
  for (const MemoryLocation* location : locations) {
    if (!location->module.empty() && (location->name.empty() || location->size == 0))
      wanted.insert({location->module, location->offset});
  }
  if (wanted.empty() || symbolizer.empty()) return;
  const std::vector<CodeAddress> addresses(wanted.begin(), wanted.end());
  const auto variables = symbolizer.variables(addresses, notes);
  for (MemoryLocation* location : locations) {
    const auto found = variables.find({location->module, location->offset});
    if (found == variables.end()) continue;
    if (location->name.empty()) location->name = found->second.name;
    if (location->size == 0) location->size = found->second.size;
  }
}

void symbolize_all(const std::vector<Stack*>& stacks, const Symbolizer& symbolizer,
                   std::vector<std::string>& notes) {
  symbolizer.symbolize(stacks, notes);
  for (Stack* stack : stacks) drop_repeated_call_site(*stack);
}

// An object that was made by a container or by std::make_unique names a line there. A thread was
// started where it was made; of the others it is not known.
void finish_places(std::vector<Object>& objects, const std::vector<ThreadInfo>& threads) {
  for (Object& object : objects) {
    if (object.created.empty() || user_site(object.created) != nullptr) continue;
    const auto thread = std::ranges::find(threads, object.id, &ThreadInfo::id);
    object.created = thread != threads.end() && user_site(thread->created) != nullptr
                         ? thread->created
                         : Stack{};
  }
}

void finish_places(Outcome& outcome) {
  const auto finish = [](auto& one) { finish_places(one.objects, one.threads); };
  std::ranges::for_each(outcome.findings, finish);
  std::ranges::for_each(outcome.suppressed, finish);
  std::ranges::for_each(outcome.contention, finish);
  std::ranges::for_each(outcome.learned_order, finish);
  for (InfeasibleCycle& safe : outcome.infeasible_cycles) finish(safe.claim);
  if (outcome.dump) finish(*outcome.dump);
}

// Each once, and none that was judged infeasible in one process (or at one moment) and came true in
// another.
void finish_infeasible_cycles(Outcome& outcome) {
  std::set<std::string> seen;
  for (const Finding& finding : outcome.findings) seen.insert(finding.fingerprint);
  for (const Finding& finding : outcome.suppressed) seen.insert(finding.fingerprint);
  std::erase_if(outcome.infeasible_cycles, [&](InfeasibleCycle& safe) {
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
  report.project = project_of(".");
  report.code_url = code_url_of(report.project);
  if (tsan_linked()) report.sanitizer = "thread";
  if (&__asan_init != nullptr) report.sanitizer = "address";
  return report;
}

void finish_report(Report& report, const Symbolizer& symbolizer, std::vector<std::string>& notes,
                   SourceRoots roots) {
  for (Outcome& outcome : report.outcomes) name_addresses(outcome, symbolizer, notes);
  std::vector<Stack*> stacks;
  for (Outcome& outcome : report.outcomes) {
    for_each_stack_of(outcome, [&](Stack& stack) {
      if (!stack.empty()) stacks.push_back(&stack);
    });
  }
  symbolize_all(stacks, symbolizer, notes);
  MissingLines missing(!symbolizer.empty());
  for (const Stack* stack : stacks) missing.look_at(*stack);
  add_notes(report.notes, missing.notes());
  std::vector<MemoryLocation*> locations;
  for (Outcome& outcome : report.outcomes) {
    for (Finding& finding : outcome.findings) {
      for (MemoryLocation& location : finding.locations) locations.push_back(&location);
    }
  }
  name_variables(locations, symbolizer, notes);
  for (Outcome& outcome : report.outcomes) {
    finish_places(outcome);
    set_fingerprints(outcome.findings);
    outcome.findings = merge_findings(std::move(outcome.findings));
    finish_infeasible_cycles(outcome);
    std::ranges::sort(outcome.contention, [](const Contention& a, const Contention& b) {
      return std::tuple(b.wait_ns, b.waits, b.acquisitions, std::string_view(a.object)) <
             std::tuple(a.wait_ns, a.waits, a.acquisitions, std::string_view(b.object));
    });
    add_sources(report, outcome, roots);
  }
  add_notes(report.notes, roots.notes());
}

void finish_claims(Report& report, const Symbolizer& symbolizer, std::vector<std::string>& notes) {
  for (Outcome& outcome : report.outcomes) name_addresses(outcome, symbolizer, notes);
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
    set_fingerprints(outcome.findings);
  }
}

void finish_findings(std::vector<Finding>& findings, const Symbolizer& symbolizer,
                     std::vector<std::string>& notes) {
  name_addresses(findings, symbolizer, notes);
  std::vector<Stack*> stacks;
  for (Finding& finding : findings) {
    for_each_stack(finding, [&](Stack& stack) {
      if (!stack.empty()) stacks.push_back(&stack);
    });
  }
  symbolize_all(stacks, symbolizer, notes);
  std::vector<MemoryLocation*> locations;
  for (Finding& finding : findings) {
    for (MemoryLocation& location : finding.locations) locations.push_back(&location);
  }
  name_variables(locations, symbolizer, notes);
  set_fingerprints(findings);
  findings = merge_findings(std::move(findings));
}

void add_notes(std::vector<std::string>& all, std::vector<std::string> more) {
  for (std::string& note : more) {
    if (std::ranges::find(all, note) == all.end()) all.push_back(std::move(note));
  }
}

void take_extras(Outcome& outcome, WireLog& log) {
  outcome.infeasible_cycles = std::move(log.infeasible_cycles);
  outcome.infeasible_cycles_dropped = log.infeasible_cycles_dropped;
  outcome.watching = log.watching;
  outcome.exploration = std::move(log.exploration);
  outcome.contention = std::move(log.contention);
  outcome.learned_order = std::move(log.learned_order);
  outcome.processes = std::move(log.process_tree);
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
