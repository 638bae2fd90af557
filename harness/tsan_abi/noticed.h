// SPDX-License-Identifier: Apache-2.0
//
// What the observer of our own primitives noticed in executions, each once; and whether a deadlock that it predicts can be made
// to happen.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/tsan_abi/executions.h"
#include "harness/tsan_abi/failing.h"

namespace gridlock::internal::controlled {

/// The kind of a finding that says what another execution can do.
inline constexpr char kPredicted[] = "lock-order-cycle";

/// Kind, text and record of each.
std::vector<ExploreFinding> read_records(const Records& records);

class Noticed {
 public:
  Noticed(const ExploreOptions& options, Executions& executions, Failing& failing,
          ExploreResult& result)
      : options_(options), executions_(executions), failing_(failing), result_(result) {}

  /// Those of the execution that ran last which no other one had.
  void note(u64 index);
  /// Each predicted deadlock is made to happen, until one does. `exhausted`: the search had every execution that the body has,
  /// and none of them failed.
  void steer_to_all(bool exhausted);

 private:
  std::string line() const;
  void steer_to(ExploreFinding& finding);

  const ExploreOptions& options_;
  Executions& executions_;
  Failing& failing_;
  ExploreResult& result_;
  std::set<std::string> known_;
};

}  // namespace gridlock::internal::controlled
