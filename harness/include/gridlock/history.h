// SPDX-License-Identifier: Apache-2.0
//
// What many runs found, as plain data: when each finding was seen first and last, how often, and whether it
// comes every time. `gridlock history` keeps the runs in a file.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/report.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock {

/// Whether a finding is one to mend.
enum class Standing : std::uint8_t {
  kCounts,      ///< "counts"
  kAsDeclared,  ///< "as-declared": a scenario is there to have it
  kSuppressed,  ///< "suppressed"
};

/// Its stable name, in kebab-case.
std::string_view name(Standing standing) noexcept;

/// A finding as it was described last.
struct KnownFinding {
  std::string fingerprint;  ///< Finding::fingerprint
  std::string kind;         ///< name of its FindingKind
  std::string title;        ///< "Possible deadlock: lock-order cycle"
  std::string names;  ///< "accounts, journal": of the locks and what else it is about; may be empty
  std::string place;  ///< "src/bank.cc:12", in its project; may be empty
};

/// That one run had one finding.
struct SeenFinding {
  std::size_t subject = 0;                ///< index into RunRecords::subjects
  std::size_t finding = 0;                ///< index into RunRecords::findings
  std::uint64_t times = 1;                ///< how often
  Standing standing = Standing::kCounts;  ///< in that run
};

/// A scenario or a program in one run.
struct RanSubject {
  std::size_t subject = 0;  ///< index into RunRecords::subjects
  bool ended = false;       ///< it came to its end, so what it did not have is not there
};

/// One run, of scenarios or of a program.
struct RunRecord {
  std::string id;                 ///< the same if the same run is read from another file
  std::string started;            ///< Report::started
  std::string command;            ///< Report::command, or that of the program
  std::string tool_version;       ///< Report::tool_version
  std::vector<RanSubject> ran;    ///< its scenarios, or its program
  std::vector<SeenFinding> seen;  ///< each finding once for a subject
};

/// Several runs, and what they refer to.
struct RunRecords {
  std::vector<std::string> subjects;   ///< names of scenarios and of programs
  std::vector<KnownFinding> findings;  ///< each fingerprint once
  std::vector<RunRecord> runs;         ///< in any order
};

/// The runs that a report is about: one of all its scenarios, and each run of a program.
RunRecords run_records(const Report& report);

/// What became of a finding.
enum class HistoryState : std::uint8_t {
  kNew,     ///< "new": in the last run that could have had it, and in none before
  kSteady,  ///< "steady": in every run since the first that had it
  kFlaky,   ///< "flaky": it was away, and came back
  kGone,    ///< "gone": it is away for longer than it ever was before
};

/// Its stable name.
std::string_view name(HistoryState state) noexcept;

/// What one run says of one finding.
enum class RunMark : std::uint8_t {
  kNotRun,  ///< nothing: what has the finding did not run, or did not come to its end
  kAbsent,  ///< it did not come
  kSeen,    ///< it came
};

/// One finding over all runs.
struct FindingHistory {
  KnownFinding finding;                     ///< as it was described last
  std::vector<std::string> subjects;        ///< the scenarios and programs that had it
  HistoryState state = HistoryState::kNew;  ///< after the last run
  Standing standing = Standing::kCounts;    ///< in the last run that had it
  std::string first_seen;                   ///< RunRecord::started of that run
  std::string last_seen;                    ///< RunRecord::started of that run
  std::size_t seen = 0;                     ///< runs that had it
  std::size_t could = 0;                    ///< runs that had it or could have had it
  std::vector<RunMark> marks;               ///< one for each run
};

/// Everything that `gridlock history` shows.
struct History {
  static constexpr int kVersion = 1;     ///< of the JSON; reports/schema/history.v1.schema.json
  std::string file;                      ///< as the user named it
  std::vector<std::string> subjects;     ///< RunRecords::subjects
  std::vector<RunRecord> runs;           ///< oldest first
  std::vector<FindingHistory> findings;  ///< new ones first, then flaky, steady and gone ones
};

/// Puts the runs in the order of their beginnings and works out what became of each finding.
History history_of(std::string file, RunRecords records);

/// Puts what became of each finding of the report, one that is suppressed or fixed, too, into Report::history.
void tell_history(Report& report, const History& history);

/// What is not among the findings of `report` is left out: what became of these.
void keep_findings_of(History& history, const Report& report);
/// "3 findings: 1 new, 1 flaky, 1 gone": those that count.
std::string summary_text(const History& history);

/// For a terminal; what is as declared or suppressed is counted, with `verbose` it is shown. `utf8`: the charts
/// may have characters that are not ASCII.
std::string to_text(const History& history, const TextOptions& options, bool utf8);
/// The versioned JSON document.
std::string to_json(const History& history);
/// A page as that of a report, with a chart for each finding.
std::string to_html(const History& history);

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
