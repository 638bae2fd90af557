// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/exec_command.h"

#include <gridlock/report.h>

#include "harness/cli/baseline_file.h"
#include "harness/cli/command.h"
#include "harness/cli/confirm.h"
#include "harness/cli/history_command.h"
#include "harness/cli/input_files.h"
#include "harness/cli/messages.h"
#include "harness/cli/next_step.h"
#include "harness/cli/outputs.h"
#include "harness/cli/suppression_file.h"
#include "harness/cli/terminal.h"
#include "harness/cli/watchable.h"
#include "harness/cli/watched_process.h"
#include "harness/cli/words.h"
#include "harness/platform/followed_memory.h"
#include "harness/scenario/child_env.h"
#include "harness/scenario/program_report.h"
#include "harness/scenario/source_roots.h"
#include "harness/scenario/source_text.h"
#include "harness/scenario/spawn.h"
#include "harness/scenario/temp_dir.h"
#include "harness/scenario/verdict.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace gridlock::internal {
namespace {

constexpr int kLookForHangMs = 250;  // for a hang that the program is left in

void check_exec_settings(const std::vector<std::string>& settings) {
  const std::string error = settings_error(settings, {{"log_path=", "say --log"},
                                                      {"exit_code=", "say --error-exitcode"},
                                                      {"on_deadlock=", "say --on-deadlock"}});
  if (!error.empty()) throw UsageError("--set: " + error);
}

// The options of the runtime: our wishes, then the user's own, then what the report depends on.
std::string runtime_options(const ExecArguments& arguments, const std::string& log) {
  std::string options = "crash_handler=0";
  if (const char* const own = std::getenv("GRIDLOCK_OPTIONS"); own != nullptr && *own != '\0')
    options += ":" + std::string(own);
  for (const std::string& setting : arguments.settings) options += ":" + setting;
  if (arguments.hang != 0) options += ":hang=" + std::to_string(arguments.hang);
  // To be left in a hang means that no wait is ended: there is nobody to throw to.
  const std::string& word = arguments.on_deadlock;
  options += word == "leave"   ? ":on_deadlock=throw"
             : word == "abort" ? ":on_deadlock=abort"
                               : ":on_deadlock=report";
  return options + ":quiet=1:exit_code=0:log_path=" + log;
}

/// What the log says so far.
class Findings {
 public:
  Findings(const ExecArguments& arguments, std::string log)
      : arguments_(arguments), log_(std::move(log)), baseline_(load_baseline(arguments.baseline)) {}

  /// Nothing if the program has left none.
  std::optional<Report> read() {
    std::optional<std::string> text = read_file(log_);
    if (!text || text->empty()) return std::nullopt;
    Suppressions suppressions = load_suppressions(arguments_.suppressions, arguments_.settings);
    std::vector<std::string> refused;
    const std::string name = std::filesystem::path(arguments_.program.front()).filename().string();
    RunResult result =
        report_of_logs({{name, std::move(*text)}}, arguments_.command, suppressions, refused,
                       SourceRoots::of_current_folder(arguments_.source_roots));
    for (const std::string& note : result.notes) say(note);
    drop_repeated_findings(result.report);
    if (baseline_) compare_with(result.report, *baseline_, arguments_.baseline);
    return std::move(result.report);
  }

  /// On stderr, unless there is nothing new to tell of.
  void show(const Report& report, bool is_running = false) {
    std::size_t count = 0;
    for (const Outcome& outcome : report.outcomes) count += outcome.findings.size();
    if (count == shown_ && (count != 0 || !arguments_.verbose)) return;
    shown_ = count;
    std::cerr << to_text(report, text_options(STDERR_FILENO, arguments_.color, arguments_.verbose))
              << next_step(arguments_, report, is_running) << std::flush;
  }

  void show_so_far() {
    if (const std::optional<Report> report = read()) show(*report, true);
  }

 private:
  const ExecArguments& arguments_;
  std::string log_;
  std::optional<Report> baseline_;
  std::size_t shown_ = 0;
};

// Compared with a baseline: that are new.
bool any_findings(const Report& report) {
  return std::ranges::any_of(report.outcomes, [&](const Outcome& outcome) {
    return std::ranges::any_of(outcome.findings, [&](const Finding& finding) {
      return baseline_state(finding, report) != "unchanged";
    });
  });
}

// What the processes of the program have in common; without it nothing is found among them. A limit on the size of files
// would send a signal.
Fd followed_memory() {
  rlimit limit{};
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur < kFollowedBytes) return Fd();
  Fd memory(memfd_create("gridlock", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory.valid() || ftruncate(memory.get(), static_cast<off_t>(kFollowedBytes)) != 0 ||
      fcntl(memory.get(), F_ADD_SEALS, kFollowedSeals) != 0)
    return Fd();
  return memory;
}

std::string path_for_others(int fd) {
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd);
}

