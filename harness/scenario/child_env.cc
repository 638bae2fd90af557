// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/child_env.h"

#include <cstdlib>
#include <string_view>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace gridlock::internal {
namespace {

constexpr std::string_view kGridlock = "GRIDLOCK_OPTIONS=";
constexpr std::string_view kTsan = "TSAN_OPTIONS=";
constexpr std::string_view kAsan = "ASAN_OPTIONS=";
constexpr std::string_view kUbsan = "UBSAN_OPTIONS=";
// A crash shall end the process by its signal, not as an exit code of a sanitizer.
constexpr std::string_view kNoHandlers = "handle_segv=0:handle_sigbus=0:handle_sigfpe=0";

std::string users_own(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? ":" + std::string(value) : std::string();
}

// ThreadSanitizer refuses to start with a symbolizer whose name it does not know.
bool known_to_tsan(const std::string& symbolizer) {
  const std::string_view path = symbolizer;
  return path.substr(path.rfind('/') + 1).starts_with("llvm-symbolizer") &&
         fits_into_an_option(symbolizer);
}

}  // namespace

bool fits_into_an_option(const std::string& path) {
  return path.find_first_of(" ,:\t\r\n'\"=%") == std::string::npos;
}

std::vector<std::string> child_environment(const ChildPaths& paths,
                                           const std::vector<std::string>& settings,
                                           const std::string& symbolizer) {
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const bool ours = text.starts_with(kGridlock) || text.starts_with(kTsan) ||
                      text.starts_with(kAsan) || text.starts_with(kUbsan);
    if (!ours) result.emplace_back(text);
  }

  std::string gridlock(kGridlock);
  gridlock += "on_deadlock=report:crash_handler=1:quiet=1" + users_own("GRIDLOCK_OPTIONS");
  for (const std::string& setting : settings) gridlock += ":" + setting;
  gridlock += ":log_path=" + paths.findings_log + ":dump_signal=3:exit_code=0";
  result.push_back(gridlock);

  std::string tsan(kTsan);
  tsan += "exitcode=66:history_size=7:detect_deadlocks=0:atexit_sleep_ms=0:die_after_fork=0:";
  tsan += kNoHandlers;
  if (known_to_tsan(symbolizer)) tsan += ":external_symbolizer_path=" + symbolizer;
  tsan += users_own("TSAN_OPTIONS") + ":log_path=" + paths.tsan_log;
  result.push_back(tsan);

  result.push_back(std::string(kAsan) + std::string(kNoHandlers) + users_own("ASAN_OPTIONS"));
  result.push_back(std::string(kUbsan) + std::string(kNoHandlers) + users_own("UBSAN_OPTIONS"));
  return result;
}

}  // namespace gridlock::internal
