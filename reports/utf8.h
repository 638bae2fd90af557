// SPDX-License-Identifier: Apache-2.0
//
// Text of unknown origin (names, output, source) made fit to be shown.
#pragma once

#include <gridlock/text.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace gridlock::internal::reports {

using gridlock::printable;
using gridlock::printable_line;

/// The first `limit` code points of valid UTF-8, the last of them "…" if something was cut off.
std::string shortened(std::string_view text, std::size_t limit);

}  // namespace gridlock::internal::reports
