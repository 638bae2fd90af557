// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/executions.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "harness/platform/syscall.h"
#include "harness/tsan_abi/asked.h"
#include "harness/tsan_abi/code_sites.h"
#include "harness/tsan_abi/context.h"
#include "harness/tsan_abi/crashes.h"
#include "harness/tsan_abi/facts.h"
#include "harness/tsan_abi/front.h"
#include "harness/tsan_abi/shadow.h"
#include "harness/tsan_abi/symbols.h"
#include "harness/tsan_abi/warm_up.h"
#include "harness/tsan_abi/watching.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kFirstThreads = 3;
constexpr u64 kAllPointsEach =
    8;  // of the executions with learned points, one in so many takes all

u32 g_parked = 0;  // threads behind fibers, also of executions that were left in the middle

// All that processes of executions share with this one.
struct SharedPages {
  Shared shared;
  Facts facts;
  Followed followed;
};

void* run_body(void* argument) {
  const auto* const body = static_cast<const Body*>(argument);
  if (body->records != nullptr) g_watching->body_begins(*body->records);
  body->function(body->argument);
  if (body->records != nullptr) g_watching->body_ends();
  return nullptr;
}

}  // namespace

u32 count_tasks() {
  DIR* const folder = opendir("/proc/self/task");
  if (folder == nullptr) return 0;
  u32 count = 0;
  while (const dirent* entry = readdir(folder)) count += entry->d_name[0] != '.' ? 1 : 0;
  closedir(folder);
  return count;
}

Executions::Executions(const ExploreOptions& options, Body body, ExploreResult& result)
    : options_(options), body_(body), result_(result), threads_(kFirstThreads) {
  limits_ = {options.max_steps, options.data_races, options.leaked_threads,
             options.repeat == ExploreRepeat::kFork, body.is_program};
  if (body.is_program) input_begins_ = lseek(STDIN_FILENO, 0, SEEK_CUR);
}

Executions::~Executions() {
  if (shared_ != nullptr) munmap(shared_, sizeof(SharedPages));
}

const char* Executions::prepare() {
  static_cast<void>(front_of_libc());
  find_out_about_fs();
  find_modules();
  warm_up();
  void* const memory =
      mmap(nullptr, sizeof(SharedPages), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return "there is no memory to explore in";
  auto* const pages = static_cast<SharedPages*>(memory);
  shared_ = &pages->shared;
  shared_->facts = &pages->facts;
  shared_->followed = &pages->followed;
  if (!make_shadow()) return "there is no memory to explore in";
  body_.records = g_watching != nullptr && options_.observer ? &shared_->records : nullptr;
  if (options_.repeat == ExploreRepeat::kInProcess && count_tasks() > g_parked + 1) {
    return "the program has other threads, which executions in process cannot control: use kFork";
  }
  return nullptr;
}

// The strategies take turns; where the points are learned, the first execution takes all.
void Executions::plan(u64 index, u64 turn) {
  schedule_.points = PointKind::kAll;
  if (options_.points == ExplorePoints::kSynchronization) {
    schedule_.points = PointKind::kSynchronization;
  } else if (options_.points == ExplorePoints::kLearned && turn % kAllPointsEach != 0 &&
             learned_sites(shared_->learned, schedule_)) {
    schedule_.points = PointKind::kLearned;
  }
  if (schedule_.points != PointKind::kLearned) schedule_.site_count = 0;
  schedule_.spurious = options_.spurious_wakeups;
  schedule_.weak = options_.memory == ExploreMemory::kWeak;
  const u32 length = lengths_[schedule_.points == PointKind::kAll ? 1 : 0];
  schedule_.settings = mixed(options_.seed, index, options_.pct_depth, length);
  switch (options_.strategy) {
    case ExploreStrategy::kMix:
    case ExploreStrategy::kExhaustive:
      break;
    case ExploreStrategy::kRandomWalk:
      schedule_.settings.kind = StrategyKind::kRandomWalk;
      break;
    case ExploreStrategy::kPct:
      schedule_.settings.kind = StrategyKind::kPct;
      schedule_.settings.depth = options_.pct_depth;
      break;
    case ExploreStrategy::kPostpone:
      schedule_.settings.kind = StrategyKind::kPostpone;
      break;
    case ExploreStrategy::kSurw:
      schedule_.settings.kind = StrategyKind::kSurw;
      break;
    case ExploreStrategy::kPos:
      schedule_.settings.kind = StrategyKind::kPos;
  }
  shared_->recorded.is_on = learns(schedule_.settings.kind);
  schedule_.settings.depth = std::clamp(schedule_.settings.depth, 1U, kMaxDepth);
}

// For a program without data races switches where it synchronises are enough, and others are found in some of those.
void Executions::plan_one_of_all() {
  schedule_.points = PointKind::kAll;
  schedule_.site_count = 0;
  if (options_.points == ExplorePoints::kSynchronization ||
      (options_.points == ExplorePoints::kLearned && options_.data_races)) {
    schedule_.points = PointKind::kSynchronization;
  }
  schedule_.spurious = options_.spurious_wakeups;
  schedule_.weak = options_.memory == ExploreMemory::kWeak;
  shared_->recorded.is_on = has_observer();  // what it notices has a line of its own
}

void Executions::begin() {
  shared_->records.size = 0;
  if (g_watching != nullptr) g_watching->before_execution(options_.observer);
  const u32 before = made_fibers();
  make_fibers(threads_);
  g_parked += made_fibers() - before;
}

// Each execution of a program reads its input from the same place. Processes share where a file is read.
void Executions::begin_input_and_output() const {
  if (input_begins_ >= 0) lseek(STDIN_FILENO, input_begins_, SEEK_SET);
}

void Executions::take_input_and_output(bool prints) const {
  int out = prints ? body_.output : open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (out < 0) return;
  if (out == body_.output) {
    static_cast<void>(ftruncate(out, 0));
    lseek(out, 0, SEEK_SET);
  }
  for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; ++fd) dup2(out, fd);
}

void Executions::fork_and_wait(bool prints) {
  Outcome& outcome = shared_->outcome;
  outcome.progress = Progress::kNotBegun;
  outcome.failure = Failure::kNone;
  fflush(nullptr);
  begin_input_and_output();
  if (g_watching != nullptr) g_watching->forks(true);
  const pid_t child = fork();
  if (g_watching != nullptr && child != 0) g_watching->forks(false);
  if (child == 0) {
    take_input_and_output(prints);
    begin_catching(options_.stuck_after);
    limits_.forked = true;
    run_execution(schedule_, limits_, shared_, run_body, &body_, exhaustive_);
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
  } else if (body_.is_program && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    outcome.failure = Failure::kUncontrolled;
    text.text(
        "  the process became another program by exec, or ended by a system call of its own\n");
  } else {
    outcome.failure = Failure::kExit;
    text.text("  the process ended in the middle of the execution, with code ")
        .number(static_cast<u64>(WEXITSTATUS(status)))
        .text("\n");
  }
}

void Executions::run_apart(bool prints) {
  begin();
  fork_and_wait(prints);
}

void Executions::run() {
  if (options_.repeat == ExploreRepeat::kFork) {
    run_apart(true);
  } else {
    begin();
    const u32 made = made_fibers();
    run_execution(schedule_, limits_, shared_, run_body, &body_, exhaustive_);
    g_parked += made_fibers() - made;
    const bool left = has_failed() || shared_->outcome.left_off;
    if (body_.records != nullptr) g_watching->after_execution(left);
    if (left) abandon_fibers();
  }
  count();
}

void Executions::count() {
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

}  // namespace gridlock::internal::controlled
