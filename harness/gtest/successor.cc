// SPDX-License-Identifier: Apache-2.0
//
// Processes: the guard, which was started and does nothing but wait; the runner, in which the tests are; and before each test case
// its successor. All are children of the guard, which takes in what loses its parent, so a test that waits for its own children
// never meets one of them.
#include <fcntl.h>
#include <gridlock/testing/log.h>
#include <gridlock/testing/successor.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <new>

namespace gridlock::testing::internal {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kLookMs = 100;

// In memory that all of them have.
struct Board {
  std::atomic<pid_t> guard;
  std::atomic<pid_t> runner;
  std::atomic<bool> in_test;
  std::atomic<pid_t> ended;  // a runner, and how
  std::atomic<int> status;
};
Board* g_board = nullptr;
int g_to_successor = -1;

[[noreturn]] void leave(int code) {
  syscall(SYS_exit_group, code);
  __builtin_unreachable();
}

void flush_all() {
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
}

// As the one that it stands for ended.
[[noreturn]] void end_as(int status) {
  remove_logs();
  if (WIFSIGNALED(status)) {
    signal(WTERMSIG(status), SIG_DFL);
    kill(getpid(), WTERMSIG(status));
  }
  leave(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

[[noreturn]] void guard_the_runners() {
  int last = 0;
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, 0);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) end_as(last);
    if (ended != g_board->runner.load()) continue;
    last = status;
    g_board->status.store(status);
    g_board->ended.store(ended);
    if (!g_board->in_test.load()) end_as(status);
  }
}

// False: the tests run unguarded.
bool begin_guard() {
  void* const memory =
      mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  auto* const board = new (memory) Board{};
  board->guard.store(getpid());
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  flush_all();
  const pid_t runner = fork();
  if (runner < 0) return false;
  g_board = board;
  if (runner != 0) {
    // The runner may have ended before this is known: it says who it is itself.
    guard_the_runners();
  }
  board->runner.store(getpid());
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return true;
}

void tell_successor(char letter) {
  while (g_to_successor >= 0 && write(g_to_successor, &letter, 1) < 0 && errno == EINTR) {
  }
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status))
    return "ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
           strsignal(WTERMSIG(status)) + ")";
  return "ended with exit code " + std::to_string(WEXITSTATUS(status)) + ", in the middle";
}

// True: nothing was done for as long as GRIDLOCK_TEST_TIMEOUT says, so the runner was killed.
bool wait_for_end(pid_t runner, int from_runner) {
  const std::chrono::seconds patience{internal::patience()};
  auto last_work = Clock::now();
  std::string work;
  bool was_killed = false;
  bool is_busy = false;
  for (bool open = true; g_board->ended.load() != runner;) {
    pollfd watched{.fd = open ? from_runner : -1, .events = POLLIN, .revents = 0};
    poll(&watched, 1, kLookMs);
    char letter = 0;
    if ((watched.revents & (POLLIN | POLLHUP)) != 0) {
      const ssize_t got = read(from_runner, &letter, 1);
      if (got == 1 && letter == 'D') leave(0);
      if (got == 1) is_busy = letter == 'B';
      if (got == 0) open = false;
    }
    if (getppid() != g_board->guard.load()) leave(1);
    if (std::string now = work_of(runner); is_busy || now != work) {
      work = std::move(now);
      last_work = Clock::now();
    } else if (!was_killed && patience.count() > 0 && Clock::now() - last_work > patience) {
      was_killed = true;
      kill_hung(runner);
    }
  }
  return was_killed;
}

std::string go_on_after(pid_t runner, pid_t between, int from_runner, const std::string& test) {
  // Its parent is gone in a moment; then the guard is, unless all has ended before this began.
  for (pid_t parent = getppid(); parent != g_board->guard.load(); parent = getppid()) {
    if (parent != between) leave(0);
    poll(nullptr, 0, 1);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const bool was_killed = wait_for_end(runner, from_runner);
  close(from_runner);
  g_board->runner.store(getpid());
  g_board->in_test.store(false);
  const std::string how = was_killed ? "killed, because it did nothing for " +
                                           std::to_string(patience()) + " s (GRIDLOCK_TEST_TIMEOUT)"
                                     : how_it_ended(g_board->status.load());
  const std::string found = findings_at_end_of(runner, test);
  return "the test case was " + how + "\n" + found;
}

}  // namespace

std::string before_test(const std::string& test) {
  // A copy of a process that ThreadSanitizer looks after, made within a framework that handles signals, did not always end.
  if (kLooksForDataRaces) return "";
  if (!wants_isolation() || (g_board == nullptr && !begin_guard())) return "";
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return "";
  flush_all();
  const pid_t runner = getpid();
  const pid_t between = fork();
  if (between == 0) {
    const pid_t self = getpid();
    const pid_t successor = fork();
    if (successor != 0) leave(successor < 0 ? 1 : 0);
    close(ends[1]);
    return go_on_after(runner, self, ends[0], test);
  }
  close(ends[0]);
  int status = -1;
  while (between > 0 && waitpid(between, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) {
    close(ends[1]);
    return "";
  }
  g_to_successor = ends[1];
  g_board->in_test.store(true);
  return "";
}

void begin_own_work() { tell_successor('B'); }
void end_own_work() { tell_successor('G'); }

void after_test() {
  if (g_to_successor < 0) return;
  g_board->in_test.store(false);
  tell_successor('D');
  close(g_to_successor);
  g_to_successor = -1;
}

}  // namespace gridlock::testing::internal
