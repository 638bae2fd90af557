// SPDX-License-Identifier: Apache-2.0
#include "reports/explored.h"

#include "reports/frames.h"
#include "reports/utf8.h"
#include "reports/way.h"
#include "reports/wording.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace gridlock::internal::reports {
namespace {

struct Operation {
  std::string_view function;  ///< how its name begins
  std::string_view words;
};

// What a thread was about to do, by the function of the runtime that it did it in. The first that fits.
constexpr Operation kOperations[] = {
    {"__tsan_read_write", "reads and writes memory"},
    {"__tsan_unaligned_read_write", "reads and writes memory"},
    {"__tsan_read", "reads memory"},
    {"__tsan_unaligned_read", "reads memory"},
    {"__tsan_write", "writes memory"},
    {"__tsan_unaligned_write", "writes memory"},
    {"__tsan_vptr", "uses a virtual table"},
    {"__tsan_mem", "copies memory"},
    {"__tsan_atomic", "uses an atomic object"},
    {"pthread_mutex_unlock", "unlocks a mutex"},
    {"pthread_mutex_try", "tries to lock a mutex"},
    {"pthread_mutex", "locks a mutex"},
    {"pthread_rwlock_unlock", "unlocks a shared mutex"},
    {"pthread_rwlock_rd", "locks a shared mutex for reading"},
    {"pthread_rwlock", "locks a shared mutex"},
    {"pthread_cond_signal", "notifies a condition"},
    {"pthread_cond_broadcast", "notifies a condition"},
    {"pthread_cond", "waits for a condition"},
    {"pthread_barrier", "arrives at a barrier"},
    {"pthread_create", "starts a thread"},
    {"pthread_join", "joins a thread"},
    {"pthread_once", "calls what runs once"},
    {"__cxa_guard", "makes a static object"},
    {"sem_post", "releases a semaphore"},
    {"sem_", "acquires a semaphore"},
    {"syscall", "calls a futex"},
    {"sched_yield", "yields"},
    {"nanosleep", "sleeps"},
    {"clock_nanosleep", "sleeps"},
    {"usleep", "sleeps"},
    {"free", "frees memory"},
};

std::string_view operation_of(const Stack& stack) {
  for (const Frame& frame : stack) {
    for (const Operation& operation : kOperations) {
      if (frame.function.starts_with(operation.function)) return operation.words;
    }
    if (!is_library_frame(frame)) break;
  }
  return {};
}

std::string step_text(const Act& step) {
  const std::string_view operation = operation_of(step.stack);
  if (step.operation == "stops")
    return "has to wait" + (operation.empty() ? "" : ": " + std::string(operation));
  return operation.empty() ? "pauses here" : "pauses before it " + std::string(operation);
}

std::string counted_grouped(std::uint64_t number, const std::string& what) {
  return grouped(number) + " " + what + (number == 1 ? "" : "s");
}

// "2", "2 and 3", "1, 2 and 3"
std::string listed(const std::vector<std::uint64_t>& numbers) {
  constexpr std::size_t kMost = 12;
  std::string text;
  for (std::size_t i = 0; i < numbers.size() && i < kMost; ++i) {
    if (i != 0)
      text += i + 1 == std::min(numbers.size(), kMost) && numbers.size() <= kMost ? " and " : ", ";
    text += std::to_string(numbers[i]);
  }
  if (numbers.size() > kMost) text += " and " + std::to_string(numbers.size() - kMost) + " more";
  return text;
}

}  // namespace

std::string exploration_text(const Outcome& outcome) {
  if (!outcome.exploration) return {};
  const Exploration& exploration = *outcome.exploration;
  if (exploration.replayed)
    return "one execution again, " + counted_grouped(exploration.steps, "step");
  std::uint64_t executions = 0;
  std::vector<std::uint64_t> shards;
  for (const ExploredShard& shard : exploration.shards) {
    executions += shard.executions;
    shards.push_back(shard.shard);
  }
  const std::uint64_t distinct = std::min(distinct_schedules(exploration), executions);
  std::string text = counted_grouped(executions, "execution") + ", " +
                     (exploration.traces.size() >= 1024 ? "about " : "") + grouped(distinct) +
                     (distinct == 1 ? " schedule" : " different schedules") + " (" +
                     printable_line(exploration.strategy) + ", seed " +
                     std::to_string(exploration.seed) + ")";
  if (exploration.of > 1 && shards.size() != exploration.of) {
    text += std::string(", shard") + (shards.size() == 1 ? " " : "s ") + listed(shards) + " of " +
            std::to_string(exploration.of);
  } else if (exploration.of > 1) {
    text += ", all " + std::to_string(exploration.of) + " shards";
  }
  if (!exploration.exhausted.empty()) text += "; " + printable_line(exploration.exhausted);
  return text;
}

std::string lost_shards_text(const Outcome& outcome) {
  if (!outcome.exploration || outcome.exploration->of == 1) return {};
  const std::vector<std::uint64_t> lost = lost_shards(*outcome.exploration);
  if (lost.empty()) return {};
  return std::string(lost.size() == 1 ? "shard " : "shards ") + listed(lost) + " of " +
         std::to_string(outcome.exploration->of) + (lost.size() == 1 ? " is lost" : " are lost");
}

std::string explored_summary(const Report& report) {
  std::set<std::string_view> findings;
  std::size_t failed = 0;
  std::size_t lost = 0;
  for (const Outcome& outcome : report.outcomes) {
    if (!outcome.exploration) return {};
    for (const Finding& finding : outcome.findings) findings.insert(finding.fingerprint);
    if (!outcome.exploration->failure.empty() && outcome.findings.empty() &&
        !passed(outcome.verdict))
      ++failed;
    if (!passed(outcome.verdict) && !lost_shards_text(outcome).empty()) ++lost;
  }
  if (report.outcomes.empty()) return {};
  std::string text = counted(report.outcomes.size(), "test") + " explored: " +
                     (findings.empty() ? "no finding" : counted(findings.size(), "finding"));
  if (failed != 0) text += ", " + std::to_string(failed) + " failed";
  if (lost != 0) text += ", " + std::to_string(lost) + " not whole";
  return text;
}

std::string execution_text(const ChosenExecution& execution) {
  return "Execution " + grouped(execution.number) + " of the search with seed " +
         std::to_string(execution.seed) + ": " + counted_grouped(execution.steps, "step") +
         (execution.switches == 0 ? ""
                                  : ", " + grouped(execution.switches) + " switch" +
                                        (execution.switches == 1 ? "" : "es") + " of threads");
}

std::string replay_text(const std::string& line) {
  return "gridlock replay " + printable_line(line) + " -- PROGRAM";
}

Story path_story(const ChosenExecution& execution, const Names& names, std::size_t limit) {
  if (!execution.way.empty()) return way_story(execution, names, limit);
  Story story;
  const auto& path = execution.path;
  const std::size_t shown = std::min(path.size(), limit);
  // The last one first, as acts are told.
  for (std::size_t i = 0; i < shown; ++i) {
    const Act& step = path[path.size() - 1 - i];
    if (step.stack.empty()) continue;
    const std::string what = names.of(step.thread) + " " + step_text(step);
    Episode episode;
    episode.heading = what;
    episode.sites.push_back({"here", what, &step.stack});
    episode.thread = step.thread;
    episode.is_act = true;
    story.episodes.push_back(std::move(episode));
  }
  story.left_out =
      static_cast<std::size_t>(std::max<std::uint64_t>(execution.switches, path.size())) - shown;
  return story;
}

}  // namespace gridlock::internal::reports
