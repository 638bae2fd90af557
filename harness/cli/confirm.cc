// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/confirm.h"

#include "harness/cli/fresh_run.h"
#include "harness/cli/messages.h"
#include "harness/scenario/confirmation.h"
#include "harness/scenario/own_environment.h"
#include "harness/scenario/program_report.h"
#include "harness/scenario/source_text.h"
#include "harness/scenario/steering_plan.h"
#include "harness/scenario/suppressions.h"
#include "harness/scenario/verdict.h"
#include "harness/scenario/wire.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <iostream>
#include <optional>
#include <set>
#include <system_error>

namespace gridlock::internal {
namespace {

constexpr std::size_t kMaxFindings = 10;

/// The signals of this process are as they were when it is gone.
class SignalsAsBefore {
 public:
  SignalsAsBefore() {
    sigprocmask(SIG_SETMASK, nullptr, &mask_);
    sigaction(SIGPIPE, nullptr, &pipe_);
  }
  ~SignalsAsBefore() {
    sigaction(SIGPIPE, &pipe_, nullptr);
    sigprocmask(SIG_SETMASK, &mask_, nullptr);
  }
  SignalsAsBefore(const SignalsAsBefore&) = delete;
  SignalsAsBefore& operator=(const SignalsAsBefore&) = delete;

 private:
  sigset_t mask_{};
  struct sigaction pipe_{};
};

std::string status_text(int exit_code, int signal) {
  return signal != 0 ? "signal " + std::to_string(signal)
                     : "exit code " + std::to_string(exit_code);
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> all = own_environment([&](std::string_view name) {
    return std::ranges::any_of(variables, [&](const auto& one) { return one.first == name; });
  });
  for (const auto& [name, value] : variables) all.push_back(name + "=" + value);
  return all;
}

/// The fresh runs of all findings of a report.
class Confirmer {
 public:
  Confirmer(Report& report, const FreshRuns& runs) : report_(report), runs_(runs) {}

  void confirm(Finding& finding) {
    if (interrupted()) {
      finding.confirmation = not_tried("it was interrupted before");
    } else if (++tried_ > kMaxFindings) {
      finding.confirmation =
          not_tried("only the first " + std::to_string(kMaxFindings) + " are tried in one go");
    } else if (const std::string why = why_not_steerable(finding); !why.empty()) {
      finding.confirmation = not_tried(why);
    } else if (access(runs_.file.c_str(), X_OK) != 0) {
      finding.confirmation =
          not_tried("the program cannot be run again: " + std::string(std::strerror(errno)));
    } else if (!hung_already(finding)) {
      try_runs(finding);
    }
  }

 private:
  bool interrupted() { return interrupts_.signal() != 0; }

  // In the run that the report is about.
  bool hung_already(Finding& finding) {
    for (const Outcome& outcome : report_.outcomes) {
      for (const Finding& hang : outcome.findings) {
        if (!ends_the_process(hang.kind) || !is_the_hang(finding, hang)) continue;
        finding.confirmation = confirmed_at_once(hang);
        return true;
      }
    }
    return false;
  }

  // At first all threads are held at their second locks alone. If that does not do, each edge in turn is the one whose
  // thread is kept from its first lock until the others are there: they may use that lock on their way.
  SteeringWay way_of(std::uint64_t run, const Finding& finding) const {
    const double long_ms = std::clamp(runs_.first_seconds * 1000, 1000.0, 5000.0);
    SteeringWay way;
    if (run > 1) {
      way.late_edge = (run - 2) % (finding.edges.size() + 1);  // none, once a round
      way.patience_ms = static_cast<std::uint32_t>(long_ms);
    }
    return way;
  }

  std::chrono::milliseconds limit() const {
    const double seconds = runs_.timeout != 0 ? runs_.timeout : 2 * runs_.first_seconds + 10;
    return std::chrono::milliseconds(static_cast<long>(seconds * 1000));
  }

  void try_runs(Finding& finding) {
    Attempts attempts;
    attempts.without_input = runs_.input_is_lost;
    const auto at_most = static_cast<std::uint64_t>(runs_.at_most);
    while (attempts.runs < at_most && !attempts.interrupted) {
      ++attempts.runs;
      if (try_once(finding, attempts)) return;
    }
    finding.confirmation = not_confirmed(finding, attempts);
  }

