// SPDX-License-Identifier: Apache-2.0
//
// What must be true of every report that is shown, whatever it was read from. Ends the process, and so
// the fuzzer's run, where it is not.
#pragma once

#include <gridlock/report.h>

#include <string_view>

namespace gridlock::fuzz {

/// Aborts with that line unless it holds.
void require(bool holds, std::string_view what);

/// UTF-8 without hidden characters; newlines and tabs are none.
void require_printable(std::string_view text, std::string_view what);

/// Renders it as text, JSON and page. The text and the document are printable; the document, read
/// again, gives itself; the page has no tag and no attribute but its own.
void require_safe(const Report& report);

}  // namespace gridlock::fuzz
