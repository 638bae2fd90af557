// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/runner.h"

#include "harness/scenario/child_env.h"
#include "harness/scenario/finish_report.h"
#include "harness/scenario/modules.h"
#include "harness/scenario/process.h"
#include "harness/scenario/source_text.h"
#include "harness/scenario/symbolizer.h"
#include "harness/scenario/temp_dir.h"
#include "harness/scenario/tsan_text.h"
#include "harness/scenario/verdict.h"
#include "harness/scenario/wire.h"

#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <deque>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

namespace gridlock::internal {
namespace {

constexpr std::chrono::milliseconds kIdle{500};

bool readable(int fd, int within_ms = 0) {
  pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&one, 1, within_ms) > 0;
}

// Readable when one of them is; -1 is none.
Fd any_of(std::initializer_list<int> fds) {
  Fd any(epoll_create1(EPOLL_CLOEXEC));
  for (const int fd : fds) {
    epoll_event event{.events = EPOLLIN, .data = {}};
    if (fd >= 0 && epoll_ctl(any.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }
  return any;
}

// One start of one scenario.
struct Attempt {
  std::size_t scenario = 0;  // index
  int run = 1;               // of `repeat`
  bool fixed_addresses = false;
  std::string folder;
};

class Run {
 public:
  Run(const std::vector<Scenario>& scenarios, const RunOptions& options, Progress& progress)
      : scenarios_(scenarios),
        options_(options),
        progress_(progress),
        suppressions_(options.suppressions),
        over_(any_of({options.interrupt_fd, options.front_fd})),
        outcomes_(scenarios.size()) {
    for (std::size_t i = 0; i < scenarios.size(); ++i) waiting_.push_back({i, 1, false, ""});
    symbolizer_ = find_llvm_symbolizer(result_.notes);
    if (!temp_.note().empty()) result_.notes.push_back(temp_.note());
  }

  RunResult all() {
    while (!result_.interrupted && (!waiting_.empty() || pool_.running() > 0)) {
      while (!waiting_.empty() && pool_.running() < static_cast<std::size_t>(options_.jobs)) {
        Attempt attempt = std::move(waiting_.front());
        waiting_.pop_front();
        if (!try_start(std::move(attempt))) break;
      }
      if (waiting_.empty() && pool_.running() == 0) break;
      if (std::optional<ChildEnd> end = pool_.wait(kIdle, over_.get())) {
        // That is no verdict on the scenario.
        result_.interrupted =
            ends_whole_jobs(end->signal) && readable(over_.get(), kOurSignalComesMs);
        if (result_.interrupted) break;
        finish_attempt(std::move(*end));
      } else {
        progress_.idle();
      }
      result_.interrupted = readable(over_.get());
    }
    pool_.kill_all();
    kill_orphans(not_ours_);
    if (readable(options_.front_fd)) throw Abandoned();
    for (std::optional<Outcome>& outcome : outcomes_) {
      if (outcome) {
        result_.report.outcomes.push_back(std::move(*outcome));
      } else {
        ++result_.not_run;
      }
    }
    result_.report.suppressions = suppressions_.entries();
    finish_report(result_.report, symbolizer_, result_.notes);
    return std::move(result_);
  }

 private:
  // False if the machine has no process to spare now (a scenario may have taken them): then it
  // waits for others to end. If there is none to wait for, that is the scenario's outcome.
  bool try_start(Attempt attempt) {
    try {
      start(attempt);
      return true;
    } catch (const std::system_error& error) {
      if (pool_.running() > 0) {
        waiting_.push_front(std::move(attempt));
        return false;
      }
      Outcome outcome = outcome_of(scenarios_[attempt.scenario]);
      outcome.verdict = Verdict::kCrashed;
      outcome.reason = std::string("could not be started: ") + error.what();
      progress_.finished(outcome);
      outcomes_[attempt.scenario] = std::move(outcome);
      return true;
    }
  }

  void start(Attempt attempt) {
    const Scenario& scenario = scenarios_[attempt.scenario];
    const std::size_t tag = next_tag_++;
    attempt.folder = temp_.path() + "/" + std::to_string(tag);
    std::filesystem::create_directory(attempt.folder);

    ChildSpec spec;
    spec.log_path = attempt.folder + "/findings.jsonl";
    spec.deadline = std::chrono::milliseconds(
        static_cast<std::chrono::milliseconds::rep>(options_.timeout_seconds * 1000));
    spec.spawn.program = "/proc/self/exe";  // stays the same program when it is rebuilt meanwhile
    spec.spawn.argv = {program(), "child", scenario.name};
    spec.spawn.environment =
        child_environment({spec.log_path, attempt.folder + "/tsan"}, settings(), symbolizer_);
    spec.spawn.fixed_addresses = attempt.fixed_addresses;
    pool_.start(tag, spec);
    progress_.started(scenario);
    running_.emplace(tag, std::move(attempt));
  }

  void finish_attempt(ChildEnd end) {
    auto node = running_.extract(end.tag);
    Attempt attempt = std::move(node.mapped());
    const std::string folder = std::exchange(attempt.folder, "");
    bool tsan_failed = false;
    Outcome outcome = judge_attempt(attempt, folder, std::move(end), tsan_failed);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);

    if (tsan_failed && !attempt.fixed_addresses) {  // often it is only where the kernel put things
      attempt.fixed_addresses = true;
      waiting_.push_front(std::move(attempt));
      return;
    }
    if (passed(outcome.verdict) && attempt.run < options_.repeat) {
      outcomes_[attempt.scenario] =
          std::move(outcome);  // for the case that the next one is interrupted
      ++attempt.run;
      waiting_.push_front(std::move(attempt));
      return;
    }
    if (options_.repeat > 1) {
      outcome.reason +=
          " (run " + std::to_string(attempt.run) + " of " + std::to_string(options_.repeat) + ")";
    }
    progress_.finished(outcome);
    outcomes_[attempt.scenario] = std::move(outcome);
  }

  Outcome judge_attempt(const Attempt& attempt, const std::string& folder, ChildEnd end,
                        bool& tsan_failed) {
    const Scenario& scenario = scenarios_[attempt.scenario];
    const std::optional<std::string> log_text = read_file(folder + "/findings.jsonl");
    WireLog log = read_wire(log_text.value_or(""), "findings.jsonl");
    add_notes(result_.report.notes, log.notes);
    add_notes(result_.report.notes, forget_other_builds(log).notes);

    RunFacts facts;
    facts.tsan_text = tsan_text(folder);
    attach_tsan_text(log.findings, facts.tsan_text);
    facts.findings = merge_findings(std::move(log.findings));
    if (!suppressions_.empty() && !facts.findings.empty()) {
      finish_findings(facts.findings, symbolizer_, result_.notes);
      suppressions_.apply(facts.findings, facts.suppressed);
    }
    facts.output = end.output;
    facts.dump_reason = log.dump ? log.dump->reason : "";
    facts.log_error = log.error;
    facts.left_out = log.left_out;
    facts.log_started = log.started;
    facts.log_ended = log.ended;
    facts.process_tree = log.process_tree;
    facts.has_tsan = log.tsan || tsan_linked();
    facts.timed_out = end.timed_out;
    facts.deadline_seconds = options_.timeout_seconds;
    facts.exit_code = end.exit_code;
    facts.signal = end.signal;
    Judgement judgement = judge(scenario.expect, facts);
    tsan_failed = judgement.verdict == Verdict::kCrashed &&
                  (!tsan_fatal_line(facts.tsan_text).empty() ||
                   (facts.has_tsan && !tsan_fatal_line(facts.output).empty()));

    Outcome outcome = outcome_of(scenario);
    outcome.verdict = judgement.verdict;
    outcome.reason = std::move(judgement.reason);
    outcome.findings = std::move(facts.findings);
    outcome.suppressed = std::move(facts.suppressed);
    take_extras(outcome, log);
    outcome.dump = std::move(log.dump);
    // By us, and then only upon a timeout.
    if (outcome.dump && end.timed_out && was_requested(*outcome.dump)) {
      outcome.dump->reason = "timeout";
    }
    outcome.seconds = end.seconds;
    outcome.exit_code = end.exit_code;
    outcome.signal = end.signal;
    tell_end_of_first(outcome, log.first_pid);
    outcome.output = std::move(end.output);
    outcome.tsan_text = std::move(facts.tsan_text);
    return outcome;
  }

  // What is known before it has run.
  Outcome outcome_of(const Scenario& scenario) const {
    Outcome outcome;
    outcome.name = scenario.name;
    outcome.summary = scenario.summary;
    outcome.story = scenario.story;
    outcome.case_number = scenario.case_number;
    outcome.twin = scenario.twin;
    outcome.expected = scenario.expect.kinds;
    outcome.file = scenario.file;
    outcome.first_line = scenario.line;
    outcome.rerun = shell_quoted({program(), "run", scenario.name});
    return outcome;
  }

  // The first process is reaped here; the others by a process of the tree, which logs it.
  static void tell_end_of_first(Outcome& outcome, std::uint64_t pid) {
    if (outcome.processes.empty() || outcome.processes.front().pid != pid) return;
    ProcessInfo& first = outcome.processes.front();
    first.exit_code = outcome.exit_code;
    first.signal = outcome.signal;
    first.state = outcome.signal != 0 ? "killed" : "ended";
  }

  // ThreadSanitizer writes one file a process: the scenario's own and those that it forked.
  static std::string tsan_text(const std::string& folder) {
    std::vector<std::string> files;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      if (entry.path().filename().string().starts_with("tsan.")) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::string text;
    for (const std::string& file : files) text += read_file(file).value_or("");
    return text;
  }

  // --on-deadlock is short for the setting of that name.
  std::vector<std::string> settings() const {
    std::vector<std::string> all = options_.settings;
    if (!options_.on_deadlock.empty()) all.push_back("on_deadlock=" + options_.on_deadlock);
    return all;
  }

  std::string program() const {
    return options_.command.empty() ? "/proc/self/exe" : options_.command.front();
  }

  const std::vector<Scenario>& scenarios_;
  const RunOptions& options_;
  Progress& progress_;
  RunResult result_;
  std::string symbolizer_;
  Suppressions suppressions_;  // counts its uses
  TempDir temp_;
  Fd over_;  // readable when the run is to end
  const std::vector<pid_t> not_ours_ = child_processes();
  ChildPool pool_;  // after temp_: the processes go first
  std::vector<std::optional<Outcome>> outcomes_;
  std::deque<Attempt> waiting_;
  std::map<std::size_t, Attempt> running_;  // by tag
  std::size_t next_tag_ = 1;
};

}  // namespace

RunResult run_scenarios(const std::vector<Scenario>& scenarios, const RunOptions& options,
                        Progress& progress) {
  std::signal(SIGCHLD, SIG_DFL);  // an ignored one, inherited, would lose every exit code
  adopt_orphans();
  const auto start = std::chrono::steady_clock::now();
  Report head = report_head(options.command);
  RunResult result = Run(scenarios, options, progress).all();
  head.outcomes = std::move(result.report.outcomes);
  head.suppressions = std::move(result.report.suppressions);
  head.sources = std::move(result.report.sources);
  head.notes = std::move(result.report.notes);
  head.not_run = result.not_run;
  head.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.report = std::move(head);
  return result;
}

}  // namespace gridlock::internal
