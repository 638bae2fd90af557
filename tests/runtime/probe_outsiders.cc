// SPDX-License-Identifier: Apache-2.0
//
// A process of the same session that may not be looked at, as in a container whose supervisor has
// more capabilities. `beside-an-outsider` is that process; it starts the probe again for the rest.
#include <fcntl.h>
#include <gridlock/gridlock.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;

// Not steering: the reader probably waits by then, and has been looked at.
constexpr auto kWhileItSleeps = 300ms;

void must(bool done) {
  if (!done) std::abort();
}

void become_unprivileged(const char* situation, const char* number, int input) {
  prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE);  // refused: it has no capabilities anyway
  must(dup2(input, STDIN_FILENO) == STDIN_FILENO);
  execl("/proc/self/exe", "runtime_probe", situation, number, static_cast<char*>(nullptr));
  _exit(127);
}

int exit_code_of(pid_t pid) {
  int status = 0;
  must(waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Nobody else is in it: other tests have more capabilities than the probe, too.
void begin_session() {
  const pid_t child = fork();
  must(child >= 0);
  if (child != 0) _exit(exit_code_of(child));
  must(setsid() == getpid());
}

// 0: both pipes full. 1: a program reads what this process will write into a pipe. 2: into a FIFO.
void beside_an_outsider(int form) {
  begin_session();
  must(prctl(PR_SET_DUMPABLE, 0) == 0);
  int ends[2] = {-1, -1};
  must(pipe2(&ends[0], O_CLOEXEC) == 0);
  const std::string fifo = "/tmp/gridlock-fifo-" + std::to_string(getpid());
  if (form == 2) must(mkfifo(fifo.c_str(), 0600) == 0);
  const pid_t child = fork();
  must(child >= 0);
  if (child == 0) {
    if (form == 2) must(setenv("GRIDLOCK_PROBE_FIFO", fifo.c_str(), 1) == 0);
    become_unprivileged(form == 0 ? "both-pipes-full" : "reads-from-an-outsider",
                        form == 2 ? "1" : "0", ends[0]);
  }
  if (form != 0) std::this_thread::sleep_for(kWhileItSleeps);
  if (form == 2) {
    const int fd = open(fifo.c_str(), O_WRONLY);
    must(fd >= 0 && write(fd, "line\n", 5) == 5);
    close(fd);
    unlink(fifo.c_str());
  }
  close(ends[1]);
  std::fflush(stdout);
  _exit(exit_code_of(child));
}

// 1: a FIFO that the program has open itself, for reading and for writing.
void reads_from_an_outsider(int form) {
  SubprocessOptions options;
  options.name = "reader";
  const char* const script = form == 0 ? "cat" : "exec 3<>$GRIDLOCK_PROBE_FIFO; read line <&3";
  Subprocess reader{{"sh", "-c", script}, options};
  close(STDIN_FILENO);
  std::printf("exit code %d\n", reader.wait());
}

constexpr std::array kSituations = {
    Situation{"beside-an-outsider", beside_an_outsider},
    Situation{"reads-from-an-outsider", reads_from_an_outsider},
};

}  // namespace

std::span<const Situation> outsiders() { return kSituations; }

}  // namespace gridlock::probe
