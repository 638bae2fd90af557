// SPDX-License-Identifier: Apache-2.0
//
// Locks of POSIX and of the C++ library, as programs use them.
#include <pthread.h>

#include <cerrno>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "tests/interpose/programs/situation.h"

namespace {

pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
std::mutex alice;
std::mutex bob;
std::shared_mutex names;
std::shared_mutex prices;
Turns turns;

void* post(void*) {
  pthread_mutex_lock(&accounts);
  pthread_mutex_lock(&journal);
  pthread_mutex_unlock(&journal);
  pthread_mutex_unlock(&accounts);
  return nullptr;
}

void* audit(void*) {
  pthread_mutex_lock(&journal);
  pthread_mutex_lock(&accounts);
  pthread_mutex_unlock(&accounts);
  pthread_mutex_unlock(&journal);
  return nullptr;
}

void meet() {
  turns.next();
  turns.wait_for(2);
}

void pthread_cycle() {
  run_both(turns, [] { post(nullptr); }, [] { audit(nullptr); });
}
void pthread_one_order() {
  run_both(turns, [] { post(nullptr); }, [] { post(nullptr); });
}
void pthread_joined_between() {
  pthread_t thread{};
  pthread_create(&thread, nullptr, &post, nullptr);
  pthread_join(thread, nullptr);
  pthread_create(&thread, nullptr, &audit, nullptr);
  pthread_join(thread, nullptr);
}
void std_cycle() {
  run_both(
      turns,
      [] {
        const std::lock_guard one(alice);
        const std::lock_guard other(bob);
      },
      [] {
        const std::lock_guard one(bob);
        const std::lock_guard other(alice);
      });
}
void std_hang() {
  std::thread one([] {
    const std::lock_guard first(alice);
    meet();
    const std::lock_guard second(bob);
  });
  std::thread other([] {
    const std::lock_guard first(bob);
    meet();
    const std::lock_guard second(alice);
  });
  one.join();
  other.join();
}
void std_scoped() {
  run_both(
      turns, [] { const std::scoped_lock both(alice, bob); },
      [] { const std::scoped_lock both(bob, alice); });
}
void std_gate() {
  static std::mutex gate;
  run_both(
      turns,
      [] {
        const std::lock_guard first(gate);
        const std::scoped_lock one(alice);
        const std::scoped_lock other(bob);
      },
      [] {
        const std::lock_guard first(gate);
        const std::scoped_lock one(bob);
        const std::scoped_lock other(alice);
      });
}
void std_timed() {
  static std::timed_mutex timed;
  run_both(
      turns,
      [] {
        const std::lock_guard one(alice);
        if (timed.try_lock_for(std::chrono::milliseconds(1))) timed.unlock();
      },
      [] {
        const std::lock_guard one(timed);
        const std::lock_guard other(alice);
      });
}

void self_deadlock() {
  pthread_mutex_lock(&accounts);
  pthread_mutex_lock(&accounts);
}
void self_recursive() {
  std::recursive_mutex again;
  const std::lock_guard one(again);
  const std::lock_guard other(again);
}
void self_errorcheck() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  pthread_mutex_lock(&mutex);
  std::printf("%d %d\n", pthread_mutex_lock(&mutex) == EDEADLK,
              pthread_mutex_trylock(&mutex) == EBUSY);
  pthread_mutex_unlock(&mutex);
  std::printf("%d\n", pthread_mutex_unlock(&mutex) == EPERM);
  std::printf("%d\n", pthread_mutex_destroy(&mutex));
}
void self_robust() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  static pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  std::thread([] { pthread_mutex_lock(&mutex); }).join();
  std::printf("%d\n", pthread_mutex_lock(&mutex) == EOWNERDEAD);
  std::printf("%d\n", pthread_mutex_consistent(&mutex));
  std::printf("%d\n", pthread_mutex_unlock(&mutex));
}

