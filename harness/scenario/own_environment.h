// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal {

/// The variables of this process as "NAME=VALUE", for a child's: all but those whose name `is_left_out` says.
std::vector<std::string> own_environment(
    const std::function<bool(std::string_view name)>& is_left_out = nullptr);
/// The folders of PATH, in its order; that of an empty entry is left out.
std::vector<std::string> program_folders();

}  // namespace gridlock::internal
