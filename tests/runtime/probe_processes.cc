// SPDX-License-Identifier: Apache-2.0
//
// Process trees, to be ended in all ways. Each process waits for the end of stdin.
#include <gridlock/gridlock.h>
#include <gridlock/shared.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

void wait_for_end_of_input() {
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
}

struct Pids {
  std::atomic<int> office{0};
  std::atomic<int> clerk{0};
};

// main starts the office, the office starts the clerk; their numbers are printed when all are there.
void with_tree(void (*then)(Process& office)) {
  Shared<Pids> pids;
  Process office{"office", [&] {
                   Process clerk{"clerk", [&] {
                                   pids->clerk.store(::getpid());
                                   wait_for_end_of_input();
                                 }};
                   pids->office.store(::getpid());
                   wait_for_end_of_input();
                 }};
  while (pids->office.load() == 0 || pids->clerk.load() == 0) std::this_thread::yield();
  std::printf("%d %d\n", pids->office.load(), pids->clerk.load());
  std::fflush(stdout);
  wait_for_end_of_input();
  then(office);
}

void process_tree(int) {
  with_tree([](Process& office) { office.join(); });
}

// The office waits forever, for all that main knows.
void process_tree_left_by_exit(int) {
  Shared<std::atomic<bool>> there{false};
  Process office{"office", [&] {
                   there->store(true);
                   for (;;) ::pause();
                 }};
  while (!there->load()) std::this_thread::yield();
  std::printf("%d %d\n", office.pid(), office.pid());
  std::fflush(stdout);
  wait_for_end_of_input();
  std::exit(0);  // NOLINT(concurrency-mt-unsafe): one thread
}

// Ends in a deadlock of main with itself, with the office alive.
void process_tree_deadlock(int) {
  with_tree([](Process&) {
    Lock lock{"lock"};
    lock.lock();
    lock.lock();
  });
}

// The first finding is that of a child, so the log is made by that.
void process_tree_finding(int) {
  with_tree([](Process& office) {
    office.join();
    Process{"careless",
            [] {
              Lock lock{"lock"};
              lock.unlock();
            }}
        .join();
  });
}

// What both print, and how often.
void process_output(int) {
  std::printf("parent's line\n");  // stays in the buffer: stdout is a file
  std::cout << "parent's stream\n";
  Process child{"child", [] {
                  std::printf("child's line\n");
                  std::cout << "child's stream\n";
                }};
  child.join();
}

void process_throws(int number) {
  Process child{"thrower", [number] {
                  if (number == 0) throw std::runtime_error("out of order");
                  throw number;
                }};
  child.join();
  std::printf("exit code %d\n", child.exit_code().value_or(-1));
}

// Number 1: the child's thread runs on its own when the child ends.
void process_threads(int number) {
  Process child{"child", [number] {
                  Lock lock{"child's own"};
                  Thread worker{"worker", [&] { const Guard guard{lock}; }};
                  worker.join();
                  if (number == 1) {
                    Thread alone{"alone", [] {
                                   for (;;) ::pause();
                                 }};
                    alone.detach();
                  }
                }};
  child.join();
  std::printf("exit code %d\n", child.exit_code().value_or(-1));
}

// main takes first before second; the child the other way round. As two threads they could hang;
// as two processes each has locks of its own. Number 1: both orders in the child.
void process_orders(int number) {
  Lock first{"first"};
  Lock second{"second"};
  const auto both = [](Lock& outer, Lock& inner) {
    const Guard a{outer};
    const Guard b{inner};
  };
  Thread{"forth", [&] { both(first, second); }}.join();
  const auto in_child = [&] {
    if (number == 1) {
      Turns turns;
      Thread forth{"forth in child", [&] {
                     both(first, second);
                     turns.done();
                   }};
      Thread back{"back in child", [&] {
                    turns.wait_for(1);
                    both(second, first);
                  }};
      return;
    }
    Thread{"back in child", [&] { both(second, first); }}.join();
    both(second, first);
  };
  const auto run_child = [&] {
    Process child{"child", in_child};
    child.join();
    std::printf("exit code %d\n", child.exit_code().value_or(-1));
  };
  if (number == 2) {
    Thread{"starter", run_child}.join();
  } else {
    run_child();
  }
}

// main holds a lock while the child runs. Number 1: the child ends with one of its own.
void process_under_lock(int number) {
  Lock lock{"parent's"};
  Lock own{"child's"};
  const Guard guard{lock};
  Process child{"child", [&] {
                  if (number == 1) own.lock();
                }};
  child.join();
  std::printf("exit code %d\n", child.exit_code().value_or(-1));
}

// main takes two locks both ways, which is safe: it is one thread. Number 1: so does the child.
void process_infeasible_cycle(int number) {
  Lock first{"first"};
  Lock second{"second"};
  const auto both_ways = [&](Lock& one, Lock& other) {
    for (Lock* outer : {&one, &other}) {
      const Guard a{*outer};
      const Guard b{outer == &one ? other : one};
    }
  };
  both_ways(first, second);
  Process{"child",
          [&] {
            Lock third{"third"};
            Lock fourth{"fourth"};
            if (number == 1) both_ways(third, fourth);
          }}
      .join();
}

// The log is opened by a child, because it has the first finding.
void process_finding(int) {
  Process quiet{"quiet", [] {}};
  quiet.join();
  Process child{"careless", [] {
                  Lock lock{"lock"};
                  lock.unlock();
                }};
  child.join();
  Process last{"last", [] { return 3; }};
  last.join();
}

void process_too_many(int) {
  int started = 0;
  try {
    for (; started < 100; ++started) Process{[] {}}.join();
  } catch (const std::system_error& error) {
    std::printf("%d: %s\n", started,
                error.code() == std::errc::resource_unavailable_try_again ? "again" : "else");
  }
}

constexpr std::array kSituations = {
    Situation{"process-tree", process_tree},
    Situation{"process-tree-left-by-exit", process_tree_left_by_exit},
    Situation{"process-tree-deadlock", process_tree_deadlock},
    Situation{"process-output", process_output},
    Situation{"process-throws", process_throws},
    Situation{"process-threads", process_threads},
    Situation{"process-orders", process_orders},
    Situation{"process-under-lock", process_under_lock},
    Situation{"process-infeasible-cycle", process_infeasible_cycle},
    Situation{"process-finding", process_finding},
    Situation{"process-too-many", process_too_many},
    Situation{"process-tree-finding", process_tree_finding},
};

}  // namespace

std::span<const Situation> processes() { return kSituations; }

}  // namespace gridlock::probe
