// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <pthread.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;

Lock g_held{"held"};

// Far longer than the process lives.
void go_on_for_long() { std::this_thread::sleep_for(1h); }

void detached_runs(int) {
  Rendezvous started{2};
  Thread{"runner",
         [&] {
           started.meet();
           go_on_for_long();
         }}
      .detach();
  started.meet();
}

void detached_waits(int) {
  static Semaphore never{0};
  static Turns turns;
  Thread{"waiter",
         [] {
           const Guard guard{g_held};
           turns.done();
           never.acquire();
         }}
      .detach();
  Thread{"runner", [] { go_on_for_long(); }}.detach();
  turns.wait_for(1);
}

// It has said that it is done, and takes a while to return.
void detached_returns(int milliseconds) {
  static Semaphore done{0};
  Thread{"returner",
         [=] {
           done.release();
           std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
         }}
      .detach();
  done.acquire();
}

void daemon_runs(int) {
  const Thread left{ThreadOptions{.name = "left", .daemon = true}, go_on_for_long};
  Thread let_go{ThreadOptions{.name = "let go", .daemon = true}, go_on_for_long};
  let_go.detach();
}

void detached_and_exit(int) {
  Thread{"runner", go_on_for_long}.detach();
  std::exit(0);
}

void detached_and_abrupt_end(int) {
  Thread{"runner", go_on_for_long}.detach();
  std::quick_exit(0);
}

// The one that calls exit has not been cut off.
void exit_from_detached(int) {
  Thread{"leaver", [] { std::exit(0); }}.detach();
  go_on_for_long();
}

class Clerk final : public ThreadObject {
 public:
  Clerk(Rendezvous& at_work, bool joins)
      : ThreadObject("clerk"), at_work_(&at_work), joins_(joins) {}
  ~Clerk() override {
    if (joins_) join();
  }
  Clerk(const Clerk&) = delete;
  Clerk& operator=(const Clerk&) = delete;

 private:
  void run() override {
    at_work_->meet();
    std::this_thread::sleep_for(100ms);
  }
  Rendezvous* at_work_;
  bool joins_;
};

void object_destroyed(int joins) {
  Rendezvous at_work{2};
  Clerk clerk{at_work, joins != 0};
  clerk.start();
  at_work.meet();
}

// A lock that something gives back when its thread is over.
struct GivesBack {
  ~GivesBack() {
    if (lock != nullptr) lock->unlock();
  }
  Lock* lock = nullptr;
};
thread_local GivesBack t_gives_back;

void thread_local_gives_back(int leaves_early) {
  static Lock lock{"ledger"};
  Thread{"owner",
         [&] {
           lock.lock();
           t_gives_back.lock = &lock;
           if (leaves_early != 0) pthread_exit(nullptr);
         }}
      .join();
  const Guard guard{lock};
}

void unlock(void* lock) { static_cast<Lock*>(lock)->unlock(); }
pthread_key_t g_early_key;
[[gnu::constructor(101)]] void make_early_key() { pthread_key_create(&g_early_key, &unlock); }

void key_gives_back(int late) {
  static Lock lock{"ledger"};
  lock.lock();
  lock.unlock();
  pthread_key_t key = g_early_key;
  if (late != 0) pthread_key_create(&key, &unlock);
  Thread{"owner",
         [&] {
           lock.lock();
           pthread_setspecific(key, &lock);
         }}
      .join();
}

void holds_at_pthread_exit(int) {
  static Lock lock{"ledger"};
  Thread{"owner",
         [] {
           lock.lock();
           pthread_exit(nullptr);
         }}
      .join();
}

void exits_in_a_thread(int) {
  static Lock lock{"ledger"};
  Thread{"owner",
         [] {
           lock.lock();
           std::exit(0);
         }}
      .join();
}

constexpr std::array kSituations = {
    Situation{"thread-local-gives-back", thread_local_gives_back},
    Situation{"key-gives-back", key_gives_back},
    Situation{"holds-at-pthread-exit", holds_at_pthread_exit},
    Situation{"exits-in-a-thread", exits_in_a_thread},
    Situation{"detached-runs", detached_runs},
    Situation{"detached-waits", detached_waits},
    Situation{"detached-returns", detached_returns},
    Situation{"daemon-runs", daemon_runs},
    Situation{"detached-and-exit", detached_and_exit},
    Situation{"detached-and-abrupt-end", detached_and_abrupt_end},
    Situation{"exit-from-detached", exit_from_detached},
    Situation{"object-destroyed", object_destroyed},
};

}  // namespace

std::span<const Situation> threads() { return kSituations; }

}  // namespace gridlock::probe