std::string log_path(const ExecArguments& arguments, const TempDir& folder) {
  if (arguments.log.empty()) return folder.path() + "/log.jsonl";
  const std::string path = std::filesystem::absolute(arguments.log).string();
  if (!fits_into_an_option(path))
    throw UsageError("--log: " + shown(path) + ": a log cannot have this name");
  return path;
}

struct Input {
  long offset = -1;      // where it stands, if it is a file
  bool is_lost = false;  // it can be read once
};

Input standard_input() {
  struct stat facts{};
  struct stat nothing{};
  if (fstat(STDIN_FILENO, &facts) != 0) return {};
  if (S_ISREG(facts.st_mode))
    return {.offset = static_cast<long>(lseek(STDIN_FILENO, 0, SEEK_CUR))};
  const bool is_null = stat("/dev/null", &nothing) == 0 && nothing.st_rdev == facts.st_rdev &&
                       S_ISCHR(facts.st_mode);
  return {.is_lost = !is_null};
}

// A fresh run ends when it hangs, and what is not proved is no hang of it.
std::function<std::vector<std::pair<std::string, std::string>>(const std::string&,
                                                               const std::string&)>
fresh_variables(const ExecArguments& arguments, const WatchedProgram& watched) {
  return [&](const std::string& log, const std::string& plan) {
    auto variables = watched.variables;
    for (auto& [name, value] : variables) {
      if (name == "GRIDLOCK_OPTIONS")
        value = runtime_options(arguments, log) + ":on_deadlock=report:hang=0:steer=" + plan;
    }
    return variables;
  };
}

/// How the program ended, or the exit code in place of it.
struct End {
  int status;
  std::optional<int> exit_code;
};

End execute_in(const ExecArguments& arguments, const TempDir& folder) {
  if (!folder.note().empty()) say(folder.note());
  check_exec_settings(arguments.settings);
  load_suppressions(arguments.suppressions, arguments.settings);
  require_report_folder(arguments.report_folder);
  require_writable(arguments.outputs);
  require_history(arguments.history, arguments.outputs);
  const std::string program = find_program(arguments.program.front());
  require_watchable(program, true);
  const std::string library = find_watch_library();
  const std::string log = log_path(arguments, folder);

  Findings findings(arguments, log);
  WatchedProgram watched{.file = program,
                         .words = arguments.program,
                         .variables = {{"LD_PRELOAD", preloaded(library)},
                                       {"GRIDLOCK_OPTIONS", runtime_options(arguments, log)}},
                         .own_pid = arguments.follow ? "" : "GRIDLOCK_WATCH"};
  if (arguments.follow) watched.variables.emplace_back("GRIDLOCK_WATCH", "all");
  const Fd memory = followed_memory();
  if (memory.valid())
    watched.variables.emplace_back(&kFollowedVariable[0], path_for_others(memory.get()));
  const int look_ms = arguments.on_deadlock == "leave" ? kLookForHangMs : 0;
  const Input input = standard_input();
  const auto begin = std::chrono::steady_clock::now();
  const int status = run_in_foreground(watched, look_ms, [&findings] { findings.show_so_far(); });
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;

  std::optional<Report> report = findings.read();
  if (!report) {
    say(shown(arguments.program.front()) +
        " was not watched: it contains Gridlock itself, or did not load the library");
    return {status, std::nullopt};
  }
  if (arguments.confirm != 0) {
    confirm_findings(*report, {.file = program,
                               .words = arguments.program,
                               .variables = fresh_variables(arguments, watched),
                               .own_pid = watched.own_pid,
                               .folder = folder.path(),
                               .at_most = arguments.confirm,
                               .first_seconds = took.count(),
                               .first_status = status,
                               .timeout = arguments.confirm_timeout,
                               .stdin_offset = input.offset,
                               .input_is_lost = input.is_lost,
                               .shows_output = arguments.verbose});
  }
  const HistoryLine history = keep_in_history(arguments.history, *report);
  findings.show(*report);
  write_report_folder(arguments.report_folder, *report, std::cerr);
  write_outputs(arguments.outputs, *report);
  const std::string& kept = history.text();
  if (arguments.verbose || any_findings(*report)) std::cerr << kept << std::flush;
  const bool unused = complain_of_unused(arguments.suppressions, *report);
  if (arguments.error_exit_code >= 0 && (any_findings(*report) || unused))
    return {status, arguments.error_exit_code};
  return {status, std::nullopt};
}

}  // namespace

int execute(const ExecArguments& arguments) {
  if (arguments.program.empty())
    throw UsageError("exec: name a program: gridlock exec [OPTIONS] -- PROGRAM");
  End end{};
  try {
    const TempDir folder;
    end = execute_in(arguments, folder);
  } catch (const TempDirError& error) {
    throw UsageError(error.what());
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
  return end.exit_code ? *end.exit_code : end_like(end.status);
}

}  // namespace gridlock::internal
