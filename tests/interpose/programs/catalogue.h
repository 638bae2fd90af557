// SPDX-License-Identifier: Apache-2.0
//
// The catalogue's scenarios (scenarios/) as somebody writes them who knows nothing of Gridlock: the C++ library and POSIX, and
// nothing else. The command line names one, by its name in the catalogue.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

struct Scenario {
  const char* name;
  void (*run)();
};

/// Steps that threads wait for. They bring about one order in time and give none that counts: a data race stays one.
class Turns {
 public:
  void wait_for(int step) const {
    while (step_.load(std::memory_order_relaxed) < step) sched_yield();
  }
  void done() { step_.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::atomic<int> step_{0};
};

/// So many threads meet, again and again. It gives no order either.
class Rendezvous {
 public:
  explicit Rendezvous(int threads) : threads_(threads) {}
  void meet() {
    const int mine = came_.fetch_add(1, std::memory_order_relaxed);
    const int all = (mine / threads_ + 1) * threads_;
    while (came_.load(std::memory_order_relaxed) < all) sched_yield();
  }

 private:
  int threads_;
  std::atomic<int> came_{0};
};

/// What plain code has for an assertion: the program is over.
inline void check(bool good) {
  if (!good) std::abort();
}

template <int count>
int run_one(const Scenario (&all)[count], int words, char** argv) {
  for (const Scenario& one : all) {
    if (words != 2 || std::strcmp(one.name, argv[1]) != 0) continue;
    one.run();
    std::puts("end");
    return 7;
  }
  if (words == 2 && std::strcmp(argv[1], "--list") == 0) {
    for (const Scenario& one : all) std::puts(one.name);
    return 0;
  }
  std::fputs("which scenario?\n", stderr);
  return 2;
}
