// SPDX-License-Identifier: Apache-2.0
//
// The only way to standard error. A message quotes what somebody else wrote: names of files, options,
// what a log or a report says. So it is one line, and nothing in it steers the terminal.
#pragma once

#include <string_view>

namespace gridlock::internal {

/// "gridlock: ", the message shortened() and as printable_line(), and a newline.
void say(std::string_view message);

}  // namespace gridlock::internal
