// SPDX-License-Identifier: Apache-2.0
//
// gridlock::explore(): plans each execution, runs it here or in a process of its own, and says what came out.
// Nothing of an execution runs in this file's functions, so it may use the standard library.
#include <gridlock/explore.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "harness/platform/syscall.h"
#include "harness/tsan_abi/code_sites.h"
#include "harness/tsan_abi/context.h"
#include "harness/tsan_abi/crashes.h"
#include "harness/tsan_abi/front.h"
#include "harness/tsan_abi/shadow.h"
#include "harness/tsan_abi/steering.h"
#include "harness/tsan_abi/symbols.h"
#include "harness/tsan_abi/watching.h"

namespace gridlock::internal::controlled {
namespace {

constexpr const char* kKinds[kFailures] = {
    "",      "deadlock", "data-race",     "check-failed", "assertion", "abort",         "exception",
    "crash", "livelock", "leaked-thread", "misuse",       "exit",      "not-controlled"};
constexpr u32 kFirstThreads = 3;
constexpr u64 kAllPointsEach =
    8;  // of the executions with learned points, one in so many takes all

u32 g_parked = 0;  // threads behind fibers, also of executions that were left in the middle

struct Body {
  void (*function)(void*);
  void* argument;
  Records* records;  // nullptr: there is no observer
};

void* run_body(void* argument) {
  const auto* const body = static_cast<const Body*>(argument);
  if (body->records != nullptr) g_watching->body_begins(*body->records);
  body->function(body->argument);
  if (body->records != nullptr) g_watching->body_ends();
  return nullptr;
}

class Exploration {
 public:
  Exploration(const ExploreOptions& options, Body body) : options_(options), body_(body) {
    limits_ = {options.max_steps, options.data_races, options.leaked_threads,
               options.repeat == ExploreRepeat::kFork};
  }
  Exploration(const Exploration&) = delete;
  Exploration& operator=(const Exploration&) = delete;
  ~Exploration() {
    if (shared_ != nullptr) munmap(shared_, sizeof(Shared));
  }

  ExploreResult run();

 private:
  bool prepare();
  void search();
  void replay(const std::string& line);
  void plan(u64 index);
  void execute();
  void execute_in_a_fork();
  void report(u64 index);
  void note_findings(u64 index);
  void steer_to(ExploreFinding& finding);
  void steer_to_all(bool exhausted);
  void refuse(const std::string& why);

  const ExploreOptions& options_;
  Body body_;
  Limits limits_;
  Shared* shared_ = nullptr;
  Schedule schedule_;
  u32 lengths_[2] = {1, 1};  // decisions of an execution with some points, with all
  u32 threads_ = kFirstThreads;
  std::set<std::string> known_findings_;
  ExploreResult result_;
};

u32 count_tasks() {
  DIR* const folder = opendir("/proc/self/task");
  if (folder == nullptr) return 0;
  u32 count = 0;
  while (const dirent* entry = readdir(folder)) count += entry->d_name[0] != '.' ? 1 : 0;
  closedir(folder);
  return count;
}

void Exploration::refuse(const std::string& why) {
  result_.failed = true;
  result_.kind = "usage";
  result_.message = "gridlock: " + why + "\n";
  if (!options_.quiet) fputs(result_.message.c_str(), stderr);
}

bool Exploration::prepare() {
  static_cast<void>(front_of_libc());
  find_out_about_fs();
  find_modules();
  void* const memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || !make_shadow()) {
    refuse("there is no memory to explore in");
    return false;
  }
  shared_ = static_cast<Shared*>(memory);
  body_.records = g_watching != nullptr ? &shared_->records : nullptr;
  if (options_.repeat == ExploreRepeat::kInProcess && count_tasks() > g_parked + 1) {
    refuse("the program has other threads, which executions in process cannot control: use kFork");
    return false;
  }
  return true;
}

// Random walk, PCT and POS take turns; where the points are learned, the first execution takes all.
void Exploration::plan(u64 index) {
  schedule_.points = PointKind::kAll;
  if (options_.points == ExplorePoints::kSynchronization) {
    schedule_.points = PointKind::kSynchronization;
  } else if (options_.points == ExplorePoints::kLearned && index % kAllPointsEach != 0 &&
             learned_sites(shared_->learned, schedule_)) {
    schedule_.points = PointKind::kLearned;
  }
  if (schedule_.points != PointKind::kLearned) schedule_.site_count = 0;
  schedule_.spurious = options_.spurious_wakeups;
  const u32 length = lengths_[schedule_.points == PointKind::kAll ? 1 : 0];
  schedule_.settings = mixed(options_.seed, index, options_.pct_depth, length);
  switch (options_.strategy) {
    case ExploreStrategy::kMix:
      break;
    case ExploreStrategy::kRandomWalk:
      schedule_.settings.kind = StrategyKind::kRandomWalk;
      break;
    case ExploreStrategy::kPct:
      schedule_.settings.kind = StrategyKind::kPct;
      schedule_.settings.depth = options_.pct_depth;
      break;
    case ExploreStrategy::kPos:
      schedule_.settings.kind = StrategyKind::kPos;
  }
  schedule_.settings.depth = std::clamp(schedule_.settings.depth, 1U, kMaxDepth);
}

void Exploration::execute_in_a_fork() {
  Outcome& outcome = shared_->outcome;
  outcome.progress = Progress::kNotBegun;
  outcome.failure = Failure::kNone;
  fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    begin_catching(options_.stuck_after);
    run_execution(schedule_, limits_, shared_, run_body, &body_);
    // What the program printed; not after what may have left the streams' locks held.
    if (outcome.failure != Failure::kCrash && outcome.failure != Failure::kUncontrolled) {
      fflush(nullptr);
    }
    for (;;) raw_syscall(SYS_exit_group, 0);
  }
  int status = 0;
  pid_t ended = -1;
  while (child > 0 && (ended = waitpid(child, &status, 0)) < 0 && errno == EINTR) {
  }
  if (ended == child && outcome.progress == Progress::kFinished) return;
  outcome.text_size = 0;
  Text text(outcome);
  if (child < 0) {
    outcome.failure = Failure::kUncontrolled;
    text.text("  fork() failed: ").text(strerror(errno)).text("\n");
  } else if (ended == child && WIFSIGNALED(status)) {
    outcome.failure = Failure::kCrash;
    text.text("  signal ").number(static_cast<u64>(WTERMSIG(status))).text(" ended the process\n");
  } else {
    outcome.failure = Failure::kExit;
    text.text("  the process ended in the middle of the execution, with code ")
        .number(static_cast<u64>(WEXITSTATUS(status)))
        .text("\n");
  }
}

