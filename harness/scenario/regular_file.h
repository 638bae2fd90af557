// SPDX-License-Identifier: Apache-2.0
//
// Files whose names somebody else chose. A device, a FIFO or a socket may wait forever, have no end,
// or do something when it is opened; none of them is.
#pragma once

#include "harness/scenario/spawn.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gridlock::internal {

/// Open for reading if it is a regular file (links are followed) of at most `at_most` bytes; else
/// not valid. Never waits. The descriptor is of the file that was checked, even if the path
/// changes.
Fd open_regular(const std::string& path, std::uint64_t at_most);

/// Exactly the bytes that fstat(2) promises, or nothing if they cannot be read: what grows meanwhile,
/// or pretends to be empty as the files in /proc do, gives no more.
std::optional<std::string> read_whole(const Fd& file);

}  // namespace gridlock::internal
