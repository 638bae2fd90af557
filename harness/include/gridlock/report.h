// SPDX-License-Identifier: Apache-2.0
//
// The result of a run, as plain data, and the functions that render it.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/finding.h>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock {

/// The findings of one scenario held against its expectation.
enum class Verdict : std::uint8_t {
  kAsExpected,  ///< "as-expected"
  kMissed,      ///< "missed": an expected finding did not come
  kUnexpected,  ///< "unexpected": a finding came that was not expected
  kCrashed,     ///< "crashed": ended by a signal, an exception or an exit code that no finding
                ///< explains
  kTimedOut,    ///< "timed-out": ran past its deadline; the dump says where
  kNotChecked,  ///< "not-checked": what it expects needs ThreadSanitizer, which this build lacks;
                ///< ran clean, or crashed as a data race may
};

/// Its stable name, in kebab-case: what stands in the JSON report.
std::string_view name(Verdict verdict) noexcept;
/// The verdict with this name, or nothing.
std::optional<Verdict> verdict_from_name(std::string_view name) noexcept;
/// True for kAsExpected and kNotChecked.
bool passed(Verdict verdict) noexcept;

/// What the log of a program says that was not started by `gridlock run`.
struct ProgramInfo {
  std::string name;     ///< "bank"; empty if the log does not say
  std::string command;  ///< the executable and its arguments, quoted for a shell; may be empty
  std::vector<std::uint64_t> pids;  ///< that wrote to the log, the first one first
  bool tsan = false;                ///< ThreadSanitizer was in it: data races were looked for
  bool ended = false;  ///< by itself, or because of a finding; else it was killed, or still runs
  std::string damage;  ///< "bank.jsonl:3: not a JSON value"; empty if all of the log could be read
  std::string run = {};  ///< the id of the run; empty if the log does not say
  std::uint64_t run_number =
      0;                   ///< which of the runs in its log, by their beginnings; 0: the only one
  std::uint64_t runs = 0;  ///< how many runs the log has; 0: this one
};

/// What watching cost, of all processes that left through exit: added up. Lock orders are a graph; a way of nesting
/// that is not known is looked up there.
struct WatchingCost {
  std::uint64_t records = 0;       ///< operations that were seen
  std::uint64_t objects = 0;       ///< locks, threads and what else was made
  std::uint64_t edges = 0;         ///< of the graph: one was held while the other was asked for
  std::uint64_t contexts = 0;      ///< ways in which the edges were seen, that are kept
  std::uint64_t misses = 0;        ///< ways of nesting that had to be looked up
  std::uint64_t graph_visits = 0;  ///< how often the graph's mutex was taken
  std::uint64_t graph_ns = 0;      ///< about how long that took, the wait for it included
  std::uint64_t graph_bytes = 0;   ///< of memory
};

/// How far one of the machines came that share a search.
struct ExploredShard {
  std::uint64_t shard = 1;       ///< from 1
  std::uint64_t executions = 0;  ///< that ran
  bool whole = false;            ///< all that it had to do is done, or something was found
};

/// A test whose schedules were chosen: a call of gridlock::explore().
struct Exploration {
  std::string name;         ///< of the test; may be empty
  std::string strategy;     ///< "mix", "random", "pct", "pos", "surw", "postpone", "exhaustive"
  std::uint64_t seed = 0;   ///< of the search
  std::uint64_t asked = 0;  ///< executions, of all shards together; 0: by time
  std::uint64_t of = 1;     ///< shards there are
  std::vector<ExploredShard> shards;  ///< those that are known, in their order; the others are lost
  std::uint64_t steps = 0;            ///< of the last execution
  double seconds = 0;                 ///< that the slowest shard took
  std::string failure;  ///< what gridlock::explore() calls it ("livelock"); empty if nothing failed
  std::string text;     ///< one line on that
  std::string replay;   ///< the line that repeats it
  std::string
      exhausted;  ///< of a search of all schedules that came to its end: what it has seen, one line
  bool replayed = false;  ///< one execution alone, by its line
  std::string diverged;   ///< it took another way than its line: where, and why
  std::vector<std::uint64_t>
      traces;  ///< the smallest hashes of the executions' traces, ascending, at most 1024:
               ///< how many schedules were different, over all shards, follows from them
};

/// How many of its executions were different: exact below 1024, else an estimate that is off by about three in a hundred.
std::uint64_t distinct_schedules(const Exploration& exploration) noexcept;
/// Those of its shards that nothing is known of, or that did not come to their end.
std::vector<std::uint64_t> lost_shards(const Exploration& exploration);