void Exploration::execute() {
  shared_->records.size = 0;
  if (g_watching != nullptr) g_watching->before_execution(options_.observer);
  const u32 before = made_fibers();
  make_fibers(threads_);
  g_parked += made_fibers() - before;
  if (options_.repeat == ExploreRepeat::kFork) {
    execute_in_a_fork();
  } else {
    const u32 made = made_fibers();
    run_execution(schedule_, limits_, shared_, run_body, &body_);
    g_parked += made_fibers() - made;
    const bool left = shared_->outcome.failure != Failure::kNone;
    if (body_.records != nullptr) g_watching->after_execution(left);
    if (left) abandon_fibers();
  }
  const Outcome& outcome = shared_->outcome;
  threads_ = std::max(threads_, outcome.threads);
  u32& length = lengths_[schedule_.points == PointKind::kAll ? 1 : 0];
  length = std::max(length, outcome.decisions);
  ++result_.executions;
  result_.steps = outcome.steps;
  result_.trace_hash = outcome.hash;
}

void Exploration::report(u64 index) {
  const Outcome& outcome = shared_->outcome;
  schedule_.steps = outcome.steps;
  schedule_.hash = outcome.hash;
  char line[kReplaySize];
  write_replay(schedule_, line);
  result_.failed = true;
  result_.kind = kKinds[static_cast<u32>(outcome.failure)];
  result_.execution = index;
  result_.replay = line;
  result_.message =
      "gridlock: " + result_.kind + " in execution " + std::to_string(index) + " (seed " +
      std::to_string(options_.seed) + ", " + std::to_string(outcome.steps) + " steps)\n" +
      with_places({outcome.text, outcome.text_size}) + "  again: GRIDLOCK_REPLAY=" + line + "\n";
}

// What the observer of our own primitives found in the execution, if no other one had it: ids of objects and threads
// differ between executions in process.
void Exploration::note_findings(u64 index) {
  const Records& records = shared_->records;
  for (u32 at = 0; at < records.size;) {
    ExploreFinding finding;
    for (std::string* part : {&finding.kind, &finding.text, &finding.record}) {
      *part = &records.text[at];
      at += static_cast<u32>(part->size()) + 1;
    }
    std::string key = finding.kind;
    for (const char c : finding.text) {
      if (c < '0' || c > '9') key += c;
    }
    if (!known_findings_.insert(key).second) continue;
    schedule_.steps = shared_->outcome.steps;
    schedule_.hash = shared_->outcome.hash;
    char line[kReplaySize];
    write_replay(schedule_, line);
    finding.execution = index;
    finding.replay = line;
    if (!options_.quiet && shared_->outcome.failure == Failure::kNone) {
      fprintf(stderr,
              "gridlock: %s\n  in execution %llu, which did not fail; again: GRIDLOCK_REPLAY=%s\n",
              finding.text.c_str(), static_cast<unsigned long long>(index), line);
    }
    result_.findings.push_back(std::move(finding));
  }
}

