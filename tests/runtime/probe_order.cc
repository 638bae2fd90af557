// SPDX-License-Identifier: Apache-2.0
//
// The order that is learned, of single locks and of classes.
#include <gridlock/gridlock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <shared_mutex>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

template <typename A, typename B>
void nest(A& outer, B& inner) {
  const Guard first{outer};
  const Guard second{inner};
}

// One after the other, in threads that are not ordered.
template <typename One, typename Other>
void in_two_threads(One one, Other other) {
  Turns turns;
  Thread first{"first", [&] {
                 one();
                 turns.done();
               }};
  Thread second{"second", [&] {
                  turns.wait_for(1);
                  other();
                }};
}

void order_learned(int) {
  Lock outer{"outer"};
  RLock middle{"middle"};
  SharedLock inner{"inner"};
  Lock tried;
  Semaphore permits{1};
  for (int i = 0; i < 2; ++i) nest(outer, middle);
  {
    const Guard guard{middle};
    const SharedGuard reading{inner};
    if (tried.try_lock()) tried.unlock();
    permits.acquire();
    permits.release();
  }
  for (const LearnedOrder& pair : learned_order()) {
    std::printf("%s before %s in %s (%s), %s\n", pair.objects[0].name.c_str(),
                pair.objects[1].name.c_str(), pair.thread.c_str(), pair.threads[0].name.c_str(),
                pair.held_stack.empty() || pair.wanted_stack.empty() ? "nowhere" : "with stacks");
  }
}

void order_learned_and_fork(int) {
  std::array<Lock, 4> locks;
  nest(locks[0], locks[1]);
  const pid_t child = ::fork();
  if (child != 0) {
    ::waitpid(child, nullptr, 0);
    return;
  }
  nest(locks[0], locks[1]);
  nest(locks[2], locks[3]);
  std::exit(0);
}

struct Account {
  Lock lock;
};

// No two threads use the same two locks.
void class_of_accounts(int) {
  std::array<Account, 4> accounts;
  in_two_threads([&] { nest(accounts[0].lock, accounts[1].lock); },
                 [&] { nest(accounts[2].lock, accounts[3].lock); });
}

// In the main thread, which has released something since it made them.
void class_in_one_thread(int) {
  std::array<Account, 3> accounts;
  {
    const Guard hold{accounts[2].lock};
  }
  nest(accounts[0].lock, accounts[1].lock);
}

void class_in_one_thread_with_levels(int) {
  std::array<Account, 3> accounts;
  accounts[1].lock.set_level(1);
  {
    const Guard hold{accounts[2].lock};
  }
  nest(accounts[0].lock, accounts[1].lock);
}

void class_in_one_thread_behind_gate(int) {
  std::array<Account, 3> accounts;
  Lock gate;
  const Guard hold{gate};
  nest(accounts[0].lock, accounts[1].lock);
}

void class_read_twice(int) {
  std::array<SharedLock, 3> books;
  const std::shared_lock over{books[2]};
  const std::shared_lock first{books[0]};
  const std::shared_lock second{books[1]};
}

void class_with_levels(int) {
  std::array<Account, 4> accounts;
  accounts[1].lock.set_level(1);
  accounts[3].lock.set_level(1);
  in_two_threads([&] { nest(accounts[0].lock, accounts[1].lock); },
                 [&] { nest(accounts[2].lock, accounts[3].lock); });
}

void class_with_late_levels(int) {
  std::array<Account, 4> accounts;
  for (Account& account : accounts) const Guard guard{account.lock};
  accounts[0].lock.set_level(1);  // the first of its class leaves it
  accounts[2].lock.set_level(1);
  in_two_threads([&] { nest(accounts[0].lock, accounts[1].lock); },
                 [&] { nest(accounts[2].lock, accounts[3].lock); });
}

void class_behind_gate(int) {
  std::array<Account, 5> accounts;  // the first one is the gate
  accounts[0].lock.set_level(1);    // to ask for another of its class under it would be a cycle
  const auto behind_gate = [&](Account& one, Account& other) {
    const Guard gate{accounts[0].lock};
    nest(one.lock, other.lock);
  };
  in_two_threads([&] { behind_gate(accounts[1], accounts[2]); },
                 [&] { behind_gate(accounts[3], accounts[4]); });
}

void two_classes(int) {
  std::array<Account, 2> accounts;
  std::array<SharedLock, 2> books;
  in_two_threads([&] { nest(accounts[0].lock, books[0]); },
                 [&] { nest(books[1], accounts[1].lock); });
}

void two_classes_one_order(int) {
  std::array<Account, 2> accounts;
  std::array<SharedLock, 2> books;
  in_two_threads([&] { nest(accounts[0].lock, books[0]); },
                 [&] { nest(accounts[1].lock, books[1]); });
}

constexpr std::array kSituations = {
    Situation{"order-learned", order_learned},
    Situation{"order-learned-and-fork", order_learned_and_fork},
    Situation{"class-of-accounts", class_of_accounts},
    Situation{"class-in-one-thread", class_in_one_thread},
    Situation{"class-in-one-thread-with-levels", class_in_one_thread_with_levels},
    Situation{"class-in-one-thread-behind-gate", class_in_one_thread_behind_gate},
    Situation{"class-read-twice", class_read_twice},
    Situation{"class-with-levels", class_with_levels},
    Situation{"class-with-late-levels", class_with_late_levels},
    Situation{"class-behind-gate", class_behind_gate},
    Situation{"two-classes", two_classes},
    Situation{"two-classes-one-order", two_classes_one_order},
};

}  // namespace

std::span<const Situation> orders() { return kSituations; }

}  // namespace gridlock::probe
