// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

__attribute__((noinline)) void raise_it(int signal) { ::raise(signal); }
void send_it(int signal) { ::kill(::getpid(), signal); }

__attribute__((noinline)) void write_to_null(int) {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}

void abort_it(int) { std::abort(); }

// Asks for the dump while one thread is blocked, one spins in the user's code, and this one runs.
__attribute__((noinline)) void spin_until(const std::atomic<bool>& stop, std::atomic<bool>& spins) {
  spins = true;
  while (!stop.load(std::memory_order_relaxed)) {
  }
}

void dump_of_three(int signal) {
  Lock lock{"held by main"};
  Lock spinners{"held by the spinner"};
  std::atomic<bool> stop{false};
  std::atomic<bool> spins{false};
  lock.lock();
  Thread blocked{"blocked", [&] { const std::lock_guard hold{lock}; }};
  Thread spinner{"spinner", [&] {
                   const std::lock_guard hold{spinners};
                   spin_until(stop, spins);
                 }};
  while (!spins) {
  }
  ::usleep(200'000);  // nothing tells that a thread is asleep in the kernel
  ::raise(signal);
  std::puts("went on");
  stop = true;
  lock.unlock();
}

// A finding, and in the next moment the process is gone.
void killed_after_finding(int) {
  Lock lock{"free"};
  lock.unlock();
  ::raise(SIGKILL);
}

// A deadlock's finding is written by one thread while another waits to kill the process.
void killed_after_deadlock(int) {
  static Lock a{"a"};
  static Lock b{"b"};
  Rendezvous hold{2};
  Rendezvous caught{2};
  const auto cross = [&](Lock& own, Lock& wanted) {
    const std::lock_guard guard{own};
    hold.meet();
    try {
      const std::lock_guard never{wanted};
    } catch (...) {
      caught.meet();
      ::pause();
    }
  };
  Thread one{"one", [&] { cross(a, b); }};
  Thread two{"two", [&] { cross(b, a); }};
  caught.meet();
  ::raise(SIGKILL);
}

void leave_through_underscore_exit(int) { ::_exit(0); }
void leave_through_the_kernel(int) { ::syscall(SYS_exit_group, 0); }

// What the program lets through and what it does not is its own, whatever the observer does meanwhile; a process
// that is started then can be ended.
void keeps_its_signal_mask(int) {
  sigset_t own;
  sigemptyset(&own);
  sigaddset(&own, SIGUSR1);
  pthread_sigmask(SIG_SETMASK, &own, nullptr);
  ::raise(SIGUSR1);  // would end it
  const auto look = [&] {
    sigset_t now;
    pthread_sigmask(SIG_SETMASK, nullptr, &now);
    for (int signal = 1; signal < SIGRTMIN; ++signal)
      if (sigismember(&now, signal) != sigismember(&own, signal))
        std::printf("signal %d is not as it was\n", signal);
  };
  Lock first{"first"};
  Lock second{"second"};
  look();
  {
    const std::lock_guard outer{first};
    const std::lock_guard inner{second};
  }
  look();
  Thread other{"other", [&] { const std::lock_guard hold{first}; }};
  other.join();
  look();
  Process child{"child", [] {
                  for (;;) ::pause();
                }};
  child.terminate();
  child.join();
  look();
  std::puts("over");
}

constexpr std::array kSituations = {
    Situation{"raise", raise_it},
    Situation{"kill", send_it},
    Situation{"write-to-null", write_to_null},
    Situation{"abort", abort_it},
    Situation{"dump-of-three", dump_of_three},
    Situation{"killed-after-finding", killed_after_finding},
    Situation{"killed-after-deadlock", killed_after_deadlock},
    Situation{"underscore-exit", leave_through_underscore_exit},
    Situation{"keeps-its-signal-mask", keeps_its_signal_mask},
    Situation{"exit-group", leave_through_the_kernel},
};

}  // namespace

std::span<const Situation> signals() { return kSituations; }

}  // namespace gridlock::probe
