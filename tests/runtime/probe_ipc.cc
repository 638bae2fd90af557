// SPDX-License-Identifier: Apache-2.0
//
// Several processes and what they share. The steps between them go through words of the shared
// memory that Gridlock does not know of.
#include <gridlock/gridlock.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <system_error>
#include <vector>

#include "harness/platform/futex.h"
#include "harness/runtime/process_tree/tree.h"
#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;
using namespace internal;  // NOLINT(google-build-using-namespace): drives the inside

class Step {
 public:
  Step() {
    process_tree_ready();
    word_ = static_cast<std::atomic<u32>*>(tree_allocate(sizeof(std::atomic<u32>)));
  }
  void reach(u32 value) {
    word_->store(value);
    futex_wake_shared(word_, kAll);
  }
  void await(u32 value) {
    for (u32 seen = word_->load(); seen < value; seen = word_->load())
      futex_wait_shared(word_, seen, kNoTimeout);
  }
  u32 now() const { return word_->load(); }

 private:
  std::atomic<u32>* word_;
};

const char* outcome(const std::system_error& error) {
  return error.code() == std::errc::resource_deadlock_would_occur ? "deadlock" : "error";
}

// 0: crossed; 1: in one order.
void crossed(int number) {
  Step step;
  IpcLock stock{"stock"};
  IpcLock till{"till"};
  stock.lock();
  Process child{"consumer", [&] {
                  IpcLock& first = number == 0 ? till : stock;
                  IpcLock& second = number == 0 ? stock : till;
                  if (number == 0) first.lock();
                  step.reach(1);
                  if (number != 0) first.lock();
                  second.lock();
                  second.unlock();
                  first.unlock();
                }};
  step.await(1);
  till.lock();
  till.unlock();
  stock.unlock();
  child.join();
}

// Both throw-safe: prints who got the exception.
void crossed_throw(int) {
  Step step;
  IpcLock stock{"stock"};
  IpcLock till{"till"};
  stock.lock();
  Process child{"consumer", [&] {
                  const std::scoped_lock hold{till};
                  step.reach(1);
                  try {
                    const std::scoped_lock more{stock};
                  } catch (const std::system_error& error) {
                    std::printf("child %s\n", outcome(error));
                    std::fflush(stdout);
                  }
                }};
  step.await(1);
  try {
    till.lock();
    till.unlock();
  } catch (const std::system_error& error) {
    std::printf("parent %s\n", outcome(error));
    std::fflush(stdout);
  }
  stock.unlock();
  child.join();
}

void self(int) {
  IpcLock stock{"stock"};
  stock.lock();
  stock.lock();
}

// 0: killed with the lock held; 1: killed after it was released; 2: exits with it held; 3: as 0,
// and others wait for it meanwhile; 4: by try_lock; 5: by a timed lock; 6: by the destructor; 7: as 5,
// with less time than a look takes to come
void owner(int number) {
  Step step;
  auto* const stock = new IpcLock{"stock"};
  Process child{"consumer", [&] {
                  stock->lock();
                  if (number == 1) stock->unlock();
                  step.reach(1);
                  if (number == 2) return;
                  for (;;) ::pause();
                }};
  step.await(1);
  Process other{"other", [&] {
                  if (number != 3) return;
                  stock->lock();
                  std::printf("other got it\n");
                  std::fflush(stdout);
                  stock->unlock();
                }};
  if (number == 2) {
    child.join();
  } else {
    child.kill();
  }
  bool got = true;
  if (number == 6) {
    got = false;
    child.join();
  } else if (number == 4) {
    child.join();
    got = stock->try_lock();
  } else if (number == 5) {
    got = stock->try_lock_for(60s);
  } else if (number == 7) {
    child.join();
    got = stock->try_lock_for(1ms);
  } else {
    stock->lock();
  }
  if (number == 3) std::printf("parent got it\n");
  if (number != 3) std::printf("got %d abandoned %d\n", got ? 1 : 0, stock->abandoned() ? 1 : 0);
  std::fflush(stdout);
  if (got) {
    stock->unlock();
    stock->lock();
    std::printf("later %d\n", stock->abandoned() ? 1 : 0);
    std::fflush(stdout);
    stock->unlock();
  }
  other.join();
  delete stock;
}

// P1 holds the stock and joins P2, whose main thread waits for a local lock of its helper, which
// waits for the stock. 0: so; 1: P1 lets the stock go first.
void join_chain(int number) {
  IpcLock stock{"stock"};
  stock.lock();
  Process child{"consumer", [&] {
                  Lock till{"till"};
                  Turns turns;
                  Thread helper{"helper", [&] {
                                  const Guard guard{till};
                                  turns.done();
                                  stock.lock();
                                  stock.unlock();
                                }};
                  turns.wait_for(1);
                  {
                    const Guard guard{till};
                  }
                  helper.join();
                }};
  if (number == 1) stock.unlock();
  child.join();
  if (number == 0) stock.unlock();
}

// 0: nobody releases; 1: the child does; 2: nobody, and a child spins meanwhile; 3: the permit was
// killed with its holder; 4: a plain fork releases it; 5: the child ends at once and nobody joins it
void permits(int number) {
  Step step;
  IpcSemaphore slots{0, "slots"};
  Process child{"consumer", [&] {
                  if (number == 0) slots.acquire();
                  if (number == 2) {
                    const u64 end = now_ns() + 300'000'000;
                    while (now_ns() < end) {
                    }
                    slots.release();
                  }
                  if (number == 1) {
                    step.await(1);
                    slots.release();
                  }
                  if (number == 3) {
                    step.reach(1);
                    ::raise(SIGKILL);
                  }
                }};
  if (number == 4 && ::fork() == 0) {
    const u64 end = now_ns() + 300'000'000;
    while (now_ns() < end) {
    }
    slots.release();
    std::_Exit(0);
  }
  step.reach(1);
  slots.acquire();
  child.join();
}

