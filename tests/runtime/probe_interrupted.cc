// SPDX-License-Identifier: Apache-2.0
//
// Signal handlers that come while their thread is inside Gridlock: they use locks, write findings, ask for a
// dump, and fork.
#include <dirent.h>
#include <fcntl.h>
#include <gridlock/gridlock.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

std::atomic<int> g_handled{0};
bool g_forks = false;

// Locks and orders that nobody has seen, names, permits, an event; every 64th time a child.
void use_everything(int) {
  Lock outer{"outer"};
  Lock inner;
  Event event;
  Semaphore permits{1, "permits"};
  {
    const std::lock_guard hold{outer};
    const std::lock_guard more{inner};
    permits.acquire();
    event.set();
    permits.release();
  }
  event.wait();
  const int count = g_handled.fetch_add(1) + 1;
  if (!g_forks || count % 64 != 0) return;
  const pid_t child = fork();
  if (child == 0) {
    const std::lock_guard hold{outer};
    syscall(SYS_exit_group, 0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
  }
  if (status != 0) std::abort();
}

// What takes every mutex of the runtime: objects, names, new orders, contended waits, threads, findings.
void be_inside(int round) {
  Lock first{"first"};
  Lock second{"second"};
  Condition changed{"changed"};
  bool done = false;
  {
    const std::lock_guard hold{first};
    const std::lock_guard more{second};
  }
  Thread thread{"helper", [&] {
                  std::unique_lock hold{first};
                  done = true;
                  changed.notify_all();
                }};
  {
    std::unique_lock hold{first};
    changed.wait(hold, [&] { return done; });
  }
  thread.join();
  if (round % 8 == 0) {
    Lock free;
    free.unlock();
  }
}

void interrupted(int times, bool forks) {
  g_forks = forks;
  struct sigaction action{};
  action.sa_handler = &use_everything;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, nullptr);
  const pthread_t main = pthread_self();
  std::atomic<bool> stop{false};
  std::thread sender{[&] {
    // The next one only when the last has been handled, so that none is lost.
    for (int sent = 0; sent < times && !stop; ++sent) {
      pthread_kill(main, SIGUSR1);
      while (g_handled.load() <= sent && !stop) std::this_thread::yield();
    }
  }};
  for (int round = 0; g_handled.load() < times; ++round) be_inside(round);
  stop = true;
  sender.join();
  std::puts("over");
}

void interrupted_by_locks(int times) { interrupted(times, false); }
void interrupted_by_forks(int times) { interrupted(times, true); }

// As a child of this process, which reads its log slowly: see dump_while_writing.
void writes_findings(int times) {
  for (int i = 0; i < times; ++i) {
    Lock lock{"slow " + std::to_string(i)};
    lock.unlock();
  }
}

std::string own_path() {
  std::string path(4096, '\0');
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  path.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return path;
}

bool sleeps_in_a_poll(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/syscall";
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string text(32, '\0');
  const ssize_t size = read(file, text.data(), text.size());
  close(file);
  const std::string poll = std::to_string(SYS_ppoll) + " ";
  return size > 0 && text.compare(0, poll.size(), poll) == 0;
}

// The log of a child is a pipe that nobody reads, until the child waits for room in the middle of a record;
// then it is asked for a dump.
void dump_while_writing(int) {
  char folder[] = "/tmp/gridlock-probe-XXXXXX";
  if (mkdtemp(folder) == nullptr) std::abort();
  const std::string fifo = std::string(folder) + "/fifo";
  if (mkfifo(fifo.c_str(), 0600) != 0) std::abort();
  const int reader = open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const std::string options =
      "GRIDLOCK_OPTIONS=exit_code=0:quiet=1:predict=0:max_alike=1000:dump_signal=10:log_path=" +
      fifo;
  const pid_t child = fork();
  if (child == 0) {
    putenv(const_cast<char*>(options.c_str()));
    execl(own_path().c_str(), "probe", "writes-findings", "300", nullptr);
    syscall(SYS_exit_group, 9);
  }
  while (!sleeps_in_a_poll(child)) std::this_thread::yield();
  kill(child, SIGUSR1);
  std::string log;
  int status = 0;
  for (bool ended = false;; std::this_thread::yield()) {
    char buffer[65536];
    const ssize_t size = read(reader, buffer, sizeof buffer);
    if (size > 0) log.append(buffer, static_cast<std::size_t>(size));
    if (ended && size <= 0) break;
    ended = ended || waitpid(child, &status, WNOHANG) == child;
  }
  const auto count = [&](const char* text) {
    int found = 0;
    for (std::size_t at = 0; (at = log.find(text, at)) != std::string::npos; ++at) ++found;
    return found;
  };
  std::printf("status %d findings %d dumps %d end %d\n", status, count("\"record\":\"finding\""),
              count("\"record\":\"dump\""), count("\"record\":\"end\""));
  unlink(fifo.c_str());
  rmdir(folder);
}

// With on_deadlock=abort: the program's own handler tidies up, with locks, and with a program of its own.
void abort_handler(int) {
  use_everything(0);
  const pid_t child = fork();
  if (child == 0) syscall(SYS_exit_group, 0);
  waitpid(child, nullptr, 0);
  Event event;
  std::thread{[&] { event.set(); }}.join();
  event.wait();
  std::puts("handled");
  std::fflush(stdout);
  syscall(SYS_exit_group, 3);
}

void aborts(int) {
  struct sigaction action{};
  action.sa_handler = &abort_handler;
  sigaction(SIGABRT, &action, nullptr);
  Lock lock{"lock"};
  lock.lock();
  lock.lock();
}

}  // namespace

std::span<const Situation> interruptions() {
  static constexpr Situation kAll[] = {
      {"interrupted-by-locks", interrupted_by_locks},
      {"interrupted-by-forks", interrupted_by_forks},
      {"writes-findings", writes_findings},
      {"dump-while-writing", dump_while_writing},
      {"abort-handler", aborts},
  };
  return kAll;
}

}  // namespace gridlock::probe
