// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/cli/command_table.h"

#include <string>
#include <string_view>

namespace gridlock::internal {

/// The man page, for man(1). `footer` is what stands below --help: titles that end with a colon, and rows of two columns.
std::string man_page(const CommandText& gridlock, std::string_view footer,
                     std::string_view version);

}  // namespace gridlock::internal
