// SPDX-License-Identifier: Apache-2.0
//
// gridlock::explore(): plans each execution, runs it here or in a process of its own, and says what came out.
// Nothing of an execution runs in this file's functions, so it may use the standard library.
#include <gridlock/explore.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "harness/platform/syscall.h"
#include "harness/tsan_abi/asked.h"
#include "harness/tsan_abi/code_sites.h"
#include "harness/tsan_abi/context.h"
#include "harness/tsan_abi/crashes.h"
#include "harness/tsan_abi/divergence.h"
#include "harness/tsan_abi/facts.h"
#include "harness/tsan_abi/following.h"
#include "harness/tsan_abi/front.h"
#include "harness/tsan_abi/shadow.h"
#include "harness/tsan_abi/steering.h"
#include "harness/tsan_abi/symbols.h"
#include "harness/tsan_abi/watching.h"
#include "harness/tsan_abi/wire_log.h"

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

double seconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// All that processes of executions share with this one.
struct SharedPages {
  Shared shared;
  Facts facts;
  Followed followed;
};

class Exploration {
 public:
  Exploration(const ExploreOptions& options, Body body) : options_(as_asked(options)), body_(body) {
    limits_ = {options_.max_steps, options_.data_races, options_.leaked_threads,
               options_.repeat == ExploreRepeat::kFork};
  }
  Exploration(const Exploration&) = delete;
  Exploration& operator=(const Exploration&) = delete;
  ~Exploration() {
    if (shared_ != nullptr) munmap(shared_, sizeof(SharedPages));
  }

  ExploreResult run();

 private:
  bool prepare();
  void search();
  void replay(const std::string& line);
  void plan(u64 index, u64 turn);
  void execute();
  void execute_in_a_fork(bool prints);
  void count();
  void report(u64 index);
  void note_findings(u64 index);
  void follow();
  void begin_page();
  void write_log_and_page(bool is_replay);
  void steer_to(ExploreFinding& finding);
  void steer_to_all(bool exhausted);
  void refuse(const std::string& why);

  const ExploreOptions options_;
  Body body_;
  Limits limits_;
  Shared* shared_ = nullptr;
  Schedule schedule_;
  u32 lengths_[2] = {1, 1};  // decisions of an execution with some points, with all
  u32 threads_ = kFirstThreads;
  std::set<std::string> known_findings_;
  ExploreResult result_;
  Failure failure_ = Failure::kNone;
  std::string failure_text_;
  bool has_path_ = false;
  DistinctTraces traces_;
  double began_ = seconds_now();
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
      mmap(nullptr, sizeof(SharedPages), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || !make_shadow()) {
    refuse("there is no memory to explore in");
    return false;
  }
  auto* const pages = static_cast<SharedPages*>(memory);
  shared_ = &pages->shared;
  shared_->facts = &pages->facts;
  shared_->followed = &pages->followed;
  body_.records = g_watching != nullptr && options_.observer ? &shared_->records : nullptr;
  if (options_.repeat == ExploreRepeat::kInProcess && count_tasks() > g_parked + 1) {
    refuse("the program has other threads, which executions in process cannot control: use kFork");
    return false;
  }
  return true;
}

