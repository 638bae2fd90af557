// SPDX-License-Identifier: Apache-2.0
//
// What is done with an execution that failed: it is shrunk to the switches that it needs, followed for its way, and told.
#pragma once

#include <string>

#include "harness/tsan_abi/executions.h"
#include "harness/tsan_abi/shrink.h"

namespace gridlock::internal::controlled {

class Failing {
 public:
  Failing(const ExploreOptions& options, Executions& executions, ExploreResult& result)
      : options_(options), executions_(executions), result_(result) {}

  /// The execution that ran last failed; what the observer noticed in it is in the result.
  void found(u64 index);
  /// A replay failed: it stays as its line says.
  void repeated();
  void set_has_path(bool has_path) { has_path_ = has_path; }

  Failure failure() const { return failure_; }
  /// Of the failure's outcome.
  const std::string& text() const { return text_; }
  /// shared().followed is of the failing execution.
  bool has_path() const { return has_path_; }

 private:
  /// How an execution failed: another one that fails so is the same for whoever looks at it.
  struct Way {
    Failure failure;
    std::string kinds;  // of what the observer found to have happened
    bool operator==(const Way& other) const {
      return failure == other.failure && kinds == other.kinds;
    }
  };
  Way way() const;
  bool runs_like(const Way& failed, Turns& turns);
  bool shrink_to_turns();
  void shrink_turns(const Way& failed, u64 steps);
  void follow();
  void report(u64 index, bool can_be_repeated);
  void name_findings(const Way& failed);

  const ExploreOptions& options_;
  Executions& executions_;
  ExploreResult& result_;
  Turns turns_;
  Failure failure_ = Failure::kNone;
  std::string text_;
  bool has_path_ = false;
};

/// The line of the schedule whose execution ran last, with its steps and hash. `schedule` gets those, and the program's build.
std::string line_of(Schedule& schedule, const Executions& executions);

}  // namespace gridlock::internal::controlled
