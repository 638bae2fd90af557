// SPDX-License-Identifier: Apache-2.0
#include <gridlock/report.h>

#include "harness/cli/command.h"
#include "harness/cli/explore_command.h"
#include "harness/cli/explored_process.h"
#include "harness/cli/interrupts.h"
#include "harness/cli/messages.h"
#include "harness/cli/outputs.h"
#include "harness/cli/terminal.h"
#include "harness/cli/watchable.h"
#include "harness/cli/words.h"
#include "harness/scenario/explored_reports.h"
#include "harness/scenario/finish_report.h"
#include "harness/scenario/program_report.h"
#include "harness/scenario/source_roots.h"
#include "harness/scenario/source_text.h"
#include "harness/scenario/suppressions.h"
#include "harness/scenario/temp_dir.h"
#include "harness/schedule/replay.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <optional>
#include <utility>

namespace gridlock::internal {
namespace {

controlled::Schedule schedule_of(const std::string& line) {
  controlled::Schedule schedule;
  if (const char* const wrong = controlled::read_replay(line.c_str(), schedule))
    throw UsageError(shown(line) + " is no replay line: " + wrong);
  return schedule;
}

// A debugger has the terminal, so it takes the place of this process.
[[noreturn]] void become_gdb(const ReplayArguments& arguments, const Explorable& program,
                             const controlled::Schedule& schedule) {
  const std::string step = arguments.step.empty() ? std::to_string(schedule.steps) : arguments.step;
  const std::string gdb = find_program("gdb");
  std::vector<std::string> words{
      "gdb", "-q",
      "-ex", "set breakpoint pending on",
      "-ex", "set follow-fork-mode child",  // the execution's process is a child
      "-ex", "break gridlock_explore_stop"};
  // Not in front of the shell that starts it otherwise.
  if (program.is_whole()) {
    words.insert(words.end(), {"-ex", "set startup-with-shell off", "-ex",
                               "set environment LD_PRELOAD " + preloaded(program.library)});
  }
  words.insert(words.end(), {"-ex", "run", "-ex", "backtrace", "--args", program.file});
  words.insert(words.end(), arguments.program.begin() + 1, arguments.program.end());
  setenv("GRIDLOCK_REPLAY", arguments.line.c_str(), 1);
  setenv(controlled::kSessionVariable, ("stop=" + step).c_str(), 1);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::cout << std::flush;
  execv(gdb.c_str(), argv.data());
  throw UsageError("cannot run gdb: " + std::string(std::strerror(errno)));
}

bool wait_for(ExploredProcess& process, Interrupts& interrupts) {
  for (;;) {
    pollfd watched[] = {{process.pidfd(), POLLIN, 0}, {interrupts.fd(), POLLIN, 0}};
    const int ready = poll(&watched[0], 2, -1);
    if (ready < 0 && errno == EINTR) continue;
    process.finish();
    return interrupts.signal() == 0;
  }
}

bool has_failed(const Outcome& outcome) { return !outcome.exploration->failure.empty(); }
bool has_diverged(const Outcome& outcome) { return !outcome.exploration->diverged.empty(); }

std::string where(const Outcome& outcome) {
  return outcome.exploration->name.empty() ? "" : " in " + outcome.name;
}

// One line on what came of it: each test of the program that ran was given the line.
int say_what_came(const std::vector<Outcome>& outcomes) {
  const auto find = [&](auto&& wanted) -> const Outcome* {
    const auto found = std::ranges::find_if(outcomes, wanted);
    return found == outcomes.end() ? nullptr : &*found;
  };
  const auto same = [](const Outcome& outcome) { return !has_diverged(outcome); };
  if (const Outcome* const one = find([&](const Outcome& o) { return same(o) && has_failed(o); })) {
    std::cout << "reproduced" << where(*one) << ": " << one->exploration->failure << ", the same "
              << one->exploration->steps << " steps\n";
    return kExitDiffers;
  }
  if (const Outcome* const one = find(same)) {
    std::cout << "not reproduced" << where(*one) << ": the same " << one->exploration->steps
              << " steps, and nothing failed\n";
    return kExitOk;
  }
  const Outcome* const failed = find(has_failed);
  for (const Outcome& outcome : outcomes)
    std::cout << outcome.name << ": " << outcome.exploration->diverged;
  if (failed != nullptr) {
    std::cout << "not reproduced, but another execution failed" << where(*failed) << ": "
              << failed->exploration->failure << '\n';
    return kExitDiffers;
  }
  std::cout << "not reproduced: the replay diverged, and nothing failed\n";
  return kExitOk;
}

int replay_in(const ReplayArguments& arguments, const TempDir& folder) {
  const controlled::Schedule schedule = schedule_of(arguments.line);
  const Explorable program = find_explorable(arguments.program.front());
  require_writable(arguments.outputs);
  if (arguments.gdb) become_gdb(arguments, program, schedule);

  Interrupts interrupts;
  ExploredProcess process(folder.path(), 0, {}, {{"GRIDLOCK_REPLAY", arguments.line}});
  process.start(program, arguments.program);
  if (!wait_for(process, interrupts)) return kExitSignalBase + interrupts.signal();
  const std::string output = process.output();
  if (process.page().replays == 0) {
    std::cout << output << std::flush;
    if (process.page().answered == 0 || process.page().why_not[0] != 0)
      throw UsageError("cannot explore " + shown(arguments.program.front()) + ": " +
                       why_not(process.page()));
    throw UsageError(
        shown(arguments.program.front()) +
        " ended without a call of gridlock::explore(): no test of it was chosen, or none explores");
  }
  Suppressions none;
  std::vector<std::string> refused;
  const std::string name = std::filesystem::path(program.file).filename().string();
  RunResult result =
      report_of_logs({{name, read_file(process.log()).value_or("")}}, arguments.command, none,
                     refused, SourceRoots::of_current_folder(arguments.source_roots));
  for (const std::string& note : result.notes) say(note);
  Report& report = result.report;
  name_explored(report, name, 1, 1);
  // What another test made of the line is of no interest once one has done what it says.
  const bool any_same = std::ranges::any_of(
      report.outcomes, [](const Outcome& outcome) { return !has_diverged(outcome); });
  if (any_same) std::erase_if(report.outcomes, has_diverged);
  if (arguments.verbose || program.is_whole()) std::cout << output;
  std::cout << to_text(report, text_options(STDOUT_FILENO, arguments.color, arguments.verbose));
  const int code = say_what_came(report.outcomes);
  std::cout << std::flush;
  write_outputs(arguments.outputs, report);
  return code;
}

}  // namespace

int replay_program(const ReplayArguments& arguments) {
  if (arguments.line.empty() || arguments.program.empty())
    throw UsageError(
        "replay: name a line and a program: gridlock replay [OPTIONS] LINE -- PROGRAM");
  if (!arguments.step.empty() && !arguments.gdb) throw UsageError("--step: only with --gdb");
  try {
    const TempDir folder;
    return replay_in(arguments, folder);
  } catch (const TempDirError& error) {
    throw UsageError(error.what());
  } catch (const std::system_error& error) {
    throw UsageError(error.what());
  }
}

}  // namespace gridlock::internal