// A thread that locks what nobody else can know yet, in the memory of what others locked the other way round.
void reused_memory() {
  for (int round = 0; round < 2; ++round) {
    std::thread([round] {
      pthread_mutex_t pair[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
      pthread_mutex_lock(&pair[round]);
      pthread_mutex_lock(&pair[1 - round]);
      pthread_mutex_unlock(&pair[1 - round]);
      pthread_mutex_unlock(&pair[round]);
    }).join();
  }
}

// Nobody else can know a mutex before it is put where others find it.
struct Node {
  pthread_mutex_t own;
  Node* next;
};
Node* list = nullptr;

void add_node() {
  auto* const node = new Node{};
  pthread_mutex_init(&node->own, nullptr);
  pthread_mutex_lock(&node->own);
  pthread_mutex_lock(&accounts);
  node->next = list;
  list = node;
  pthread_mutex_unlock(&accounts);
  pthread_mutex_unlock(&node->own);
}
void visit_nodes() {
  pthread_mutex_lock(&accounts);
  for (Node* node = list; node != nullptr; node = node->next) {
    pthread_mutex_lock(&node->own);
    pthread_mutex_unlock(&node->own);
  }
  pthread_mutex_unlock(&accounts);
}
void published_under_lock() { run_both(turns, add_node, visit_nodes); }
void published_before() {
  add_node();
  run_both(
      turns,
      [] {
        pthread_mutex_lock(&list->own);
        pthread_mutex_lock(&accounts);
        pthread_mutex_unlock(&accounts);
        pthread_mutex_unlock(&list->own);
      },
      visit_nodes);
}

void rwlock_cycle() {
  run_both(
      turns,
      [] {
        const std::shared_lock one(names);
        const std::unique_lock other(prices);
      },
      [] {
        const std::shared_lock one(prices);
        const std::unique_lock other(names);
      });
}
void rwlock_readers() {
  run_both(
      turns,
      [] {
        const std::shared_lock one(names);
        const std::shared_lock other(prices);
      },
      [] {
        const std::shared_lock one(prices);
        const std::shared_lock other(names);
      });
}
void rwlock_hang() {
  std::thread one([] {
    const std::shared_lock first(names);
    meet();
    const std::unique_lock second(prices);
  });
  std::thread other([] {
    const std::shared_lock first(prices);
    meet();
    const std::unique_lock second(names);
  });
  one.join();
  other.join();
}
void rwlock_upgrade() {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  pthread_rwlock_rdlock(&lock);
  pthread_rwlock_wrlock(&lock);
}
void rwlock_refused() {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  pthread_rwlock_wrlock(&lock);
  std::printf("%d %d %d\n", pthread_rwlock_wrlock(&lock) == EDEADLK,
              pthread_rwlock_rdlock(&lock) == EDEADLK, pthread_rwlock_trywrlock(&lock) == EBUSY);
  pthread_rwlock_unlock(&lock);
  pthread_rwlock_rdlock(&lock);
  pthread_rwlock_rdlock(&lock);
  pthread_rwlock_unlock(&lock);
  pthread_rwlock_unlock(&lock);
  std::printf("%d\n", pthread_rwlock_trywrlock(&lock));
}

pthread_spinlock_t spins[2];
template <int first, int second>
void spin_both() {
  pthread_spin_lock(&spins[first]);
  pthread_spin_lock(&spins[second]);
  pthread_spin_unlock(&spins[second]);
  pthread_spin_unlock(&spins[first]);
}
void init_spins() {
  for (pthread_spinlock_t& lock : spins) pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
}
void spin_cycle() {
  init_spins();
  run_both(turns, spin_both<0, 1>, spin_both<1, 0>);
}
void spin_one_order() {
  init_spins();
  run_both(turns, spin_both<0, 1>, spin_both<0, 1>);
}
void spin_hang() {
  init_spins();
  std::thread other([] {
    pthread_spin_lock(&spins[1]);
    meet();
    pthread_spin_lock(&spins[0]);
  });
  pthread_spin_lock(&spins[0]);
  meet();
  pthread_spin_lock(&spins[1]);
  other.join();
}
void spin_self() {
  init_spins();
  pthread_spin_lock(&spins[0]);
  pthread_spin_lock(&spins[0]);
}

void unlock_of_another() {
  pthread_mutex_lock(&accounts);
  std::thread([] { pthread_mutex_unlock(&accounts); }).join();
}
// The mutex hands something over, which it is not for. That is said; but no order comes of it.
void unlock_of_another_orders_nothing() {
  run_both(
      turns,
      [] {
        pthread_mutex_lock(&accounts);
        std::thread([] { pthread_mutex_unlock(&accounts); }).join();
        const std::lock_guard hold(alice);
      },
      [] {
        const std::lock_guard hold(alice);
        pthread_mutex_lock(&accounts);
        pthread_mutex_unlock(&accounts);
      });
}
void unlock_of_nobody() { pthread_mutex_unlock(&accounts); }
void destroyed_held() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  std::printf("%d\n", pthread_mutex_destroy(&mutex) == EBUSY);
}
void spin_destroyed_held() {
  init_spins();
  pthread_spin_lock(&spins[0]);
  pthread_spin_destroy(&spins[0]);
  init_spins();
  spin_both<0, 1>();
}
void spin_destroyed_free() {
  init_spins();
  spin_both<0, 1>();
  for (pthread_spinlock_t& lock : spins) pthread_spin_destroy(&lock);
  init_spins();  // others, in the same place
  spin_both<1, 0>();
}
void used_after_destroy() {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  pthread_mutex_destroy(&mutex);
  std::printf("%d\n", pthread_mutex_lock(&mutex) == EINVAL);
}
void exit_holding() {
  std::thread([] { pthread_mutex_lock(&accounts); }).join();
}
void locked_before_main_and_after() {
  struct Late {
    ~Late() { const std::lock_guard hold(alice); }
  };
  static const Late late;
  const std::lock_guard hold(bob);
}

constexpr Situation kAll[] = {
    {"pthread-cycle", pthread_cycle},
    {"pthread-one-order", pthread_one_order},
    {"pthread-joined-between", pthread_joined_between},
    {"std-cycle", std_cycle},
    {"std-hang", std_hang},
    {"std-scoped", std_scoped},
    {"std-gate", std_gate},
    {"std-timed", std_timed},
    {"self-deadlock", self_deadlock},
    {"self-recursive", self_recursive},
    {"self-errorcheck", self_errorcheck},
    {"self-robust", self_robust},
    {"reused-memory", reused_memory},
    {"published-under-lock", published_under_lock},
    {"published-before", published_before},
    {"rwlock-cycle", rwlock_cycle},
    {"rwlock-readers", rwlock_readers},
    {"rwlock-hang", rwlock_hang},
    {"rwlock-upgrade", rwlock_upgrade},
    {"rwlock-refused", rwlock_refused},
    {"spin-cycle", spin_cycle},
    {"spin-one-order", spin_one_order},
    {"spin-hang", spin_hang},
    {"spin-self", spin_self},
    {"unlock-of-another", unlock_of_another},
    {"unlock-of-another-orders-nothing", unlock_of_another_orders_nothing},
    {"unlock-of-nobody", unlock_of_nobody},
    {"destroyed-held", destroyed_held},
    {"spin-destroyed-held", spin_destroyed_held},
    {"spin-destroyed-free", spin_destroyed_free},
    {"used-after-destroy", used_after_destroy},
    {"exit-holding", exit_holding},
    {"static-destructor", locked_before_main_and_after}};

// Before main.
const struct Early {
  Early() { const std::lock_guard hold(alice); }
} kEarly;

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
