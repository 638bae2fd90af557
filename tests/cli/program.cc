// SPDX-License-Identifier: Apache-2.0
//
// A program of a user's own: `cli_program WHAT WAY [CODE]` makes the findings WHAT (none, cycle, cycles, misuses, deadlock,
// race, static, atexit, library) and ends in the way WAY with CODE, or makes them in a child (process, fork; exec, shell: in
// this program, started again).
#include <gridlock/gridlock.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace {

using gridlock::Lock;
using gridlock::Thread;
using gridlock::Turns;

Lock alice{"alice"};
Lock bob{"bob"};
int g_counter = 0;

void transfer(Lock& from, Lock& to) {
  const std::lock_guard hold_from{from};
  const std::lock_guard hold_to{to};
}

void cycle() {
  Turns turns;
  Thread gift{"gift", [&] {
                transfer(alice, bob);
                turns.done();
              }};
  Thread rent{"rent", [&] {
                turns.wait_for(1);
                transfer(bob, alice);
              }};
  gift.join();
  rent.join();
}

void misuses() {
  static std::array<Lock, 12> locks;
  for (Lock& lock : locks) lock.unlock();
}

struct Late {
  ~Late() { alice.unlock(); }
};

void race() {
  Turns turns;
  Thread one{"one", [&] {
               ++g_counter;
               turns.done();
             }};
  Thread two{"two", [&] {
               turns.wait_for(1);
               ++g_counter;
             }};
  one.join();
  two.join();
}

void find(std::string_view what) {
  if (what == "cycle") cycle();
  if (what == "misuses") misuses();
  if (what == "race") race();
  if (what == "atexit") std::atexit([] { cycle(); });
  if (what == "static") static const Late late;
  if (what == "deadlock") {
    const std::lock_guard once{alice};
    alice.lock();
  }
}

int status_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string own_path() {
  std::array<char, 4096> path;
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  return {path.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

// What the child finds, in a way in which the parent sees its code.
int in_child(std::string_view way, std::string_view what) {
  std::optional<int> code;
  if (way == "process") {
    gridlock::Process child{"child", [&] { find(what); }};
    child.join();
    code = child.exit_code();
  } else if (way == "shell") {
    const int status = std::system((own_path() + " " + std::string(what)).c_str());
    code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  } else {
    const pid_t child = fork();
    if (child == 0) {
      if (way == "exec") execl(own_path().c_str(), "program", std::string(what).c_str(), nullptr);
      find(what);
      std::exit(0);
    }
    code = status_of(child);
  }
  std::printf("child %d\n", code.value_or(-1));
  return 0;
}

int end(std::string_view way, int code) {
  std::printf("flushed\n");
  if (way == "exit") std::exit(code);
  if (way == "quick_exit") std::quick_exit(code);
  if (way == "_exit") _exit(code);
  if (way == "_Exit") std::_Exit(code);
  if (way == "pthread_exit") pthread_exit(nullptr);
  if (way == "abort") std::abort();
  if (way == "kill") std::raise(SIGKILL);
  if (way == "exit-in-thread") Thread{"last", [&] { std::exit(code); }}.join();
  if (way == "running") {
    static Lock held{"held"};
    static Turns turns;
    static Thread holder{gridlock::ThreadOptions{.name = "holder", .daemon = true}, [] {
                           held.lock();
                           turns.done();
                           pause();
                         }};
    turns.wait_for(1);
  }
  if (way == "wait") {
    std::fflush(stdout);
    for (;;) pause();
  }
  if (way == "vfork" && vfork() == 0) _exit(0);  // NOLINT: the child of a vfork shares our memory
  if (way == "fork-after") {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) std::exit(0);
    std::printf("child %d\n", status_of(child));
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "none";
  const std::string_view way = argc > 2 ? argv[2] : "return";
  const int code = argc > 3 ? static_cast<int>(std::strtol(argv[3], nullptr, 10)) : 0;
  if (way == "process" || way == "fork" || way == "exec" || way == "shell")
    return in_child(way, what);
  find(what);
  return g_counter > 100 ? 1 : end(way, code);
}