// A cycle that was predicted is made to happen. Where it does not, it is said what was tried.
void Exploration::steer_to(ExploreFinding& finding) {
  constexpr u64 kTries = 50;
  SteeredCycle cycle;
  if (!read_cycle(finding.record, cycle)) return;
  for (u64 i = 0; i < kTries && !result_.failed; ++i) {
    plan(i);
    schedule_.steered = cycle;
    execute();
    ++finding.tried;
    if (shared_->outcome.failure == Failure::kNone) continue;
    report(i);
    finding.confirmed = shared_->outcome.failure == Failure::kDeadlock;
    if (finding.confirmed) finding.replay = result_.replay;
  }
  schedule_.steered = {};
  finding.text += finding.confirmed
                      ? " - confirmed: it happens in the execution of the replay line"
                      : " - not confirmed: it did not happen in " + std::to_string(finding.tried) +
                            " executions that were steered to it";
}

// `exhausted`: the search had every execution that the body has, and none of them failed.
void Exploration::steer_to_all(bool exhausted) {
  for (ExploreFinding& finding : result_.findings) {
    if (result_.failed || finding.kind != "lock-order-cycle") continue;
    finding.refuted = exhausted;
    if (exhausted) {
      finding.text += " - refuted: it happens in none of the executions that there are";
    } else {
      steer_to(finding);
    }
  }
}

void Exploration::search() {
  for (u64 i = 0; i < options_.executions && !result_.failed; ++i) {
    plan(i);
    execute();
    if (shared_->outcome.failure != Failure::kNone) report(i);
    note_findings(i);
  }
}

void Exploration::replay(const std::string& line) {
  const char* const wrong = read_replay(line.c_str(), schedule_);
  if (wrong != nullptr) {
    refuse("'" + line.substr(0, 200) + "' is no replay line: " + wrong);
    return;
  }
  const u64 steps = schedule_.steps;
  const u64 hash = schedule_.hash;
  execute();
  if (shared_->outcome.failure != Failure::kNone) report(0);
  note_findings(0);
  result_.diverged = shared_->outcome.steps != steps || shared_->outcome.hash != hash;
  if (result_.diverged) {
    result_.message += "gridlock: the replay took " + std::to_string(shared_->outcome.steps) +
                       " steps and its line has " + std::to_string(steps) +
                       (shared_->outcome.steps == steps ? " others" : "") +
                       ": the program was changed, or depends on something besides the schedule\n";
  }
}

ExploreResult Exploration::run() {
  if (g_engine.on) {
    result_.failed = true;
    result_.kind = "usage";
    result_.message = "gridlock: explore() within an execution\n";
    return result_;
  }
  if (!prepare()) return result_;
  const bool here = options_.repeat == ExploreRepeat::kInProcess;
  if (here) begin_catching(options_.stuck_after);
  const char* const from_environment = getenv("GRIDLOCK_REPLAY");
  if (!options_.replay.empty()) {
    replay(options_.replay);
  } else if (from_environment != nullptr && *from_environment != 0) {
    replay(from_environment);
  } else if (!options_.steer_to.empty()) {
    result_.findings.push_back({"lock-order-cycle", {}, options_.steer_to, 0, {}, false, false, 0});
    steer_to_all(false);
  } else {
    search();
    if (options_.steer) steer_to_all(false);
  }
  if (here) end_catching();
  if (!result_.message.empty() && !options_.quiet && result_.kind != "usage") {
    fputs(result_.message.c_str(), stderr);
  }
  return result_;
}

// Addresses that differ from run to run reach decisions of the program itself: libstdc++ chooses by address
// where std::atomic::wait sleeps, and containers order pointers. So the program begins once more without
// address space layout randomisation, as it does under ThreadSanitizer. Where the system does not allow it, it
// goes on as it is.
__attribute__((constructor)) void fix_addresses(int /*count*/, char** arguments,
                                                char** environment) {
  constexpr unsigned long kAsk = 0xffffffff;
  const int now = personality(kAsk);
  if (now < 0 || (now & ADDR_NO_RANDOMIZE) != 0) return;
  if (personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE) < 0) return;
  if ((personality(kAsk) & ADDR_NO_RANDOMIZE) == 0) return;
  execve("/proc/self/exe", arguments, environment);
}

}  // namespace
}  // namespace gridlock::internal::controlled

namespace gridlock::internal {

ExploreResult explore(const ExploreOptions& options, void (*body)(void*), void* argument) {
  return controlled::Exploration(options, {body, argument, nullptr}).run();
}

}  // namespace gridlock::internal
