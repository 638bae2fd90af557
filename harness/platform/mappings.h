// SPDX-License-Identifier: Apache-2.0
//
// The memory of a process, as /proc/PID/maps has it.
#pragma once

#include "harness/platform/proc_text.h"
#include "harness/platform/raw_io.h"

namespace gridlock::internal {

/// Calls `visit(mapping, line)` for each line of the open file, until it returns true: then so does this. `line` ends behind
/// `LineSize` - 1 letters, and is the caller's to change.
template <u32 LineSize, typename Visit>
bool find_mapping_in(int maps, Visit visit) noexcept {
  char line[LineSize];
  u32 filled = 0;
  bool found = false;
  char text[1024];
  for (i64 got; !found && (got = read_some(maps, &text[0], sizeof text)) > 0;) {
    for (i64 i = 0; i < got && !found; ++i) {
      if (text[i] != '\n') {
        if (filled + 1 < sizeof line) line[filled++] = text[i];
        continue;
      }
      line[filled] = 0;
      filled = 0;
      found = visit(parse_mapping(&line[0]), &line[0]);
    }
  }
  return found;
}

/// The same of this process. False also where the file cannot be read.
template <u32 LineSize, typename Visit>
bool find_mapping(Visit visit) noexcept {
  const int maps = open_read("/proc/self/maps");
  if (maps < 0) return false;
  const bool found = find_mapping_in<LineSize>(maps, visit);
  close_fd(maps);
  return found;
}

}  // namespace gridlock::internal
