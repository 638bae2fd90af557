// SPDX-License-Identifier: Apache-2.0
//
// Reads the log that a process under test leaves behind (docs/design/wire.md).
#pragma once

#include <gridlock/finding.h>

#include "harness/scenario/log_records.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal {

/// Everything readable in a log.
struct WireLog {
  bool started = false;  ///< there was a `start` record
  bool tsan = false;     ///< and it said that ThreadSanitizer is in the process
  bool ended = false;    ///< the first process to write left through exit (its own `end` record);
                         ///< the end of a forked child that writes to the same log is not its end
  std::size_t records = 0;          ///< lines that are records, of whatever type
  std::size_t processes = 0;        ///< how many wrote a `start`
  std::uint64_t first_pid = 0;      ///< of the first that did; 0 if unknown
  std::vector<std::uint64_t> pids;  ///< of all that did, each once
  std::string program;              ///< path of the first one's executable; empty if unknown
  std::vector<std::string> arguments;
  std::vector<Finding> findings;  ///< of all processes
  std::vector<gridlock::InfeasibleCycle> infeasible_cycles;
  std::uint64_t infeasible_cycles_dropped = 0;  ///< of all processes
  std::optional<WatchingCost> watching;         ///< of all processes that ended through exit
  std::vector<Contention> contention;
  std::vector<LearnedOrder> learned_order;
  std::map<std::string, std::uint64_t> left_out;  ///< findings that a limit kept out, by kind
  std::vector<ProcessInfo>
      process_tree;  ///< of a run with several processes: each, and how it ended
                     ///< ("running" if nobody said); in the order of their numbers
  std::optional<Exploration> exploration;
  std::optional<ProcessDump>
      dump;  ///< the first process's first, else the first: what comes after a
             ///< crash is no longer trustworthy
  std::vector<LoggedModule> modules;  ///< that its frames lie in, as they were when it was written
  std::vector<std::string> notes;     ///< a line each: what was repaired, what was too much to
                                      ///< read, what could not be found where the program ran
  std::string error;  ///< "findings.jsonl:3: ..." for the first line that is damaged; empty if none
};

/// Never throws on bad input: a damaged line is named in `error` and the lines around it count. A
/// line that is damaged only in that its strings are not UTF-8 counts all the same, and is named in
/// `notes`. A last line without a newline is dropped (the process died while writing it). Unknown members,
/// record types and later versions' additions are ignored. `name` is what errors call the log.
/// How much it reads of a hostile log is bounded (limits.h).
/// `lines`, where not empty, are the numbers of the text's lines in the log that they were taken from
/// (log_runs.h).
WireLog read_wire(std::string_view text, std::string_view name,
                  std::span<const std::size_t> lines = {});

/// Is this line a record, of whatever type?
bool is_record(std::string_view line);

}  // namespace gridlock::internal
