// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace gridlock::internal {

/// "cannot read 'x.json': No such file or directory": the line for a file that read_file() did not
/// read. Says what the file is if that is the reason.
std::string cannot_read(const std::string& file);

}  // namespace gridlock::internal
