// SPDX-License-Identifier: Apache-2.0
//
// Which part of a search is this machine's.
#pragma once

#include <cstdint>
#include <string>

namespace gridlock::internal {

struct Shard {
  std::uint64_t number = 1;  ///< from 1
  std::uint64_t of = 1;
  std::string from;  ///< the variable that says so; empty: nothing does, or --shard
};

/// What is wrong with "2/4", or empty.
std::string shard_error(const std::string& word);
/// Of a word without an error.
Shard shard_of_word(const std::string& word);
/// What the surroundings say: GRIDLOCK_SHARD (2/4), or the variables of GoogleTest's runners, Slurm's arrays, Kubernetes' Indexed Jobs
/// (with GRIDLOCK_SHARDS for how many there are), GitLab, CircleCI, Buildkite or AWS Batch, in this order. One of one where none of them is set.
/// Throws UsageError where they make no sense.
Shard shard_of_surroundings();

}  // namespace gridlock::internal
