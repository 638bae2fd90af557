// SPDX-License-Identifier: Apache-2.0
//
// A program that this library was linked into, or preloaded without `gridlock exec`: nobody reads the log for it, so
// at its end the command `gridlock` is asked to, if it lies beside the library as it was built or installed. It is
// started by clone(2), without libc and without an exit signal: neither a handler of the program's nor its wait(2) meets it.
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include <atomic>

#include "harness/interpose/watch.h"
#include "harness/platform/mappings.h"
#include "harness/platform/privileges.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/stacks.h"
#include "harness/platform/syscall.h"
#include "harness/platform/utf8.h"
#include "harness/platform/words.h"
#include "harness/runtime/core/host.h"
#include "harness/runtime/core/options.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): libc's

namespace gridlock::internal {
namespace {

constexpr u32 kMaxVariables = 4096;
constexpr u32 kPath = 1024;

bool g_shows = false;
std::atomic<int> g_shown_pid{0};
char* g_environment[kMaxVariables + 2];

bool is_given(const char* variable) noexcept { return find_variable(variable)[0] != 0; }

// The folder of this library, with the '/' behind it. The program may have changed its folder, so what it was loaded by says
// nothing.
bool find_own_folder(Words& out) noexcept {
  return find_mapping<kPath + 128>([&](const Mapping& mapping, char* line) {
    if (own_address() < mapping.first || own_address() >= mapping.last) return false;
    while (*line != 0 && *line != '/') ++line;
    u32 length = length_of(line);
    while (length != 0 && line[length - 1] != '/') --length;
    line[length] = 0;
    out.text(line);
    return length != 0;
  });
}

bool is_executable(const char* path) noexcept {
  constexpr int kExecutable = 1;  // X_OK
  constexpr int kHere = -100;     // AT_FDCWD
  return raw_syscall(SYS_faccessat, kHere, as_argument(path), kExecutable) == 0;
}

bool find_command(char* out, u32 size) noexcept {
  if (has_more_rights_than_its_caller()) return false;
  if (is_given("GRIDLOCK_COMMAND")) {
    Words(out, size).text(find_variable("GRIDLOCK_COMMAND"));
    return is_executable(out);
  }
  char folder[kPath];
  Words words(&folder[0], sizeof folder);
  if (!find_own_folder(words)) return false;
  for (const char* const place : {"../bin/gridlock", "../../bin/gridlock", "../cli/gridlock"}) {
    Words(out, size).text(&folder[0]).text(place);
    if (is_executable(out)) return true;
  }
  return false;
}

// "bank", for the title of the report.
void name_program(char* out, u32 size) noexcept {
  constexpr int kHere = -100;
  char path[kPath];
  const i64 length = raw_syscall(SYS_readlinkat, kHere, as_argument("/proc/self/exe"),
                                 as_argument(&path[0]), sizeof path - 1);
  path[length > 0 ? length : 0] = 0;
  const char* name = &path[0];
  for (const char* at = name; *at != 0; ++at) {
    if (*at == '/') name = at + 1;
  }
  Words(out, size).text(*name != 0 ? name : "program");
}

bool same_variable(const char* entry, const char* name) noexcept {
  const u32 length = length_of(name);
  return same_text(entry, name, length) && entry[length] == '=';
}

// The command itself is not to be watched, nor is what it starts.
void make_environment() noexcept {
  static char unwatched[] = "GRIDLOCK_WATCH=0";
  u32 count = 0;
  for (char** entry = environ; entry != nullptr && *entry != nullptr && count < kMaxVariables;
       ++entry) {
    if (!same_variable(*entry, "LD_PRELOAD") && !same_variable(*entry, "GRIDLOCK_WATCH"))
      g_environment[count++] = *entry;
  }
  g_environment[count++] = &unwatched[0];
  g_environment[count] = nullptr;
}

[[noreturn]] void become(const char* command, const char* name, const char* log) noexcept {
  constexpr int kFailed = 127;
  raw_syscall(SYS_dup3, 2, 1, 0);
  struct KernelAction {
    u64 handler, flags, restorer, mask;
  };
  const KernelAction usual{};
  for (const int signal : {SIGCHLD, SIGPIPE, SIGINT, SIGTERM, SIGHUP})
    raw_syscall(SYS_rt_sigaction, signal, as_argument(&usual), 0, sizeof usual.mask);
  const u64 none = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, as_argument(&none), 0, sizeof none);
  const char* const words[] = {"gridlock", "report", "--at-end", name, "--", log, nullptr};
  raw_syscall(SYS_execve, as_argument(command), as_argument(&words[0]),
              as_argument(&g_environment[0]));
  exit_now(kFailed);
}

bool show_by(const char* command, const char* log) noexcept {
  char name[kPath];
  name_program(&name[0], sizeof name);
  make_environment();
  const i64 child = raw_syscall(SYS_clone);
  if (child == 0) become(command, &name[0], log);
  if (child < 0) return false;
  constexpr i64 kInterrupted = -4;  // -EINTR
  int status = -1;
  i64 ended = 0;
  do {
    ended = raw_syscall(SYS_wait4, child, as_argument(&status), __WALL, 0);
  } while (ended == kInterrupted);
  return ended == child && status == 0;
}

void write_log_name(char* out, u32 size, const char* pattern) noexcept {
  Words words(out, size);
  for (const char* at = pattern; *at != 0; ++at) {
    if (at[0] == '%' && at[1] == 'p') {
      words.number(static_cast<u32>(process_id()));
      ++at;
    } else {
      words.letter(*at);
    }
  }
}

}  // namespace

// Findings are shown where the program can be asked for nothing: it was not told where a log is to be, and not to be
// quiet. Its exit code is its own, as `gridlock exec` has it.
void host_completes_options(Options& options) noexcept {
  if (!options.exit_code_given) options.exit_code = 0;
  if (is_given("GRIDLOCK_WATCH") || options.log_path_given || options.quiet ||
      has_more_rights_than_its_caller())
    return;
  g_shows = true;
  options.quiet = options.suppressions.value[0] != 0;  // only the reader knows which findings count
  const char* const folder = find_variable("TMPDIR");
  Words(&options.log_path.value[0], sizeof options.log_path.value)
      .text(*folder != 0 ? folder : "/tmp")
      .text("/gridlock.%p.jsonl");
}

bool host_shows_findings() noexcept { return g_shows; }

void host_log_is_complete() noexcept {
  if (!g_shows || g_shown_pid.exchange(process_id()) == process_id()) return;
  char log[kPath + 64];
  write_log_name(&log[0], sizeof log, &options().log_path.value[0]);
  char command[kPath + 64];
  constexpr int kHere = -100;
  if (find_command(&command[0], sizeof command) && show_by(&command[0], &log[0])) {
    raw_syscall(SYS_unlinkat, kHere, as_argument(&log[0]), 0);
    return;
  }
  say("gridlock: findings are in ");
  say_shown(&log[0]);
  say("; read them with: gridlock report ");
  say_shown(&log[0]);
  say("\n");
}

}  // namespace gridlock::internal
