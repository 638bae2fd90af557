// SPDX-License-Identifier: Apache-2.0
//
// gridlock::explore(): searches for an execution that fails, or repeats one, and says what came out.
// Nothing of an execution runs in this file's functions, so it may use the standard library.
#include <gridlock/explore.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>

#include "harness/tsan_abi/all_schedules.h"
#include "harness/tsan_abi/asked.h"
#include "harness/tsan_abi/crashes.h"
#include "harness/tsan_abi/divergence.h"
#include "harness/tsan_abi/executions.h"
#include "harness/tsan_abi/facts.h"
#include "harness/tsan_abi/failing.h"
#include "harness/tsan_abi/following.h"
#include "harness/tsan_abi/noticed.h"
#include "harness/tsan_abi/wire_log.h"

namespace gridlock::internal::controlled {
namespace {

double seconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

class Exploration {
 public:
  Exploration(const ExploreOptions& options, Body body)
      : options_(as_asked(options)), executions_(options_, body, result_) {}

  ExploreResult run();

 private:
  void search();
  void search_all();
  void replay(const std::string& line);
  void begin_page();
  void write_log_and_page(bool is_replay);
  void refuse(const std::string& why);
  bool is_over() const {
    return options_.seconds > 0 && seconds_now() >= began_ + options_.seconds;
  }

  const ExploreOptions options_;
  ExploreResult result_;
  Executions executions_;
  Failing failing_{options_, executions_, result_};
  Noticed noticed_{options_, executions_, failing_, result_};
  double began_ = seconds_now();
  std::string exhausted_;  // what was, in words
};

void Exploration::refuse(const std::string& why) {
  result_.failed = true;
  result_.kind = "usage";
  result_.message = "gridlock: " + why + "\n";
  if (!options_.quiet) fputs(result_.message.c_str(), stderr);
}

void Exploration::search() {
  const Share& share = asked().share;
  const u64 turns = share.size(options_.executions);
  for (u64 turn = 0; turn < turns && !result_.failed; ++turn) {
    if (turn != 0 && is_over()) break;
    const u64 index = options_.first + share.number(turn);
    executions_.plan(index, turn);
    executions_.run();
    noticed_.note(index);
    if (executions_.has_failed()) failing_.found(index);
  }
}

// Each schedule follows from those before it, so one process has them all, whatever its share.
void Exploration::search_all() {
  if (asked().share.index != 0) return;
  AllSchedules all(options_, executions_, result_);
  if (!all.begin()) {
    refuse("there is no memory to explore in");
    return;
  }
  for (u64 i = 0; i < options_.executions; ++i) {
    if (i != 0 && is_over()) break;
    all.run();
    noticed_.note(i);
    if (executions_.has_failed()) {
      failing_.found(i);
      break;
    }
    if (!all.goes_on()) break;
  }
  all.end();
  exhausted_ = all.words();
  if (!exhausted_.empty()) result_.message = "gridlock: " + exhausted_ + "\n";
}

void Exploration::replay(const std::string& line) {
  Schedule& schedule = executions_.schedule();
  const char* const wrong = read_replay(line.c_str(), schedule);
  if (wrong != nullptr) {
    refuse("'" + line.substr(0, 200) + "' is no replay line: " + wrong);
    return;
  }
  const Schedule given = schedule;
  Shared& shared = *executions_.shared();
  Followed& followed = *shared.followed;
  followed.is_on = given.mark_count != 0 || !asked().log.empty() || asked().stop_at != 0;
  followed.every = steps_between_marks(given.steps);
  followed.steps = given.steps;
  followed.stop_at = asked().stop_at;
  executions_.limit_steps(given.endless ? given.steps - 1
                                        : std::max(options_.max_steps, given.steps));
  executions_.run();
  failing_.set_has_path(followed.is_on);
  followed.is_on = false;
  noticed_.note(0);
  const Outcome& outcome = executions_.outcome();
  result_.diverged = outcome.steps != given.steps || outcome.hash != given.hash;
  if (result_.diverged) {
    schedule.mark_count = followed.mark_count;
    std::copy_n(followed.marks, followed.mark_count, schedule.marks);
  }
  if (executions_.has_failed()) failing_.repeated();
  if (result_.diverged) result_.message += divergence(given, shared);
}

void Exploration::begin_page() {
  SessionPage* const page = asked().page;
  if (page == nullptr) return;
  ++page->searches;
  page->begun = page->executions;
  // All schedules are as many as there are.
  const bool has_number =
      options_.seconds <= 0 && options_.strategy != ExploreStrategy::kExhaustive;
  page->planned = has_number ? asked().share.size(options_.executions) : 0;
  page->asked = has_number ? options_.executions : 0;
  page->seed = options_.seed;
  const std::string strategy = search_of(options_);
  page->strategy[strategy.copy(page->strategy, sizeof page->strategy - 1)] = 0;
  page->traces = {};
  page->name[options_.name.copy(page->name, sizeof page->name - 1)] = 0;
}

void Exploration::write_log_and_page(bool is_replay) {
  result_.distinct = executions_.traces().count();
  if (executions_.shared() == nullptr) return;
  write_log({options_, result_, asked(), executions_.traces(), *executions_.shared(),
             failing_.failure(), failing_.text(), failing_.has_path(), is_replay,
             executions_.is_program(), seconds_now() - began_, exhausted_});
  SessionPage* const page = asked().page;
  if (page == nullptr) return;
  ++page->finished;
  page->distinct += result_.distinct;
  page->traces = {};
  if (result_.failed) ++page->failures;
  if (is_replay) ++page->replays;
}

ExploreResult Exploration::run() {
  if (g_engine.on) {
    result_.failed = true;
    result_.kind = "usage";
    result_.message = "gridlock: explore() within an execution\n";
    return result_;
  }
  if (const char* const wrong = executions_.prepare()) {
    refuse(wrong);
    return result_;
  }
  begin_page();
  const bool here = options_.repeat == ExploreRepeat::kInProcess;
  if (here) begin_catching(options_.stuck_after);
  const char* const from_environment = getenv("GRIDLOCK_REPLAY");
  const bool is_replay =
      !options_.replay.empty() || (from_environment != nullptr && *from_environment != 0);
  if (!options_.replay.empty()) {
    replay(options_.replay);
  } else if (is_replay) {
    replay(from_environment);
  } else if (!options_.steer_to.empty()) {
    result_.findings.push_back({"lock-order-cycle", {}, options_.steer_to, 0, {}, false, false, 0});
    noticed_.steer_to_all(false);
  } else {
    if (options_.strategy == ExploreStrategy::kExhaustive) {
      search_all();
    } else {
      search();
    }
    const bool has_bound = options_.preemption_bound >= 0 || options_.delay_bound >= 0;
    if (options_.steer) noticed_.steer_to_all(result_.exhausted && !has_bound);
  }
  if (here) end_catching();
  write_log_and_page(is_replay);
  if (!result_.message.empty() && !options_.quiet && result_.kind != "usage") {
    fputs(result_.message.c_str(), stderr);
  }
  return result_;
}

}  // namespace

ExploreResult explore_body(const ExploreOptions& options, Body body) {
  return Exploration(options, body).run();
}

}  // namespace gridlock::internal::controlled

namespace gridlock::internal {

ExploreResult explore(const ExploreOptions& options, void (*body)(void*), void* argument) {
  return controlled::explore_body(options, {body, argument, nullptr});
}

}  // namespace gridlock::internal
