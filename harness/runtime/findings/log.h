// SPDX-License-Identifier: Apache-2.0
//
// The log that findings are written to (docs/design/wire.md).
#pragma once

#include "harness/platform/base.h"
#include "harness/runtime/core/kinds.h"

namespace gridlock::internal {

/// Opens the log and writes its `start` record, if that has not been done. False, after one line on
/// stderr, if it cannot be opened.
bool open_log() noexcept;
/// Appends one line, which is no finding, with one write. `is_told`: it is about a hang and
/// counts as a finding: it is said on stderr, and where it went.
void append_to_log(const char* line, u64 size, bool is_told = false) noexcept;
/// Appends a dump that somebody asked for, unless the log has reached the option log_limit: that is said
/// on stderr, once. False then.
bool append_dump(const char* line, u64 size) noexcept;
/// Appends a finding, unless the log has reached the option log_limit: then it is only counted. It is
/// then said on stderr (ending.h), and, once, where the log is. Size 0: there was no room for its
/// text; it counts.
void append_finding(Kind kind, const char* line, u64 size) noexcept;
/// One more finding that is not written, because there are enough like it.
void leave_out(Kind kind) noexcept;
/// A log is there, be it because of a finding or because it was asked for.
bool log_is_open() noexcept;
/// The process tree has been made: its processes write to one log, the first one's.
void log_joins_tree() noexcept;
/// Writes the records of the end (end_records.h), then the `end` record, if the log is open.
void close_log() noexcept;
/// The `end` record alone, of a process that has written to the log, for where it may leave in the
/// middle of anything: nothing if another thread keeps the log for long.
void close_log_at_once() noexcept;

/// The child's first record begins with a `start` of its own. A path with %p becomes the child's,
/// unless it is a process of the tree: that has one log.
void forked_log(bool in_tree) noexcept;

}  // namespace gridlock::internal
