// SPDX-License-Identifier: Apache-2.0
//
// The log that findings are written to (docs/design/wire.md).
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Opens the log and writes its `start` record, if that has not been done. False, after one line on
/// stderr, if it cannot be opened.
bool open_log() noexcept;
/// Appends one line with one write. A finding is then said on stderr (ending.h), and, once, where the
/// log is. Size 0: a finding for which there was no room; it counts.
void append_to_log(const char* line, u64 size, bool is_finding) noexcept;
/// A log is there, be it because of a finding or because it was asked for.
bool log_is_open() noexcept;
/// The family is there: its processes write to one log, and this is where the first one's is.
void log_joins_family() noexcept;
/// Writes the records of the end (end_records.h), then the `end` record, if the log is open.
void close_log() noexcept;
/// The `end` record alone, of a process that has written to the log, for where it may leave in the
/// middle of anything: nothing if another thread keeps the log for long.
void close_log_at_once() noexcept;

}  // namespace gridlock::internal
