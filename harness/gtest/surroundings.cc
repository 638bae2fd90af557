// SPDX-License-Identifier: Apache-2.0
//
// The observer reads its options when the process begins, before anything of the program. So the program begins again, once, with
// those that tests need: a folder for the logs, no lines on stderr, the program's own exit code.
#include <gridlock/testing/log.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

namespace gridlock::testing::internal {
namespace {

constexpr int kDumpSignal = 40;
constexpr long kPatience = 60;
constexpr const char* kMark = "GRIDLOCK_TEST_LOGS";  // PID:FOLDER, of the first process

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// The value of one of the observer's options, empty if it is not given; the last one counts.
std::string option(std::string_view name) {
  const std::string all = variable("GRIDLOCK_OPTIONS");
  std::string result;
  std::string_view rest = all;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(':'));
    if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=')
      result = one.substr(name.size() + 1);
    rest.remove_prefix(one.size() < rest.size() ? one.size() + 1 : one.size());
  }
  return result;
}

bool has_argument(int count, char** arguments, std::string_view start) {
  for (int i = 1; i < count; ++i) {
    if (std::string_view(arguments[i]).starts_with(start)) return true;
  }
  return false;
}

bool g_in_death_test = false;

void begin_again(char** arguments) {
  std::string folder = variable("TMPDIR");
  folder = (folder.empty() ? "/tmp" : folder) + "/gridlock-test-XXXXXX";
  if (folder.find(':') != std::string::npos || mkdtemp(folder.data()) == nullptr) return;
  const std::string options = variable("GRIDLOCK_OPTIONS");
  const std::string ours = options_of_tests() + std::string(":dump_signal=") +
                           std::to_string(kDumpSignal) + ":log_path=" + folder + "/%p.jsonl";
  setenv("GRIDLOCK_OPTIONS", (options.empty() ? ours : ours + ":" + options).c_str(), 1);
  setenv(kMark, (std::to_string(getpid()) + ":" + folder).c_str(), 1);
  execv("/proc/self/exe", arguments);
  rmdir(folder.c_str());  // it cannot: then the tests go on unwatched, which is said
}

// glibc hands these to each such function.
__attribute__((constructor(1000))) void begin(int count, char** arguments) {
  g_in_death_test = has_argument(count, arguments, "--gtest_internal_run_death_test");
  if (has_argument(count, arguments, "--gtest_list_tests")) return;
  if (option("log_path").empty()) begin_again(arguments);
  std::atexit(&remove_logs);
}

bool has_debugger() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("TracerPid:")) return line.find_first_of("123456789") != std::string::npos;
  }
  return false;
}

std::size_t count_threads() {
  std::size_t threads = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator task("/proc/self/task", error), end;
       !error && task != end; task.increment(error))
    ++threads;
  return threads;
}

/// Threads of the program are not in a copy of the process. ThreadSanitizer has one of its own. One that was just joined is
/// listed until the kernel is done with it.
bool has_more_threads() {
  constexpr std::size_t kOwn = kLooksForDataRaces ? 2 : 1;
  constexpr int kLooks = 100;
  for (int look = 0; look < kLooks; ++look) {
    if (count_threads() <= kOwn) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace

void remove_logs() {
  const std::string mark = variable(kMark);
  const std::string own = std::to_string(getpid()) + ":";
  if (!mark.starts_with(own)) return;
  std::error_code error;
  std::filesystem::remove_all(mark.substr(own.size()), error);
}

std::string log_of(pid_t process) {
  std::string path = option("log_path");
  const std::size_t place = path.find("%p");
  return place == std::string::npos ? path : path.replace(place, 2, std::to_string(process));
}

int dump_signal() {
  return static_cast<int>(std::strtol(option("dump_signal").c_str(), nullptr, 10));
}

bool wants_isolation() {
  return !g_in_death_test && variable("GRIDLOCK_TEST_ISOLATION") != "0" && !has_debugger() &&
         !has_more_threads();
}

long patience() {
  const std::string said = variable("GRIDLOCK_TEST_TIMEOUT");
  return said.empty() ? kPatience : std::strtol(said.c_str(), nullptr, 10);
}

std::string command() {
  const std::string said = variable("GRIDLOCK_COMMAND");
  for (const std::string& one : {said, std::string(GRIDLOCK_COMMAND_FILE)}) {
    if (!one.empty() && access(one.c_str(), X_OK) == 0) return one;
  }
  return "";
}

std::string folder_of_pages() { return variable("GRIDLOCK_TEST_PAGES"); }

}  // namespace gridlock::testing::internal
