// SPDX-License-Identifier: Apache-2.0
//
// For ThreadSanitizer: a race between two threads that use locks around it, the same without it, and a cycle.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <thread>

#include "tests/interpose/programs/situation.h"

namespace {

int counter = 0;
std::mutex one;
std::mutex other;
std::condition_variable changed;
bool ready = false;

void race() {
  const auto count = [] {
    for (int i = 0; i < 1000; ++i) {
      {
        const std::lock_guard hold(one);
      }
      ++counter;
      {
        const std::lock_guard hold(other);
      }
    }
  };
  std::thread first(count);
  std::thread second(count);
  first.join();
  second.join();
}

void locked() {
  std::thread first([] {
    for (int i = 0; i < 1000; ++i) {
      const std::lock_guard hold(one);
      ++counter;
    }
    const std::lock_guard hold(one);
    ready = true;
    changed.notify_all();
  });
  std::unique_lock hold(one);
  changed.wait(hold, [] { return ready; });
  ++counter;
  hold.unlock();
  first.join();
  std::printf("%d\n", counter);
}

void cycle() {
  Turns turns;
  std::thread first([&] {
    {
      const std::lock_guard hold(one);
      const std::lock_guard both(other);
    }
    turns.next();
    turns.wait_for(2);
  });
  std::thread second([&] {
    turns.wait_for(1);
    {
      const std::lock_guard hold(other);
      const std::lock_guard both(one);
    }
    turns.next();
  });
  first.join();
  second.join();
}

// What was done once is before whatever comes through it.
int made() {
  static const int value = [] { return ++counter; }();
  return value;
}
void once() {
  static std::once_flag flag;
  const auto pass = [] {
    std::call_once(flag, [] { ++counter; });
    return made();
  };
  int seen = 0;
  std::thread first([&] { seen = pass(); });
  const int own = pass();
  first.join();
  std::printf("%d\n", (seen != 0) + (own != 0));
}
// And this is beside it.
void beside_once() {
  static std::once_flag flag;
  static std::atomic<bool> counted{false};  // orders nothing
  std::thread first([] {
    std::call_once(flag, [] { ++counter; });
    counted.store(true, std::memory_order_relaxed);
  });
  // Two accesses at the same moment are one that ThreadSanitizer can miss.
  while (!counted.load(std::memory_order_relaxed)) std::this_thread::yield();
  ++counter;
  first.join();
}

// ThreadSanitizer starts a thread in the child, and its _exit ends in libc's.
int fork_and_leave() {
  const pid_t child = fork();
  if (child == 0) {
    std::thread([] { const std::lock_guard hold(one); }).join();
    _exit(3);
  }
  int status = -1;
  waitpid(child, &status, 0);
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  if (std::strcmp(argv[1], "race") == 0) race();
  if (std::strcmp(argv[1], "locked") == 0) locked();
  if (std::strcmp(argv[1], "cycle") == 0) cycle();
  if (std::strcmp(argv[1], "once") == 0) once();
  if (std::strcmp(argv[1], "beside-once") == 0) beside_once();
  if (std::strcmp(argv[1], "fork") == 0) return fork_and_leave();
  return 0;
}
