// SPDX-License-Identifier: Apache-2.0
//
// A report of very many findings, as a program with a bug everywhere would have it: each has places of its own in long
// sources, and the frames of libraries are the same everywhere.
#include "tests/support/sample_reports.h"

#include <array>
#include <cstdint>
#include <utility>

namespace gridlock::support {
namespace {

constexpr int kLines = 4000;  // of each source
constexpr int kFiles = 20;

std::string file_name(int file) {
  return "/home/somebody/work/project/src/deep/folder/of/ledger_" + std::to_string(file % kFiles) +
         ".cc";
}

std::string long_source() {
  std::string text;
  for (int line = 1; line <= kLines; ++line)
    text += "  std::lock_guard guard(account[" + std::to_string(line) + "].mutex);\n";
  return text;
}

class Places {
 public:
  explicit Places(int number) : file_(file_name(number)), line_(number * 7 % (kLines - 200)) {}

  void move(Stack& stack) {
    for (Frame& frame : stack) {
      if (frame.file != "/src/bank/bank.cc") {
        if (frame.module.empty()) frame.module = "/home/somebody/work/project/build/release/bank";
        if (frame.offset == 0) frame.offset = 0x12340 + static_cast<std::uint64_t>(frame.line);
        continue;
      }
      frame.file = file_;
      frame.line += line_;
      frame.module = "/home/somebody/work/project/build/release/bank";
      frame.offset = static_cast<std::uint64_t>(frame.line) * 16;
    }
  }
  void move(Finding& finding) {
    for (ThreadInfo& thread : finding.threads) {
      for (HeldObject& held : thread.held) move(held.stack);
      if (thread.wants) move(thread.wants->stack);
      for (RecentRecord& record : thread.recent) move(record.stack);
      move(thread.stack);
      move(thread.created);
    }
    for (Object& object : finding.objects) move(object.created);
    for (LockOrderEdge& edge : finding.edges) {
      move(edge.held_stack);
      move(edge.wanted_stack);
    }
    for (MemoryAccess& access : finding.accesses) move(access.stack);
  }

 private:
  std::string file_;
  int line_;
};

std::string fingerprint_of(std::size_t number) {
  const std::string digits = std::to_string(number);
  return std::string(16 - digits.size(), '0') + digits;
}

}  // namespace

Report many_findings(std::size_t count, bool spread) {
  const std::array<Finding, 3> kinds = {lock_order_cycle(), deadlock(), self_deadlock()};
  Report report = report_of("bank/many", {});
  report.sources.clear();
  for (int file = 0; file < kFiles; ++file) report.sources[file_name(file)] = long_source();
  const Outcome empty = report.outcomes.front();
  report.outcomes.clear();
  for (std::size_t i = 0; i < count; ++i) {
    Finding finding = kinds.at(i % kinds.size());
    Places(static_cast<int>(i)).move(finding);
    finding.fingerprint = fingerprint_of(i);
    if (spread || report.outcomes.empty()) {
      Outcome outcome = empty;
      outcome.name = "bank/many-" + std::to_string(i);
      outcome.verdict = Verdict::kUnexpected;
      outcome.file = file_name(static_cast<int>(i));
      report.outcomes.push_back(std::move(outcome));
    }
    report.outcomes.back().findings.push_back(std::move(finding));
  }
  return report;
}

}  // namespace gridlock::support
