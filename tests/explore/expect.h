// SPDX-License-Identifier: Apache-2.0
//
// What tests of explored programs say again and again.
#pragma once

#include <gridlock/explore.h>
#include <gtest/gtest.h>

namespace gridlock {

inline ExploreOptions quietly(std::uint64_t executions) {
  return {.executions = executions, .quiet = true};
}

inline ExploreOptions all_schedules(ExploreRepeat repeat = ExploreRepeat::kInProcess) {
  ExploreOptions options = quietly(200000);
  options.strategy = ExploreStrategy::kExhaustive;
  options.repeat = repeat;
  return options;
}

/// Found, found again from its replay line with the same trace, and of the kind that is expected.
template <typename Body>
ExploreResult expect_found(const char* kind, Body body, ExploreOptions options = quietly(2000)) {
  const ExploreResult found = explore(options, body);
  EXPECT_TRUE(found) << "nothing in " << found.executions << " executions";
  EXPECT_EQ(found.kind, kind) << found.message;
  options.executions = 1;
  options.replay = found.replay;
  const ExploreResult replayed = explore(options, body);
  EXPECT_EQ(replayed.kind, kind) << replayed.message;
  EXPECT_EQ(replayed.trace_hash, found.trace_hash);
  EXPECT_FALSE(replayed.diverged);
  return found;
}

/// Nothing is found, in process and in a process for each execution. The body leaves nothing behind.
template <typename Body>
void expect_clean(Body body, std::uint64_t executions = 20000, std::uint64_t forks = 100) {
  ExploreOptions options = quietly(executions);
  options.repeat = ExploreRepeat::kInProcess;
  const ExploreResult found = explore(options, body);
  EXPECT_FALSE(found) << found.message;
  EXPECT_EQ(found.executions, executions);
  const ExploreResult forked = explore(quietly(forks), body);
  EXPECT_FALSE(forked) << forked.message;
}

inline testing::AssertionResult says(const ExploreResult& result, const char* what) {
  if (result.message.find(what) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << what << "' is not in:\n" << result.message;
}

}  // namespace gridlock
