// SPDX-License-Identifier: Apache-2.0
//
// What a program does to the files that the log is written through.
#include <fcntl.h>
#include <gridlock/gridlock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

volatile sig_atomic_t g_signals = 0;

void count_signals() {
  for (const int signal : {SIGPIPE, SIGXFSZ}) {
    struct sigaction action{};
    action.sa_handler = [](int) { g_signals = g_signals + 1; };
    sigaction(signal, &action, nullptr);
  }
}

void misuse() {
  Lock lock{"lock"};
  lock.unlock();
}

void say_signals() { std::printf("signals %d\n", static_cast<int>(g_signals)); }

// The program's own file then has the log's number, whatever that is.
void own_file_takes_its_number(int) {
  const int file = open("/tmp", O_RDWR | O_TMPFILE, 0600);
  for (int fd = 3; fd < 1024; ++fd) {
    if (fd != file) dup2(file, fd);
  }
  misuse();
  std::printf("own file %ld bytes\n", static_cast<long>(lseek(file, 0, SEEK_END)));
}

void closes_all(int) {
  for (int fd = 3; fd < 1024; ++fd) close(fd);
  if (chdir("/") != 0) std::abort();
  misuse();
}

// A server whose first connection gets the number of standard error.
void standard_error_is_a_connection(int) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0) std::abort();
  dup2(pair[0], 2);
  misuse();
  char buffer[256];
  std::printf("the other side read %ld\n", static_cast<long>(read(pair[1], buffer, sizeof buffer)));
}

void file_size_limit(int) {
  count_signals();
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit before = limit;
  limit.rlim_cur = 0;
  setrlimit(RLIMIT_FSIZE, &limit);
  misuse();
  setrlimit(RLIMIT_FSIZE, &before);
  say_signals();
}

// One that the program blocked and that was pending before our write: it stays the program's.
void pending_signal_stays(int) {
  count_signals();
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGXFSZ);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  raise(SIGXFSZ);
  file_size_limit(0);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  say_signals();
}

void standard_error_without_reader(int) {
  count_signals();
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  dup2(ends[1], 2);
  close(ends[0]);
  close(ends[1]);
  misuse();
  say_signals();
}

[[gnu::noinline]] void one_wrong_line() {
  Lock lock;
  lock.unlock();
}

void wrong_line_often(int times) {
  for (int i = 0; i < times; ++i) one_wrong_line();
}

void wrong_lines(int) {
  one_wrong_line();
  misuse();
}

// A log of 1 MiB has no room for what they write altogether.
void forks_fill_the_log(int) {
  for (int i = 0; i < 700; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      for (int times = 0; times < 3; ++times) one_wrong_line();
      _exit(0);
    }
    waitpid(child, nullptr, 0);
  }
}

void dumps_fill_the_log(int signal) {
  for (int i = 0; i < 3000; ++i) raise(signal);
}

// Each finding of many threads is long.
void fills_the_log(int) {
  for (int i = 0; i < 2500; ++i) {
    Lock held{"a name that is long enough to make a line long, as names of users' locks often are"};
    Thread thread{"thread", [&] { held.lock(); }};
    thread.join();
    held.unlock();
  }
}

}  // namespace

std::span<const Situation> logs() {
  static constexpr Situation kAll[] = {
      {"own-file-takes-its-number", own_file_takes_its_number},
      {"closes-all", closes_all},
      {"standard-error-is-a-connection", standard_error_is_a_connection},
      {"file-size-limit", file_size_limit},
      {"pending-signal-stays", pending_signal_stays},
      {"standard-error-without-reader", standard_error_without_reader},
      {"wrong-line-often", wrong_line_often},
      {"wrong-lines", wrong_lines},
      {"fills-the-log", fills_the_log},
      {"forks-fill-the-log", forks_fill_the_log},
      {"dumps-fill-the-log", dumps_fill_the_log},
  };
  return kAll;
}

}  // namespace gridlock::probe