// Random walk, PCT and POS take turns; where the points are learned, the first execution takes all.
void Exploration::plan(u64 index, u64 turn) {
  schedule_.points = PointKind::kAll;
  if (options_.points == ExplorePoints::kSynchronization) {
    schedule_.points = PointKind::kSynchronization;
  } else if (options_.points == ExplorePoints::kLearned && turn % kAllPointsEach != 0 &&
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

void Exploration::execute_in_a_fork(bool prints) {
  Outcome& outcome = shared_->outcome;
  outcome.progress = Progress::kNotBegun;
  outcome.failure = Failure::kNone;
  fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const int nowhere = prints ? -1 : open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (int fd = STDOUT_FILENO; nowhere >= 0 && fd <= STDERR_FILENO; ++fd) dup2(nowhere, fd);
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
    execute_in_a_fork(true);
  } else {
    const u32 made = made_fibers();
    run_execution(schedule_, limits_, shared_, run_body, &body_);
    g_parked += made_fibers() - made;
    const bool left = shared_->outcome.failure != Failure::kNone;
    if (body_.records != nullptr) g_watching->after_execution(left);
    if (left) abandon_fibers();
  }
  count();
}

void Exploration::count() {
  const Outcome& outcome = shared_->outcome;
  threads_ = std::max(threads_, outcome.threads);
  u32& length = lengths_[schedule_.points == PointKind::kAll ? 1 : 0];
  length = std::max(length, outcome.decisions);
  ++result_.executions;
  result_.steps = outcome.steps;
  result_.trace_hash = outcome.hash;
  traces_.add(outcome.hash);
  if (SessionPage* const page = asked().page) {
    ++page->executions;
    page->traces.add(outcome.hash);
  }
}

// The execution that failed once more, in a process of its own and to the same end: for its way, and for marks of the hash by
// which a replay in a changed program finds where it goes another way.
void Exploration::follow() {
  const Outcome first = shared_->outcome;
  if (first.steps == 0 || first.failure == Failure::kUncontrolled) return;
  Followed& followed = *shared_->followed;
  const Facts facts = *shared_->facts;
  followed.is_on = true;
  followed.every = steps_between_marks(first.steps);
  const u32 before = made_fibers();
  make_fibers(threads_);
  g_parked += made_fibers() - before;
  execute_in_a_fork(false);
  followed.is_on = false;
  has_path_ = shared_->outcome.steps == first.steps && shared_->outcome.hash == first.hash;
  shared_->outcome = first;
  *shared_->facts = facts;
  if (!has_path_) return;
  schedule_.mark_count = followed.mark_count;
  std::copy_n(followed.marks, followed.mark_count, schedule_.marks);
}

void Exploration::report(u64 index) {
  const Outcome& outcome = shared_->outcome;
  failure_ = outcome.failure;
  failure_text_.assign(outcome.text, outcome.text_size);
  schedule_.steps = outcome.steps;
  schedule_.hash = outcome.hash;
  schedule_.has_build = true;
  schedule_.build = hash_of_code();
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
    plan(i, i);
    schedule_.steered = cycle;
    execute();
    ++finding.tried;
    if (shared_->outcome.failure == Failure::kNone) continue;
    schedule_.mark_count = 0;
    follow();
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
  const Share& share = asked().share;
  const u64 turns = share.size(options_.executions);
  const double until = began_ + options_.seconds;
  for (u64 turn = 0; turn < turns && !result_.failed; ++turn) {
    if (options_.seconds > 0 && turn != 0 && seconds_now() >= until) break;
    const u64 index = options_.first + share.number(turn);
    plan(index, turn);
    execute();
    note_findings(index);
    if (shared_->outcome.failure == Failure::kNone) continue;
    schedule_.mark_count = 0;
    follow();
    report(index);
  }
}

void Exploration::replay(const std::string& line) {
  const char* const wrong = read_replay(line.c_str(), schedule_);
  if (wrong != nullptr) {
    refuse("'" + line.substr(0, 200) + "' is no replay line: " + wrong);
    return;
  }
  const Schedule given = schedule_;
  Followed& followed = *shared_->followed;
  followed.is_on = given.mark_count != 0 || !asked().log.empty() || asked().stop_at != 0;
  followed.every = steps_between_marks(given.steps);
  followed.stop_at = asked().stop_at;
  execute();
  has_path_ = followed.is_on;
  followed.is_on = false;
  note_findings(0);
  const Outcome& outcome = shared_->outcome;
  result_.diverged = outcome.steps != given.steps || outcome.hash != given.hash;
  if (result_.diverged) {
    schedule_.mark_count = followed.mark_count;
    std::copy_n(followed.marks, followed.mark_count, schedule_.marks);
  }
  if (outcome.failure != Failure::kNone) report(0);
  if (result_.diverged) result_.message += divergence(given, *shared_);
}

void Exploration::begin_page() {
  SessionPage* const page = asked().page;
  if (page == nullptr) return;
  ++page->searches;
  page->begun = page->executions;
  page->planned = options_.seconds > 0 ? 0 : asked().share.size(options_.executions);
  page->asked = options_.seconds > 0 ? 0 : options_.executions;
  page->seed = options_.seed;
  const std::string strategy = name_of(options_.strategy);
  page->strategy[strategy.copy(page->strategy, sizeof page->strategy - 1)] = 0;
  page->traces = {};
  page->name[options_.name.copy(page->name, sizeof page->name - 1)] = 0;
}

void Exploration::write_log_and_page(bool is_replay) {
  result_.distinct = traces_.count();
  if (shared_ == nullptr) return;
  write_log({options_, result_, asked(), traces_, *shared_, failure_, failure_text_, has_path_,
             is_replay, seconds_now() - began_});
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
  if (!prepare()) return result_;
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
    steer_to_all(false);
  } else {
    search();
    if (options_.steer) steer_to_all(false);
  }
  if (here) end_catching();
  write_log_and_page(is_replay);
  if (!result_.message.empty() && !options_.quiet && result_.kind != "usage") {
    fputs(result_.message.c_str(), stderr);
  }
  return result_;
}

}  // namespace
}  // namespace gridlock::internal::controlled

namespace gridlock::internal {

ExploreResult explore(const ExploreOptions& options, void (*body)(void*), void* argument) {
  return controlled::Exploration(options, {body, argument, nullptr}).run();
}

}  // namespace gridlock::internal