// 0: unlocked by another process; 1: by another thread; 2: when free
void unlocks(int number) {
  IpcLock stock{"stock"};
  if (number != 2) stock.lock();
  if (number == 0) {
    Process child{"consumer", [&] { stock.unlock(); }};
    child.join();
  } else if (number == 1) {
    Thread thread{"thief", [&] { stock.unlock(); }};
  } else {
    stock.unlock();
  }
  if (number != 2) stock.unlock();
}

// The only finder is a process that is not the first, while that one spins. 0: no
// handler of the user's; 1: the signal is taken.
void busy_first(int number) {
  if (number == 1) ::signal(61, SIG_IGN);
  IpcLock stock{"stock"};
  Process child{"consumer", [&] {
                  stock.lock();
                  stock.lock();
                }};
  for (;;) {
  }
}

// A thread ends with the lock held; the next one gets it.
void thread_end(int) {
  IpcLock stock{"stock"};
  Thread{"forgetful", [&] { stock.lock(); }}.join();
  Process child{"consumer", [&] {
                  stock.lock();
                  std::printf("abandoned %d\n", stock.abandoned() ? 1 : 0);
                  std::fflush(stdout);
                  stock.unlock();
                }};
  child.join();
}

// Crossed with a local lock by two threads of one process, one after the other.
void predicted(int) {
  IpcLock stock{"stock"};
  Lock till{"till"};
  Rendezvous met{2};
  Thread one{"one", [&] {
               {
                 const std::scoped_lock first{stock};
                 const std::scoped_lock second{till};
               }
               met.meet();
             }};
  Thread two{"two", [&] {
               met.meet();
               const std::scoped_lock first{till};
               const std::scoped_lock second{stock};
             }};
}

// Many processes, many locks, always in one order: no finding.
void busy(int number) {
  constexpr int kLocks = 3;
  IpcLock a{"a"};
  IpcLock b{"b"};
  IpcLock c{"c"};
  IpcLock* const locks[kLocks] = {&a, &b, &c};
  std::vector<Process> children;
  for (int child = 0; child < 4; ++child) {
    children.emplace_back("worker", [&] {
      Thread helper{"helper", [&] {
                      for (int i = 0; i < number; ++i) {
                        const std::scoped_lock first{*locks[i % 2]};
                        const std::scoped_lock second{*locks[2]};
                      }
                    }};
      for (int i = 0; i < number; ++i) {
        const std::scoped_lock first{*locks[0]};
        const std::scoped_lock second{*locks[1 + i % 2]};
      }
    });
  }
  for (Process& child : children) child.join();
}

// 0: the consumer does not say task_done; 1: it does; 2: it was killed with an item; 3: it puts
// more than goes in
void queues(int number) {
  JoinableQueue<int> orders{4, "orders"};
  Process consumer{{.name = "consumer", .daemon = true}, [&] {
                     for (;;) {
                       const int order = orders.get();
                       if (number == 2 && order == 3) ::raise(SIGKILL);
                       if (number == 3) orders.put(order);
                       if (number != 0) orders.task_done();
                     }
                   }};
  for (int i = 0; i < 10; ++i) orders.put(i);
  orders.join();
  std::printf("joined\n");
  std::fflush(stdout);
}

// Items are lost by none and doubled by none, though workers are killed all the time.
void queue_kills(int number) {
  struct Item {
    int number;
    int square;
  };
  JoinableQueue<Item> items{8, "items"};
  JoinableQueue<Item> results{8, "results"};
  const auto work = [&] {
    for (;;) {
      const Item item = items.get();
      if (item.square != item.number * item.number) std::abort();
      results.put(item);
      items.task_done();
    }
  };
  Process stable{{.name = "stable", .daemon = true}, work};
  Process victim{{.name = "victim", .daemon = true}, work};
  int sent = 0;
  int received = 0;
  for (int i = 0; i < number; ++i) {
    if (items.put_for({i, i * i}, 1ms)) ++sent;
    while (const auto result = results.try_get()) {
      if (result->square != result->number * result->number) std::abort();
      ++received;
    }
    if (i % 10 == 9) {
      victim.kill();
      victim.join();
      victim = Process{{.name = "victim", .daemon = true}, work};
    }
  }
  while (received < sent) {
    if (!results.get_for(500ms)) break;  // some died with their item
    ++received;
  }
  std::printf("%s\n", received <= sent && received > sent / 2 ? "fine" : "lost");
  std::fflush(stdout);
}

constexpr Situation kSituations[] = {
    {"ipc-crossed", &crossed},
    {"ipc-crossed-throw", &crossed_throw},
    {"ipc-self", &self},
    {"ipc-owner", &owner},
    {"ipc-join-chain", &join_chain},
    {"ipc-permits", &permits},
    {"ipc-unlocks", &unlocks},
    {"ipc-busy-first", &busy_first},
    {"ipc-thread-end", &thread_end},
    {"ipc-predicted", &predicted},
    {"ipc-busy", &busy},
    {"ipc-queues", &queues},
    {"ipc-queue-kills", &queue_kills},
};

}  // namespace

std::span<const Situation> ipcs() { return kSituations; }

}  // namespace gridlock::probe
