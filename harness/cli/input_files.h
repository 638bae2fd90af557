// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/limits.h"

#include <cstddef>
#include <string>

namespace gridlock::internal {

/// "cannot read 'x.json': No such file or directory": the line for a file that read_file() did not
/// read; `at_most` as there. Says what the file is if that is the reason.
std::string cannot_read(const std::string& file, std::size_t at_most = kLargestInput);

}  // namespace gridlock::internal
