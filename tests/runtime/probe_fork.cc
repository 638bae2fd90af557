// SPDX-License-Identifier: Apache-2.0
//
// A process that forks while its threads hold locks.
#include <gridlock/gridlock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Runs `in_child` in a fork that was made while the thread "holder" held `lock`.
void fork_beside_holder(Lock& lock, int (*in_child)(Lock& lock)) {
  Turns turns;
  Thread holder{"holder", [&] {
                  const Guard guard{lock};
                  turns.done();
                  turns.wait_for(2);
                }};
  turns.wait_for(1);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(in_child(lock));
  std::printf("child %d\n", wait_for(child));
  turns.done();
  holder.join();
  const Guard guard{lock};  // the parent's lock is as it was
}

void fork_held(int) {
  Lock lock{"left behind"};
  fork_beside_holder(lock, [](Lock& held) {
    try {
      const Guard guard{held};
      return 9;
    } catch (const std::system_error&) {
      return 7;
    }
  });
}

void fork_held_not_asked(int) {
  Lock lock{"left behind"};
  fork_beside_holder(lock, [](Lock& held) {
    Lock other{"the child's own"};
    const Guard guard{other};
    return held.try_lock() ? 9 : 5;  // does not wait
  });
}

void fork_held_timed(int) {
  Lock lock{"left behind"};
  fork_beside_holder(lock, [](Lock& held) { return held.try_lock_for(1ms) ? 9 : 5; });
}

// 0: held for writing; 1: for reading, and the child writes; 2: for reading, and the child reads.
void fork_held_shared(int number) {
  SharedLock lock{"left behind"};
  Turns turns;
  Thread holder{"holder", [&] {
                  number == 0 ? lock.lock() : lock.lock_shared();
                  turns.done();
                  turns.wait_for(2);
                  number == 0 ? lock.unlock() : lock.unlock_shared();
                }};
  turns.wait_for(1);
  const pid_t child = ::fork();
  if (child == 0) {
    number == 1 ? lock.lock() : lock.lock_shared();
    ::_exit(9);
  }
  std::printf("child %d\n", wait_for(child));
  turns.done();
}

void fork_exec(int) {
  Lock lock{"left behind"};
  fork_beside_holder(lock, [](Lock&) {
    ::execl("/bin/true", "true", nullptr);
    return 9;
  });
}

// What the forking thread held itself is held by its copy, which gives it back.
void fork_own(int) {
  Lock lock{"own"};
  lock.lock();
  const pid_t child = ::fork();
  lock.unlock();
  {
    const Guard again{lock};
  }
  if (child == 0) std::exit(0);  // with an end record of its own
  std::printf("child %d\n", wait_for(child));
}

// Another thread has taken a and b, and lives; b and a are taken in the fork (0), by a thread of the fork
// that begins later (1), or by two threads of the fork in both orders (2), or by the parent (3).
void fork_inherits(int number) {
  Lock a{"a"};
  Lock b{"b"};
  const auto nest = [](Lock& first, Lock& second) {
    const Guard outer{first};
    const Guard inner{second};
  };
  Turns turns;
  Thread other{"other", [&] {
                 nest(a, b);
                 turns.done();
                 turns.wait_for(2);
               }};
  turns.wait_for(1);
  const pid_t child = ::fork();
  if (child == 0) {
    if (number == 0) nest(b, a);
    if (number == 1 || number == 2) Thread{"late", [&] { nest(b, a); }}.join();
    if (number == 2) {
      Turns over;
      Thread first{"first", [&] {
                     nest(b, a);
                     over.done();
                   }};
      Thread second{"second", [&] {
                      over.wait_for(1);
                      nest(a, b);
                    }};
      first.join();
      second.join();
    }
    std::exit(0);
  }
  std::printf("child %d\n", wait_for(child));
  if (number == 3) nest(b, a);
  turns.done();
}

constexpr std::array kSituations = {
    Situation{"fork-held", fork_held},
    Situation{"fork-held-not-asked", fork_held_not_asked},
    Situation{"fork-held-timed", fork_held_timed},
    Situation{"fork-held-shared", fork_held_shared},
    Situation{"fork-exec", fork_exec},
    Situation{"fork-own", fork_own},
    Situation{"fork-inherits", fork_inherits},
};

}  // namespace

std::span<const Situation> forks() { return kSituations; }

}  // namespace gridlock::probe
