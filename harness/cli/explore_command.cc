// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/explore_command.h"

#include <gridlock/report.h>

#include "harness/cli/annotations.h"
#include "harness/cli/baseline_file.h"
#include "harness/cli/command.h"
#include "harness/cli/explore_progress.h"
#include "harness/cli/explored_process.h"
#include "harness/cli/interrupts.h"
#include "harness/cli/messages.h"
#include "harness/cli/output_files.h"
#include "harness/cli/outputs.h"
#include "harness/cli/shards.h"
#include "harness/cli/suppression_file.h"
#include "harness/cli/terminal.h"
#include "harness/cli/words.h"
#include "harness/scenario/child_env.h"
#include "harness/scenario/explored_reports.h"
#include "harness/scenario/finish_report.h"
#include "harness/scenario/front.h"
#include "harness/scenario/program_report.h"
#include "harness/scenario/source_roots.h"
#include "harness/scenario/source_text.h"
#include "harness/scenario/temp_dir.h"
#include "harness/scenario/text.h"
#include "harness/scenario/verdict.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

namespace gridlock::internal {
namespace {

constexpr int kLookForResultsMs = 200;

using Processes = std::vector<std::unique_ptr<ExploredProcess>>;

std::vector<std::string> wishes_of(const ExploreArguments& arguments, const Shard& shard, int job) {
  std::vector<std::string> wishes;
  const auto wish = [&](const char* name, const std::string& value) {
    if (!value.empty()) wishes.push_back(std::string(name) + "=" + value);
  };
  wish("strategy", arguments.strategy);
  wish("executions", arguments.executions);
  wish("seconds", arguments.seconds);
  wish("seed", arguments.seed);
  wish("preemptions", arguments.preemption_bound);
  wish("delays", arguments.delay_bound);
  wish("memory", arguments.memory);
  wish("steps", arguments.max_steps);
  const controlled::Share share = controlled::Share{shard.number - 1, shard.of}.part(
      static_cast<std::uint64_t>(job), static_cast<std::uint64_t>(arguments.jobs));
  wish("share", std::to_string(share.index) + "/" + std::to_string(share.of));
  return wishes;
}

// Each of all schedules follows from those before it.
void require_one_process(const ExploreArguments& arguments, const Shard& shard) {
  const bool is_exhaustive = arguments.strategy == "exhaustive";
  if (!is_exhaustive && !arguments.preemption_bound.empty())
    throw UsageError("--preemption-bound is for --strategy exhaustive");
  if (!is_exhaustive && !arguments.delay_bound.empty())
    throw UsageError("--delay-bound is for --strategy exhaustive");
  if (!is_exhaustive) return;
  const std::string why = ": a search of all schedules is one process's, and cannot be shared";
  if (arguments.jobs > 1) throw UsageError("--strategy exhaustive with --jobs" + why);
  if (shard.of > 1) {
    throw UsageError("--strategy exhaustive with shard " + std::to_string(shard.number) + " of " +
                     std::to_string(shard.of) +
                     (shard.from.empty() ? "" : " (" + shard.from + ")") + why);
  }
}

void wait_for_our_signal(const Processes& processes, Interrupts& interrupts) {
  const bool were_told = std::ranges::any_of(
      processes, [](const auto& process) { return ends_whole_jobs(process->end().signal); });
  pollfd ours{interrupts.fd(), POLLIN, 0};
  if (were_told) poll(&ours, 1, kOurSignalComesMs);
}

// Until all have ended, or a signal came.
void wait_for(Processes& processes, Interrupts& interrupts) {
  ExploreProgress progress(processes);
  for (;;) {
    std::vector<pollfd> watched{{interrupts.fd(), POLLIN, 0}};
    for (const auto& process : processes)
      watched.push_back({process->has_ended() ? -1 : process->pidfd(), POLLIN, 0});
    const int ready = poll(watched.data(), watched.size(), kLookForResultsMs);
    if (ready < 0 && errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "poll");
    bool any = false;
    for (std::size_t i = 0; i < processes.size(); ++i) {
      if (watched[i + 1].revents != 0) processes[i]->finish();
      any = any || !processes[i]->has_ended();
    }
    if (interrupts.signal() != 0) {
      for (const auto& process : processes) {
        if (!process->has_ended()) process->finish();
      }
      return;
    }
    if (!any) return wait_for_our_signal(processes, interrupts);
    progress.look();
  }
}

// The search that a process was in when it was ended.
std::optional<Outcome> cut_off(const ExploredProcess& process, const ExploreArguments& arguments) {
  const controlled::SessionPage& page = process.page();
  if (page.searches == page.finished) return std::nullopt;
  Outcome outcome;
  outcome.program.emplace();
  outcome.program->name = std::filesystem::path(arguments.program.front()).filename().string();
  outcome.program->tsan = true;
  outcome.exploration.emplace();
  Exploration& exploration = *outcome.exploration;
  exploration.name.assign(&page.name[0], strnlen(&page.name[0], sizeof page.name));
  exploration.strategy.assign(&page.strategy[0], strnlen(&page.strategy[0], sizeof page.strategy));
  exploration.seed = page.seed;
  exploration.asked = page.asked;
  exploration.shards.push_back({1, page.executions - page.begun, false});
  for (std::uint32_t i = 0; i < page.traces.kept(); ++i)
    exploration.traces.push_back(page.traces.kept(i));
  return outcome;
}

void keep_logs(const ExploreArguments& arguments, const Processes& processes) {
  if (arguments.log.empty()) return;
  std::string all;
  for (const auto& process : processes) all += read_file(process->log()).value_or("");
  write_file(arguments.log, all);
}

Report read_reports(const ExploreArguments& arguments, const Processes& processes,
                    const Shard& shard) {
  const std::string program = std::filesystem::path(arguments.program.front()).filename().string();
  std::vector<Report> reports;
  for (const auto& process : processes) {
    Suppressions suppressions = load_suppressions(arguments.suppressions, {});
    std::vector<std::string> refused;
    Report report;
    const std::optional<std::string> text = read_file(process->log());
    if (text && !text->empty()) {
      RunResult result =
          report_of_logs({{program, *text}}, arguments.command, suppressions, refused,
                         SourceRoots::of_current_folder(arguments.source_roots));
      for (const std::string& note : result.notes) say(note);
      report = std::move(result.report);
    } else {
      report = report_head(arguments.command);
    }
    if (std::optional<Outcome> rest = cut_off(*process, arguments))
      report.outcomes.push_back(std::move(*rest));
    name_explored(report, program, shard.number, shard.of);
    reports.push_back(std::move(report));
  }
  return add_up_jobs(std::move(reports));
}

void show_output(const ExploredProcess& process, std::size_t number, bool alone) {
  const std::string text = process.output();
  if (text.empty()) return;
  if (!alone) say("process " + std::to_string(number + 1) + " printed:");
  std::cout << text << (text.ends_with('\n') ? "" : "\n") << std::flush;
}

// Of a whole program: what the execution that failed has printed is all that is left of it.
void show_failing_output(const ExploredProcess& process) {
  const std::string text = process.output();
  if (text.empty()) return;
  std::cout << "The execution that failed printed:\n"
            << text << (text.ends_with('\n') ? "" : "\n") << std::flush;
}

bool ended_badly(const ExploredProcess& process) {
  return process.end().signal != 0 || process.end().exit_code != 0;
}

// A program that fails although nothing was found in a search of it: its own words say why.
bool complain_of_ends(const Processes& processes, bool is_whole, bool verbose) {
  bool failed = false;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const ExploredProcess& process = *processes[i];
    const bool unexplained = ended_badly(process) && process.page().failures == 0;
    if (is_whole && process.page().failures != 0) {
      show_failing_output(process);
    } else if (verbose || (unexplained && !failed)) {
      show_output(process, i, processes.size() == 1);
    }
    if (!unexplained || failed) continue;
    failed = true;
    const ProcessEnd& end = process.end();
    say(end.signal != 0 ? "the program was ended by signal " + std::to_string(end.signal)
                        : "the program ended with exit code " + std::to_string(end.exit_code) +
                              ", and nothing was found in its searches");
  }
  return failed;
}

void require_answers(const Processes& processes, const std::string& program) {
  for (const auto& process : processes) {
    if (process->page().answered != 0 && process->page().why_not[0] == 0) continue;
    show_output(*process, 0, true);
    throw UsageError("cannot explore " + shown(program) + ": " + why_not(process->page()));
  }
  for (const auto& process : processes) {
    if (process->page().searches != 0) return;
  }
  show_output(*processes.front(), 0, true);
  throw UsageError(
      shown(program) +
      " ended without a call of gridlock::explore(): no test of it was chosen, or none explores");
}

int explore_in(const ExploreArguments& arguments, const TempDir& folder) {
  if (!folder.note().empty()) say(folder.note());
  const Explorable program = find_explorable(arguments.program.front());
  const Shard shard =
      arguments.shard.empty() ? shard_of_surroundings() : shard_of_word(arguments.shard);
  require_one_process(arguments, shard);
  require_report_folder(arguments.report_folder);
  require_writable(arguments.outputs);
  const std::optional<Report> baseline = load_baseline(arguments.baseline);
  load_suppressions(arguments.suppressions, {});
  if (!shard.from.empty() && shard.of > 1) {
    say("shard " + std::to_string(shard.number) + " of " + std::to_string(shard.of) + " (" +
        shard.from + ")");
  }

  Interrupts interrupts;
  Processes processes;
  for (int job = 0; job < arguments.jobs; ++job) {
    processes.push_back(
        std::make_unique<ExploredProcess>(folder.path(), job, wishes_of(arguments, shard, job),
                                          std::vector<std::pair<std::string, std::string>>{}));
    processes.back()->start(program, arguments.program);
  }
  wait_for(processes, interrupts);
  keep_logs(arguments, processes);
  const bool interrupted = interrupts.signal() != 0;
  if (!interrupted) require_answers(processes, arguments.program.front());

  Report report = read_reports(arguments, processes, shard);
  report.command = shell_quoted(arguments.command);
  if (baseline) compare_with(report, *baseline, arguments.baseline);
  const bool failed =
      !interrupted && complain_of_ends(processes, program.is_whole(), arguments.verbose);
  std::cout << to_text(report, text_options(STDOUT_FILENO, arguments.color, arguments.verbose))
            << std::flush;
  write_report_folder(arguments.report_folder, report, std::cout);
  write_outputs(arguments.outputs, report);
  const bool unused = complain_of_unused(arguments.suppressions, report);
  annotate(arguments.annotations, report);
  if (interrupted) {
    say("interrupted by " + std::string(signal_name(interrupts.signal())) +
        "; the report has what was done by then");
    return kExitSignalBase + interrupts.signal();
  }
  return failed || unused || has_news(report) ? kExitDiffers : kExitOk;
}

}  // namespace

int explore_program(const ExploreArguments& arguments) {
  if (arguments.program.empty())
    throw UsageError("explore: name a program: gridlock explore [OPTIONS] -- PROGRAM");
  try {
    const TempDir folder;
    return explore_in(arguments, folder);
  } catch (const TempDirError& error) {
    throw UsageError(error.what());
  } catch (const std::system_error& error) {
    throw UsageError(error.what());
  }
}

}  // namespace gridlock::internal
