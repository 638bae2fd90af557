// SPDX-License-Identifier: Apache-2.0
//
// Runs executions of a body, here or in processes of their own. Nothing of an execution runs in its functions, so it may use
// the standard library.
#pragma once

#include <gridlock/explore.h>

#include "harness/schedule/distinct.h"
#include "harness/schedule/exhaustive.h"
#include "harness/tsan_abi/engine.h"

namespace gridlock::internal::controlled {

struct Body {
  void (*function)(void*);
  void* argument;
  Records* records = nullptr;  ///< nullptr: there is no observer
  bool is_program = false;     ///< main(), and all that comes behind it (Limits::is_program)
  int output =
      -1;  ///< a file for what an execution prints, emptied before each; -1: it goes where this process's does
};

class Executions {
 public:
  /// Counts in `result` what it runs.
  Executions(const ExploreOptions& options, Body body, ExploreResult& result);
  Executions(const Executions&) = delete;
  Executions& operator=(const Executions&) = delete;
  ~Executions();

  /// nullptr, or why nothing can run.
  const char* prepare();
  /// What execution `index` of a search, the `turn`-th of this process, depends on.
  void plan(u64 index, u64 turn);
  /// The same for one of all schedules.
  void plan_one_of_all();
  /// Runs the schedule as the options say, and counts it.
  void run();
  /// Runs it in a process of its own, for another look: it is not counted.
  void run_apart(bool prints);
  /// From here on executions end after so many steps, at first after those of the options.
  void limit_steps(u64 most) { limits_.steps = most; }
  u64 most_steps() const { return limits_.steps; }

  /// Who chooses in place of schedule().settings; nullptr: those do.
  void choose_by(Exhaustive* exhaustive) { exhaustive_ = exhaustive; }
  Exhaustive* exhaustive() const { return exhaustive_; }
  Schedule& schedule() { return schedule_; }
  /// nullptr before prepare().
  Shared* shared() { return shared_; }
  const Outcome& outcome() const { return shared_->outcome; }
  bool has_failed() const { return shared_->outcome.failure != Failure::kNone; }
  bool has_observer() const { return body_.records != nullptr; }
  bool is_program() const { return body_.is_program; }
  DistinctTraces& traces() { return traces_; }

 private:
  void begin();  ///< what was noticed is forgotten, and there are threads
  void fork_and_wait(bool prints);
  void count();

  void begin_input_and_output() const;
  void take_input_and_output(bool prints) const;

  const ExploreOptions& options_;
  Body body_;
  ExploreResult& result_;
  Limits limits_;
  Shared* shared_ = nullptr;
  Schedule schedule_;
  Exhaustive* exhaustive_ = nullptr;
  u32 lengths_[2] = {1, 1};  // decisions of an execution with some points, with all
  u32 threads_;
  long input_begins_ = -1;  ///< a program's, where that is a file
  DistinctTraces traces_;
};

/// Threads of this process.
u32 count_tasks();
/// gridlock::explore() of a body that is whatever it is.
ExploreResult explore_body(const ExploreOptions& options, Body body);

}  // namespace gridlock::internal::controlled