/// One scenario's run, or what the log of a program says.
struct Outcome {
  std::string name;                   ///< of the scenario
  std::string summary;                ///< as in ScenarioSpec
  std::string story;                  ///< as in ScenarioSpec
  int case_number = 0;                ///< 0 if none
  std::string twin;                   ///< as in ScenarioSpec
  std::vector<FindingKind> expected;  ///< what the scenario declares; empty: no finding
  std::string file;                   ///< of the scenario's source
  int first_line = 0;                 ///< of the scenario in that file, 1-based
  int last_line = 0;                  ///< inclusive; 0 if the source could not be read

  Verdict verdict = Verdict::kAsExpected;  ///< `findings` held against `expected`
  std::string reason;                      ///< one line: why this verdict
  std::vector<Finding> findings;           ///< those that count for the verdict
  std::vector<Finding> suppressed;         ///< those that do not: see Finding::suppressed_by
  std::vector<InfeasibleCycle>
      infeasible_cycles;                        ///< cycles that were looked at and judged harmless
  std::uint64_t infeasible_cycles_dropped = 0;  ///< more of them, for which there was no room
  std::vector<Contention> contention;           ///< most contended first
  std::vector<LearnedOrder> learned_order;      ///< with the option `learned_order`
  std::vector<ProcessInfo> processes;  ///< if it had several: each of them, the first one (P1)
                                       ///< included, and how it ended; parents before children
  std::optional<ProcessDump>
      dump;  ///< with kCrashed and kTimedOut, if the process could still give one; of a program
             ///< also one that was asked for, reason "requested"
  double seconds = 0;     ///< wall time
  int exit_code = -1;     ///< -1 if it did not exit by itself
  int signal = 0;         ///< that ended it, 0 if none
  std::string output;     ///< its stdout and stderr, at most the last 64 KiB
  std::string tsan_text;  ///< everything ThreadSanitizer wrote, verbatim
  std::string rerun;      ///< a command line that runs this scenario again; empty for a program

  std::optional<WatchingCost> watching = {};  ///< empty if no process said so

  /// A run of a program, as its log says: `name` is the log's file ("all.jsonl (run 2 of 3)", if that has
  /// several), nothing is expected, and no time, output or exit code is known. A finding that an earlier outcome of the report shows is left out here:
  /// Report::sightings has it.
  std::optional<ProgramInfo> program = {};
  /// Where the schedules of a program were chosen.
  std::optional<Exploration> exploration = {};
};

/// What to say of a program, or of a test whose schedules were chosen, whose log has no end.
std::string_view no_end_text(const Outcome& outcome) noexcept;

/// Where a finding of a program was made, and how often: one for each fingerprint, run and process.
struct Sighting {
  std::string fingerprint;  ///< of the finding
  std::string log;          ///< Outcome::name
  std::string program;      ///< ProgramInfo::name
  std::uint64_t pid = 0;    ///< of the process
  std::uint64_t times = 0;  ///< how often
};

/// A finding of an earlier report that is not in this one, although its scenario or its program was run again.
struct FixedFinding {
  std::string outcome;  ///< Outcome::name
  Finding finding;      ///< as it was then
};

/// An earlier report that this one is compared with, by fingerprints.
struct Baseline {
  std::string file;                 ///< as the user named it
  std::string started;              ///< Report::started
  std::vector<std::string> known;   ///< fingerprints of its findings: these are not new
  std::vector<FixedFinding> fixed;  ///< what it had, and this one has no more
};

/// One finding of the report in a file of many runs (`gridlock history`).
struct PastFinding {
  std::string fingerprint;  ///< of the finding
  std::string state;        ///< name of its HistoryState: "new", "steady", "flaky" or "gone"
  std::string first_seen;   ///< Report::started of the first run that had it
  std::string last_seen;    ///< Report::started of the last run that had it
  std::uint64_t seen = 0;   ///< runs that had it
  std::uint64_t could = 0;  ///< runs that had it or could have had it
};

/// What a file of many runs says of the findings of the report.
struct PastRuns {
  std::string file;                   ///< as the user named it
  std::uint64_t runs = 0;             ///< that are in it
  std::string first_run;              ///< Report::started of the oldest; empty if there is none
  std::string last_run;               ///< Report::started of the newest
  std::vector<PastFinding> findings;  ///< those of the report that any run had, each once
};

/// One entry of a suppressions file, and what became of it.
struct Suppression {
  std::string file;        ///< as the user named it
  int line = 0;            ///< 1-based
  std::string text;        ///< "lock:log*"
  std::uint64_t uses = 0;  ///< findings of the whole run that it matches
};

