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

/// A frame that the user did not write: is_user_frame() says no.
bool is_library_frame(const Frame& frame);

/// The innermost frame that is not a library frame: "the site" in all reports. nullptr if there is
/// none: then the place is not known, and no line of a library stands in for it.
const Frame* site_of(const Stack& stack);
/// The note on a stack that has frames, but none of the user's, and why that may be.
std::string place_not_known_text(const Stack& stack);

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

/// "0x1f".
std::string hex_text(std::uint64_t value);
/// "pay(Account&)", or "??" if unknown.
std::string function_text(const Frame& frame);
/// "/src/bank.cc:12", "bank+0x1234" where there is no source, "an unknown place" if nothing is
/// known.
std::string place_text(const Frame& frame);
/// place_text() with the directories left out.
std::string short_place_text(const Frame& frame);
/// short_place_text() of the site, or "a place not known".
std::string short_site_text(const Stack& stack);

/// Line `line` (1-based) of a file of Report::sources without its newline; empty if it is not
/// there.
std::string_view source_line(const Report& report, std::string_view file, int line);
/// How many lines the file has; 0 if it is not in Report::sources.
int source_lines(const Report& report, std::string_view file);

}  // namespace gridlock::internal::reports
