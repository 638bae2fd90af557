// SPDX-License-Identifier: Apache-2.0
//
// Forks that are no gridlock::Process, between processes that share things. A fork can be kept where
// the parent has gone on and nothing of Gridlock has run in the child.
#include <gridlock/gridlock.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "harness/platform/futex.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/core/forked.h"
#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace internal;  // NOLINT(google-build-using-namespace): drives the inside

constexpr u64 kLooksNs = 300'000'000;  // in which the parent looks several times

enum class Birth { kNormal, kSlow, kDeadly };
Birth g_birth = Birth::kNormal;
u32 g_generation = 0;

void spin() {
  const u64 end = now_ns() + kLooksNs;
  while (now_ns() < end) {
  }
}

void at_birth() {
  if (g_birth == Birth::kNormal) return;
  if (fork_generation() != g_generation) std::abort();  // Gridlock was first
  if (g_birth == Birth::kDeadly) ::raise(SIGKILL);
  spin();
}

// In the order of the objects in the link, the program's before the library's.
__attribute__((constructor(101))) void come_first() {
  ::pthread_atfork(nullptr, nullptr, &at_birth);
}

template <typename Body>
pid_t fork_plainly(Birth birth, const Body& body) {
  g_generation = fork_generation();
  g_birth = birth;
  const pid_t pid = ::fork();
  g_birth = Birth::kNormal;
  if (pid != 0) return pid;
  body();
  std::_Exit(0);
}

// 0: it releases; 1: it is killed at its birth; 2: it ends and has released nothing; 3: one is killed
// at its birth, another one releases; 4: it forks another one, which releases, and ends at once;
// 5: it releases after many that came and went; 6: a Process that is joined waits for it; 7: it is
// killed at its birth, and a Process that is joined waits for it
void permits(int number) {
  IpcSemaphore slots{0, "slots"};
  const auto release = [&] { slots.release(); };
  const auto nothing = [] {};
  if (number == 6 || number == 7) {
    Process child{"consumer", [&] { slots.acquire(); }};
    fork_plainly(number == 6 ? Birth::kSlow : Birth::kDeadly, release);
    child.join();
    return;
  }
  if (number == 1 || number == 3) fork_plainly(Birth::kDeadly, release);
  if (number == 2) fork_plainly(Birth::kNormal, nothing);
  if (number == 4) fork_plainly(Birth::kNormal, [&] { fork_plainly(Birth::kSlow, release); });
  for (int i = 0; number == 5 && i < 100; ++i)
    ::waitpid(fork_plainly(Birth::kNormal, nothing), nullptr, 0);
  if (number == 0 || number == 3 || number == 5) fork_plainly(Birth::kSlow, release);
  slots.acquire();
}

// 0: the fork puts; 1: it says task_done; 2: it makes room; 3: it does none of it
void queues(int number) {
  JoinableQueue<int> orders{1, "orders"};
  if (number != 0) orders.put(1);
  fork_plainly(Birth::kSlow, [&] {
    if (number == 0) orders.put(1);
    if (number == 1) orders.task_done();
    if (number == 2) (void)orders.get();
  });
  if (number == 0) (void)orders.get();
  if (number == 1) orders.join();
  if (number == 2) orders.put(2);
  if (number == 3) orders.join();
}

// The fork holds the lock for a while.
void locks(int) {
  IpcLock stock{"stock"};
  IpcSemaphore taken{0, "taken"};
  fork_plainly(Birth::kSlow, [&] {
    stock.lock();
    taken.release();
    spin();
    stock.unlock();
  });
  taken.acquire();
  stock.lock();
  stock.unlock();
}

constexpr Situation kSituations[] = {
    {"fork-permits", &permits},
    {"fork-queues", &queues},
    {"fork-locks", &locks},
};

}  // namespace

std::span<const Situation> ipc_forks() { return kSituations; }

}  // namespace gridlock::probe
