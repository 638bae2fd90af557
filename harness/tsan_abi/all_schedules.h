// SPDX-License-Identifier: Apache-2.0
//
// A search of all schedules, one after the other, until none is left.
#pragma once

#include <string>
#include <unordered_set>

#include "harness/tsan_abi/executions.h"

namespace gridlock::internal::controlled {

class AllSchedules {
 public:
  AllSchedules(const ExploreOptions& options, Executions& executions, ExploreResult& result)
      : options_(options), executions_(executions), result_(result) {}
  AllSchedules(const AllSchedules&) = delete;
  AllSchedules& operator=(const AllSchedules&) = delete;
  ~AllSchedules();

  /// False: there is no memory for it.
  bool begin();
  /// The next one.
  void run();
  /// The one that ran last did not fail. False: there is no other one.
  bool goes_on();
  /// What was seen goes to the result.
  void end();
  /// "all 12 schedules seen, ..."; empty: not all were.
  std::string words() const;

 private:
  const ExploreOptions& options_;
  Executions& executions_;
  ExploreResult& result_;
  Exhaustive* exhaustive_ = nullptr;
  std::unordered_set<u64> traces_;  // in the order of what conflicts
  bool cut_ = false;
  bool polite_ = false;
  bool all_seen_ = false;  ///< but for what is behind the place where one was left off
  bool left_off_ = false;
  bool hurried_ = false;
};

}  // namespace gridlock::internal::controlled
