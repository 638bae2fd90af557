// SPDX-License-Identifier: Apache-2.0
//
// Which frame of a stack the reader wants to see, and what is written in the source there.
#pragma once

#include <gridlock/finding.h>
#include <gridlock/report.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {

/// A frame that the user did not write: its file is below /usr/, or its function is in namespace
/// std or gridlock or belongs to a sanitizer, or it lies in a system library (glibc's debug
/// information names files of its own), or nothing is known of it.
/// Scenarios and test bodies that happen to stand in an anonymous namespace of gridlock are the
/// user's, unless their file is below harness/.
bool is_library_frame(const Frame& frame);

/// The innermost frame that is not a library frame; the innermost of all if there is no such;
/// nullptr for an empty stack. This is "the site" in all reports.
const Frame* site_of(const Stack& stack);

/// A stack as it is shown: runs of library frames are folded into one item.
struct StackItem {
  const Frame* frame = nullptr;  ///< the frame, or the first one of a fold
  int folded = 0;                ///< how many library frames the fold stands for; 0: not a fold
};
/// At most `limit` frames; `left_out` is how many came after them.
struct ShownStack {
  std::vector<StackItem> items;
  int left_out = 0;
};
ShownStack shown(const Stack& stack, std::size_t limit);

/// "pay(Account&)", or "??" if unknown.
std::string function_text(const Frame& frame);
/// "/src/bank.cc:12", "bank+0x1234" where there is no source, "an unknown place" if nothing is
/// known.
std::string place_text(const Frame& frame);
/// place_text() with the directories left out.
std::string short_place_text(const Frame& frame);

/// Line `line` (1-based) of a file of Report::sources without its newline; empty if it is not
/// there.
std::string_view source_line(const Report& report, std::string_view file, int line);
/// How many lines the file has; 0 if it is not in Report::sources.
int source_lines(const Report& report, std::string_view file);

}  // namespace gridlock::internal::reports
