// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into a run: at a certain fork or exec of it somebody is killed, so that the moments in
// between are met for sure and not by chance. KILLED_AT is "fork N" (the process that makes the
// N-th fork of its line, when the child exists) or "exec N WHOM" (after N forks, before the exec:
// the "worker" that is the parent, the "front" that is its parent, or "both").
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace {

int g_forks = 0;

pid_t parent_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return -1;
  std::istringstream rest(text.substr(end_of_name + 1));
  char state = 0;
  pid_t parent = -1;
  rest >> state >> parent;
  return parent;
}

// KILLED_AT, if that is now.
std::string whom(const std::string& where) {
  const char* const at = std::getenv("KILLED_AT");
  std::istringstream words(at != nullptr ? at : "");
  std::string wanted_where;
  std::string who;
  int wanted = 0;
  words >> wanted_where >> wanted >> who;
  if (wanted_where != where || wanted != g_forks) return {};
  return who.empty() ? "itself" : who;
}

}  // namespace

extern "C" pid_t fork() {
  const auto real = reinterpret_cast<pid_t (*)()>(dlsym(RTLD_NEXT, "fork"));
  const pid_t pid = real();
  ++g_forks;
  if (pid > 0 && !whom("fork").empty()) std::raise(SIGKILL);
  return pid;
}

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's are reserved names
extern "C" int execve(const char* program, char* const* argv, char* const* environment) {
  using Execve = int (*)(const char*, char* const*, char* const*);
  const auto real = reinterpret_cast<Execve>(dlsym(RTLD_NEXT, "execve"));
  if (const std::string killed = whom("exec"); !killed.empty()) {
    const pid_t worker = getppid();
    const pid_t front = parent_of(worker);
    if (killed != "worker" && front > 1) kill(front, SIGKILL);
    if (killed != "front" && worker > 1) kill(worker, SIGKILL);
  }
  return real(program, argv, environment);
}
