// SPDX-License-Identifier: Apache-2.0
//
// "did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal {

/// The candidate that differs least from `word` (letters added, left out, replaced or exchanged
/// with their neighbour); the first of several. Empty if even that one has little in common with
/// it.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "; did you mean 'run'?", or `otherwise` where nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         std::string_view otherwise = {});

}  // namespace gridlock::internal
