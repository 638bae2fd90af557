// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/child_env.h"

#include <cstdlib>
#include <string_view>

#include "harness/scenario/own_environment.h"

namespace gridlock::internal {
namespace {

constexpr std::string_view kGridlock = "GRIDLOCK_OPTIONS";
constexpr std::string_view kTsan = "TSAN_OPTIONS";
constexpr std::string_view kAsan = "ASAN_OPTIONS";
constexpr std::string_view kUbsan = "UBSAN_OPTIONS";
// A crash shall end the process by its signal, not as an exit code of a sanitizer.
constexpr std::string_view kNoHandlers = "handle_segv=0:handle_sigbus=0:handle_sigfpe=0";

// What we say and what the user says of this variable.
std::string setting(std::string_view variable, const std::string& ours, const std::string& later) {
  const std::string name(variable);
  const char* const value = std::getenv(name.c_str());
  const bool is_set = value != nullptr && *value != '\0';
  return name + '=' + ours + (is_set ? ":" + std::string(value) : std::string()) + later;
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
  std::vector<std::string> result = own_environment([](std::string_view name) {
    return name == kGridlock || name == kTsan || name == kAsan || name == kUbsan;
  });

  std::string later;
  for (const std::string& each : settings) later += ":" + each;
  later += ":log_path=" + paths.findings_log + ":dump_signal=3:exit_code=0";
  result.push_back(setting(kGridlock, "on_deadlock=report:crash_handler=1:quiet=1", later));

  std::string tsan =
      "exitcode=66:history_size=7:detect_deadlocks=0:atexit_sleep_ms=0:die_after_fork=0:";
  tsan += kNoHandlers;
  if (known_to_tsan(symbolizer)) tsan += ":external_symbolizer_path=" + symbolizer;
  result.push_back(setting(kTsan, tsan, ":log_path=" + paths.tsan_log));

  for (const std::string_view each : {kAsan, kUbsan})
    result.push_back(setting(each, std::string(kNoHandlers), ""));
  return result;
}

}  // namespace gridlock::internal
