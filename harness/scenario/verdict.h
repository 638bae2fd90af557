// SPDX-License-Identifier: Apache-2.0
//
// From what a process did to a verdict. Pure functions: no clock, no file, no process.
#pragma once

#include <gridlock/finding.h>
#include <gridlock/report.h>
#include <gridlock/scenario.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal {

/// One finding a defect: a lock-order-cycle over the same objects as a deadlock goes into the
/// deadlock (what was foretold came true), and of several findings with one fingerprint the first
/// stays. Findings without a fingerprint are never taken for equal.
std::vector<Finding> merge_findings(std::vector<Finding> findings);

/// How a process ended and what it left behind.
struct RunFacts {
  std::vector<Finding> findings;    ///< those that count
  std::vector<Finding> suppressed;  ///< explain an end, count for nothing else
  std::string tsan_text;            ///< what ThreadSanitizer wrote to its log
  std::string output;               ///< what the process printed
  std::string dump_reason;          ///< of its dump, empty if none
  std::string log_error;            ///< why its log could not be read in full, empty if it could
  std::map<std::string, std::uint64_t>
      left_out;                           ///< findings that its log had no room for, by kind
  std::vector<ProcessInfo> process_tree;  ///< of a run with several processes
  bool log_started = true;                ///< its log has the first record
  bool log_ended = true;                  ///< and the last one
  bool has_tsan = false;                  ///< ThreadSanitizer was in the process
  bool timed_out = false;                 ///< it was still running at the deadline
  double deadline_seconds = 0;
  int exit_code = -1;  ///< -1 if it did not exit by itself
  int signal = 0;      ///< that ended it, 0 if none
};

/// A finding of this kind ends the process, which could never end by itself (on_deadlock=report).
bool ends_the_process(FindingKind kind);

struct Judgement {
  Verdict verdict = Verdict::kAsExpected;
  std::string reason;  ///< one line
};

/// The first that applies: ThreadSanitizer could not run (crashed), past the deadline (timed-out),
/// an end that no finding explains, a log with a hole, or a crash of another process of the tree
/// (crashed), a kind that was not declared (unexpected), a declared kind that did not come (missed;
/// not-checked if all those that did not come need ThreadSanitizer and it was not there).
///
/// Explained ends: exit code 0; exit code 1 or SIGABRT after a deadlock, self-deadlock or
/// starvation (the runtime ends the process, which could never end by itself); exit code 66 with a
/// finding of ThreadSanitizer's. With exit code 0 the log must have its first and its last record,
/// else what was found is not known: the disk was full, the log's descriptor was taken away, or the
/// process left by _exit. The exit code alone never makes a finding, and its absence never
/// hides one: _exit and abort lose ThreadSanitizer's.
///
/// Suppressed findings are named in the reason; so is that one of them ended the process, because
/// what would have come after it was then not tested.
Judgement judge(const Expectation& expected, const RunFacts& facts);

/// The same for an outcome that was judged before some of its findings were suppressed. A crash and
/// a timeout stay what they are.
Judgement judge_again(const Outcome& outcome, bool has_tsan);

/// The line of ThreadSanitizer's that says that it could not run at all ("FATAL: ThreadSanitizer:
/// unexpected memory mapping ..."), or nothing. An error of the environment, never a finding.
std::string_view tsan_fatal_line(std::string_view text);

/// The reason of a dump that `gridlock why` made: the threads that are in no finding.
inline constexpr const char* kOtherThreads = "why";
/// The dump is there because somebody sent the signal `dump_signal`: not because of a crash, nor
/// because the process did not go on.
bool was_requested(const ProcessDump& dump);

/// "SIGSEGV" for 11; "signal 77" for one without a name.
std::string signal_name(int signal);

}  // namespace gridlock::internal
