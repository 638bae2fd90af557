// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/front.h"

#include "harness/scenario/abandoned_runs.h"
#include "harness/scenario/process.h"
#include "harness/scenario/spawn.h"
#include "harness/scenario/temp_dir.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <vector>

namespace gridlock::internal {
namespace {

constexpr int kExitFailed = 3;

volatile pid_t g_worker = 0;  // for the handler below, in the front

// The terminal's "stop" reaches the front only: both stop, and both go on.
void stop_both(int) {
  const int error = errno;
  kill(g_worker, SIGSTOP);
  raise(SIGSTOP);
  kill(g_worker, SIGCONT);
  errno = error;
}

void hand_on_stops() {
  struct sigaction now{};
  if (sigaction(SIGTSTP, nullptr, &now) != 0 || now.sa_handler == SIG_IGN) return;
  std::memset(&now, 0, sizeof now);
  now.sa_handler = stop_both;
  now.sa_flags = SA_RESTART;
  sigaction(SIGTSTP, &now, nullptr);
}

// A worker that ended by itself has left nothing.
[[noreturn]] void end_as(int status, const std::vector<pid_t>& not_ours) {
  if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
  kill_orphans(not_ours);
  const int signal = WTERMSIG(status);
  remove_abandoned_runs(temp_base());
  if (signal == SIGPIPE) {
    std::signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
  }
  std::array<char, 128> line{};
  const int size = std::snprintf(line.data(), line.size(),
                                 "gridlock: the process that runs the scenarios was ended by "
                                 "signal %d (%s)\n",
                                 signal, strsignal(signal));
  if (size > 0 && write(STDERR_FILENO, line.data(), static_cast<std::size_t>(size)) < 0) {
    _exit(kExitFailed);
  }
  _exit(kExitFailed);
}

[[noreturn]] void stand_in_front(pid_t worker, int signals, const std::vector<pid_t>& not_ours) {
  g_worker = worker;
  hand_on_stops();
  const Fd ended = open_pidfd(worker);
  for (;;) {
    std::array<pollfd, 2> watched{{{.fd = ended.get(), .events = POLLIN, .revents = 0},
                                   {.fd = signals, .events = POLLIN, .revents = 0}}};
    constexpr int kWithoutPidfd = 50;  // milliseconds, where the worker's end makes nothing ready
    poll(watched.data(), watched.size(), ended.valid() ? -1 : kWithoutPidfd);
    signalfd_siginfo info{};
    while (read(signals, &info, sizeof info) == sizeof info) {
      kill(worker, static_cast<int>(info.ssi_signo));
    }
    int status = 0;
    if (waitpid(worker, &status, WNOHANG) == worker) end_as(status, not_ours);
  }
}

}  // namespace

Fd continue_in_worker(int signals) {
  std::signal(SIGCHLD, SIG_DFL);  // an ignored one, inherited, would lose the exit code
  adopt_orphans();
  Fd front = open_pidfd(getpid());
  if (!front.valid()) return Fd();
  const std::vector<pid_t> not_ours = child_processes();
  const pid_t worker = fork();
  if (worker > 0) stand_in_front(worker, signals, not_ours);
  if (worker < 0) return Fd();
  setsid();
  // Wakes a worker that was stopped; that the front is gone is then seen in the descriptor.
  prctl(PR_SET_PDEATHSIG, SIGCONT);
  return front;
}

}  // namespace gridlock::internal
