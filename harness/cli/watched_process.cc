// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/watched_process.h"

#include "harness/cli/actions.h"
#include "harness/cli/command.h"
#include "harness/cli/words.h"
#include "harness/scenario/spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace gridlock::internal {
namespace {

constexpr int kHandedOn[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGWINCH};

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kHandedOn) sigaddset(&set, signal);
  sigaddset(&set, SIGUSR2);
  sigaddset(&set, SIGCHLD);
  return set;
}

[[noreturn]] void become(const WatchedProgram& program, const sigset_t& mask, int error_pipe) {
  for (const auto& [name, value] : program.variables) setenv(name.c_str(), value.c_str(), 1);
  if (!program.own_pid.empty())
    setenv(program.own_pid.c_str(), std::to_string(getpid()).c_str(), 1);
  std::vector<char*> words;
  for (const std::string& word : program.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  execv(program.file.c_str(), words.data());
  const int error = errno;
  if (write(error_pipe, &error, sizeof error) < 0) _exit(kExitInternal);
  _exit(kExitUsage);
}

// The errno of an exec that failed; 0: it runs.
int exec_error(int pipe) {
  int error = 0;
  ssize_t size = 0;
  do {
    size = read(pipe, &error, sizeof error);
  } while (size < 0 && errno == EINTR);
  return size == sizeof error ? error : 0;
}

// What a key of the terminal causes goes to all that are in the foreground.
bool came_from_terminal(const signalfd_siginfo& info) {
  const auto signal = static_cast<int>(info.ssi_signo);
  return info.ssi_code == SI_KERNEL &&
         (signal == SIGINT || signal == SIGQUIT || signal == SIGWINCH || signal == SIGHUP);
}

void take_signals(int signals, pid_t child, const std::function<void()>& look) {
  signalfd_siginfo info{};
  while (read(signals, &info, sizeof info) == sizeof info) {
    const auto signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGUSR2) {
      look();
    } else if (signal != SIGCHLD && !came_from_terminal(info)) {
      kill(child, signal);
    }
  }
}

}  // namespace

int run_in_foreground(const WatchedProgram& program, int look_ms,
                      const std::function<void()>& look) {
  struct sigaction child_signal{};
  child_signal.sa_handler = SIG_DFL;  // an ignored one, inherited, would lose the exit code
  sigaction(SIGCHLD, &child_signal, nullptr);
  const sigset_t set = watched_signals();
  sigset_t before;
  sigprocmask(SIG_BLOCK, &set, &before);
  const Fd signals(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  int ends[2] = {-1, -1};
  if (!signals.valid() || pipe2(&ends[0], O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot start a program");
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "cannot start a program");
  if (child == 0) become(program, before, write_end.get());
  write_end.reset();
  if (const int error = exec_error(read_end.get())) {
    waitpid(child, nullptr, 0);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    throw UsageError("cannot run " + shown(program.words.front()) + ": " + std::strerror(error));
  }
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) {
      std::signal(SIGUSR2, SIG_IGN);  // one that comes too late: all is shown now, anyhow
      sigprocmask(SIG_SETMASK, &before, nullptr);
      return status;
    }
    if (ended < 0 && errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "waitpid");
    pollfd watched{.fd = signals.get(), .events = POLLIN, .revents = 0};
    if (poll(&watched, 1, look_ms != 0 ? look_ms : -1) == 0) look();
    take_signals(signals.get(), child, look);
  }
}

int end_like(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  const int signal = WTERMSIG(status);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);  // the program has left one, if there is to be one
  std::signal(signal, SIG_DFL);
  raise(signal);
  return kExitSignalBase + signal;
}

}  // namespace gridlock::internal