/// A whole run.
struct Report {
  static constexpr int kVersion = 1;  ///< of the JSON format; reports/schema/report.v1.schema.json
  std::string tool_version;           ///< "0.1.0"
  std::string started;                ///< ISO 8601, UTC
  double seconds = 0;                 ///< wall time of the whole run
  std::string command;                ///< the command line, quoted for a shell
  std::string compiler;               ///< "clang 19.1.7"
  std::string sanitizer;              ///< "thread", "address" or ""
  /// Its folder, absolute: paths below it are shown relative to it; may be empty.
  std::string project = {};
  std::vector<Outcome> outcomes;  ///< one for each scenario or log
  std::uint64_t not_run = 0;      ///< scenarios that were asked for; the run was interrupted before
  std::vector<std::string> notes;         ///< what its reader has to know, a line each: no debug
                                          ///< information, or a program that was rebuilt since
  std::vector<Suppression> suppressions;  ///< in the order of the file; with `uses` 0: unused
  std::map<std::string, std::string>
      sources;  ///< text of the files that frames point into (system headers left out)
  std::vector<Sighting> sightings = {};   ///< of the programs' findings that count
  std::optional<Baseline> baseline = {};  ///< empty if it was compared with none
  std::optional<PastRuns> history = {};   ///< empty if no file of many runs was asked
  /// Where a place can be read on the web, with "{path}" (below `project`) and "{line}":
  /// "https://github.com/owner/name/blob/COMMIT/{path}#L{line}"; empty: no links.
  std::string code_url = {};
  /// How the reader's editor opens a place, with "{path}" (absolute) and "{line}": "vscode://file/{path}:{line}"; empty: no
  /// links. Not in the JSON report.
  std::string editor_url = {};
  /// What Graphviz's `dot -Tplain` said to each of graphs_to_lay_out(). What is missing, or makes no sense, the page lays out
  /// itself. Not in the JSON report.
  std::map<std::string, std::string> laid_out = {};
};

/// The drawings of the page that its own layout does not serve well, in Graphviz's language and each once; at most 30. No
/// text of the report is in them.
std::vector<std::string> graphs_to_lay_out(const Report& report);

/// Makes `old`, which was read from `file`, the baseline of the report. A finding of `old` counts as fixed if an outcome
/// of its name (of a program: of its program's name) is in the report, did not crash or run out of time, and does not
/// have it.
void compare_with(Report& report, const Report& old, std::string file);
/// "new" or "unchanged"; empty if the report was compared with none.
std::string_view baseline_state(const Finding& finding, const Report& report);
/// Whether there is something to fail for: an outcome that did not pass, unless all of its findings are in the baseline
/// and it ended by itself.
bool has_news(const Report& report);

/// Whether a page may link to it: an address with "{path}" whose scheme runs no script and carries no text of its own, of
/// plain characters only. In the library gridlock_scenario.
bool is_place_url(std::string_view url) noexcept;

/// How many outcomes have this verdict. Linear.
int count(const Report& report, Verdict verdict) noexcept;

/// The versioned JSON document, two-space indented, ending in a newline.
std::string to_json(const Report& report);
/// Reads what to_json wrote. Throws std::runtime_error with a one-line message that names what is
/// wrong and where.
Report report_from_json(std::string_view json);

/// How text is laid out.
struct TextOptions {
  bool color = false;           ///< ANSI colours
  bool verbose = false;         ///< also the outcomes that are as expected, in full
  bool only_differing = false;  ///< leaves out the line of each outcome that is as expected
  std::size_t width = 0;        ///< columns of the terminal; 0: not known
  std::string folder = {};      ///< the current one: places near it are shown relative to it
};
/// For a terminal: each finding in a few lines with a column a thread (with `verbose` all that is known of it), a
/// SUMMARY line, and where something differs a `next:` line with a command that works.
std::string to_text(const Report& report, const TextOptions& options);
/// One outcome of it, as `gridlock run` prints it when it is done.
std::string to_text(const Outcome& outcome, const Report& report, const TextOptions& options);

/// One self-contained HTML page: no script needed, no network, every name escaped.
std::string to_html(const Report& report);

/// The reader that a format is for.
enum class ReportReader : std::uint8_t {
  kPeople,    ///< in place of the text on a terminal
  kPrograms,  ///< beside it
};

/// A form that a report can be written in: what `gridlock run` and `gridlock report` take as
/// `--output NAME=FILE`.
struct ReportFormat {
  std::string_view name;  ///< "json"
  std::string_view
      file;  ///< what it is called in the folder of `gridlock run --report`: "report.json"
  std::string_view text;                        ///< what it is, in a few words
  ReportReader reader;                          ///< whom it is for
  std::string (*render)(const Report& report);  ///< the whole file; throws std::bad_alloc only
};

/// All formats, in the order of their table. Constant time, never empty.
std::span<const ReportFormat> report_formats() noexcept;

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
