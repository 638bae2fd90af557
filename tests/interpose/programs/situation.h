// SPDX-License-Identifier: Apache-2.0
//
// Programs that know nothing of Gridlock: each is a list of situations, of which the command line names one.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <thread>

struct Situation {
  const char* name;
  void (*run)();
};

/// Steps that threads wait for, so that each situation runs in one order.
class Turns {
 public:
  void wait_for(int step) const {
    while (step_.load() < step) sched_yield();
  }
  void next() { step_.fetch_add(1); }

 private:
  std::atomic<int> step_{0};
};

/// Both threads live at the same time, one behind the other: what is told by their order is not enough.
inline void run_both(Turns& turns, void (*first)(), void (*second)()) {
  std::thread one([&turns, first] {
    first();
    turns.next();
    turns.wait_for(2);
  });
  std::thread other([&turns, second] {
    turns.wait_for(1);
    second();
    turns.next();
  });
  one.join();
  other.join();
}

template <int count>
int run_one(const Situation (&all)[count], int words, char** argv) {
  for (const Situation& one : all) {
    if (words != 2 || std::strcmp(one.name, argv[1]) != 0) continue;
    one.run();
    std::puts("end");
    return 7;
  }
  std::fputs("which situation?\n", stderr);
  return 2;
}
