// SPDX-License-Identifier: Apache-2.0
//
// Holds what the runtime wrote against the description of what a reader reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gridlock::support {

/// A line for each member of a log's records that no reader knows, or that is of another type than it
/// reads: "finding: threads[0].colour is not described". A last line that was cut is left out.
std::vector<std::string> undescribed_members(std::string_view log);

}  // namespace gridlock::support