  // True if it hung in what was possible.
  bool try_once(Finding& finding, Attempts& attempts) {
    const std::string log = runs_.folder + "/fresh.jsonl";
    unlink(log.c_str());
    const PlanFile plan(runs_.folder + "/plan", finding, way_of(attempts.runs, finding));
    const Fd input = reopened_input(runs_.stdin_offset);
    SpawnSpec spec;
    spec.argv = runs_.words;
    spec.program = runs_.file;
    spec.environment = environment_with(runs_.variables(log, plan.path()));
    spec.own_pid = runs_.own_pid;
    spec.stdin_fd = input.get();
    const FreshEnd end = run_aside(spec, limit(), interrupts_);
    attempts.counts.add(plan.counts());
    if (runs_.shows_output) show_output(attempts.runs, end);
    const std::optional<std::string> text = read_file(log);
    if (text && take_hang(finding, attempts, *text)) return true;
    attempts.interrupted = end.interrupted;
    if (!end.interrupted) note_end(attempts, end, text.has_value() && !text->empty());
    return false;
  }

  bool take_hang(Finding& finding, Attempts& attempts, const std::string& text) {
    const WireLog log = read_wire(text, "fresh.jsonl");
    const auto hung = [](const Finding& one) { return ends_the_process(one.kind); };
    if (std::ranges::none_of(log.findings, hung)) return false;
    Suppressions none;
    std::vector<std::string> refused;
    RunResult result = report_of_logs({{"fresh.jsonl", text}}, {}, none, refused);
    for (const Outcome& outcome : result.report.outcomes) {
      for (const Finding& hang : outcome.findings) {
        if (!hung(hang)) continue;
        if (!is_the_hang(finding, hang)) {
          ++attempts.ends["hung in something else (" + std::string(info(hang.kind).name) + ")"];
          hung_otherwise_ = true;
          continue;
        }
        finding.confirmation = confirmed(attempts.runs, hang);
        report_.sources.merge(result.report.sources);
        return true;
      }
    }
    return false;
  }

  void note_end(Attempts& attempts, const FreshEnd& fresh, bool was_watched) {
    if (std::exchange(hung_otherwise_, false)) return;
    const ProcessEnd& end = fresh.end;
    const int first_code = WIFEXITED(runs_.first_status) ? WEXITSTATUS(runs_.first_status) : -1;
    const int first_signal = WIFSIGNALED(runs_.first_status) ? WTERMSIG(runs_.first_status) : 0;
    if (end.timed_out) {
      ++attempts.ends["did not end within " + std::to_string(limit().count() / 1000) + " s"];
    } else if (!was_watched) {
      ++attempts.ends["could not be watched"];
    } else if (end.exit_code != first_code || end.signal != first_signal) {
      ++attempts.ends["ended with " + status_text(end.exit_code, end.signal) + ", and not with " +
                      status_text(first_code, first_signal) + " as the first one did"];
    }
  }

  static void show_output(std::uint64_t run, const FreshEnd& end) {
    say("fresh run " + std::to_string(run) + " wrote " + std::to_string(end.output.size()) +
        " bytes" + (end.output.empty() ? "" : ":"));
    std::cerr << end.output << (end.output.empty() || end.output.ends_with('\n') ? "" : "\n");
  }

  Report& report_;
  const FreshRuns& runs_;
  SignalsAsBefore signals_;
  Interrupts interrupts_;
  std::size_t tried_ = 0;
  bool hung_otherwise_ = false;
};

}  // namespace

void confirm_findings(Report& report, const FreshRuns& runs) {
  std::vector<Finding*> possible;
  for (Outcome& outcome : report.outcomes) {
    for (Finding& finding : outcome.findings) {
      if (finding.kind == FindingKind::kLockOrderCycle) possible.push_back(&finding);
    }
  }
  if (possible.empty()) return;
  say(std::to_string(possible.size()) + " possible deadlock" + (possible.size() == 1 ? "" : "s") +
      ": trying in fresh runs, at most " + std::to_string(runs.at_most) + " each");
  Confirmer confirmer(report, runs);
  for (Finding* const finding : possible) confirmer.confirm(*finding);
}

}  // namespace gridlock::internal
