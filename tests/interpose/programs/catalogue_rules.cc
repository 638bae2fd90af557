// SPDX-License-Identifier: Apache-2.0
//
// The catalogue's scenarios of what one may not do with a lock, of read-write locks and of what is done once, as plain code.
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "tests/interpose/programs/catalogue.h"

namespace {

// A std::mutex ends without a call; what has one is POSIX's.
struct Account {
  Account() { pthread_mutex_init(&mutex, nullptr); }
  ~Account() { pthread_mutex_destroy(&mutex); }
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;
  void lock() { pthread_mutex_lock(&mutex); }
  void unlock() { pthread_mutex_unlock(&mutex); }
  pthread_mutex_t mutex;
  long balance = 100;
};

void unlock_free_twice() {
  std::mutex account;
  long balance = 100;
  std::jthread payer([&] {
    account.lock();
    balance -= 100;
    if (balance == 0) account.unlock();
    account.unlock();  // wrong: the second time
  });
}
void unlock_free_once() {
  std::mutex account;
  long balance = 100;
  std::jthread payer([&] {
    const std::lock_guard guard(account);
    balance -= 100;
  });
}
void destroy_held_locked() {
  auto account = std::make_unique<Account>();
  std::jthread closer([&] {
    account->lock();
    account->balance = 0;
    account.reset();  // wrong: the lock goes with it, held
  });
}
void destroy_held_unlocked() {
  auto account = std::make_unique<Account>();
  std::jthread closer([&] {
    {
      const std::lock_guard guard(*account);
      account->balance = 0;
    }
    account.reset();
  });
}
void tsan_destroy_locked() {
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, nullptr);
  pthread_mutex_lock(&mutex);
  pthread_mutex_destroy(&mutex);  // wrong: it is locked
}
void tsan_destroy_unlocked() {
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, nullptr);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  pthread_mutex_destroy(&mutex);
}
void use_after_destroy_closed() {
  std::optional<Account> books(std::in_place);
  Account* const pointer = &*books;
  books.reset();  // wrong: the clerk still has the pointer
  std::jthread clerk([&] { pointer->lock(); });
}
void use_after_destroy_shared() {
  auto books = std::make_shared<Account>();
  std::jthread clerk([account = books] {
    const std::lock_guard guard(*account);
    account->balance -= 10;
  });
  books.reset();
}

std::mutex accounts;
bool account_is_empty() { return true; }
void exit_holding_early_return() {
  std::jthread payer([] {
    accounts.lock();
    if (account_is_empty()) return;  // wrong: the lock stays locked
    accounts.unlock();
  });
}
void exit_holding_guard() {
  std::jthread payer([] {
    const std::lock_guard guard(accounts);
    if (account_is_empty()) return;
  });
}

void fork_beside_writer(bool child_takes_journal) {
  std::mutex journal;
  Turns turns;
  std::jthread writer([&] {
    const std::lock_guard guard(journal);
    turns.done();
    turns.wait_for(2);
  });
  turns.wait_for(1);
  const pid_t child = fork();
  if (child == 0) {
    if (child_takes_journal) journal.lock();  // wrong: nobody in this process gives it back
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  turns.done();
}
void fork_held_taken() { fork_beside_writer(true); }
void fork_held_left_alone() { fork_beside_writer(false); }

constexpr int kItems = 1'100'000;  // above the default of the option max_objects
void capacity_lock_per_item() {
  std::deque<std::mutex> mutexes;
  for (int i = 0; i < kItems; ++i) const std::lock_guard guard(mutexes.emplace_back());
}
void capacity_one_lock() {
  std::mutex mutex;
  for (int i = 0; i < kItems; ++i) const std::lock_guard guard(mutex);
}

// shared-lock: what std has no word for, POSIX has.
pthread_rwlock_t make_rwlock(int prefer) {
  pthread_rwlockattr_t attributes;
  pthread_rwlockattr_init(&attributes);
  pthread_rwlockattr_setkind_np(&attributes, prefer);
  pthread_rwlock_t lock;
  pthread_rwlock_init(&lock, &attributes);
  return lock;
}
void read_again(int prefer) {
  static pthread_rwlock_t ledger;
  ledger = make_rwlock(prefer);
  Turns turns;
  std::jthread auditor([&] {
    pthread_rwlock_rdlock(&ledger);
    turns.done();
    turns.wait_for(2);
    pthread_rwlock_rdlock(&ledger);  // inside, once more
    pthread_rwlock_unlock(&ledger);
    pthread_rwlock_unlock(&ledger);
  });
  std::jthread bookkeeper([&] {
    turns.wait_for(1);
    pthread_rwlock_wrlock(&ledger);
    pthread_rwlock_unlock(&ledger);
  });
  turns.wait_for(1);
  while (prefer == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP &&
         pthread_rwlock_tryrdlock(&ledger) == 0)
    pthread_rwlock_unlock(&ledger);
  turns.done();
}
void read_again_writers_first() { read_again(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP); }
void read_again_readers_first() { read_again(PTHREAD_RWLOCK_PREFER_READER_NP); }

template <typename Become>
void sell_twice(Become become_writer) {
  pthread_rwlock_t stock = PTHREAD_RWLOCK_INITIALIZER;
  Rendezvous both_read(2);
  int left = 1;
  const auto sell = [&] {
    pthread_rwlock_rdlock(&stock);
    both_read.meet();
    become_writer(stock);
    if (left > 0) --left;
    pthread_rwlock_unlock(&stock);
  };
  std::jthread clerk(sell);
  std::jthread cashier(sell);
}
void upgrade_twice() {
  sell_twice([](pthread_rwlock_t& stock) {
    pthread_rwlock_wrlock(&stock);
  });  // wrong: with the read lock in hand
}
void upgrade_one() {
  sell_twice([](pthread_rwlock_t& stock) {
    pthread_rwlock_unlock(&stock);
    pthread_rwlock_wrlock(&stock);
  });
}

void once_crossed() {
  std::once_flag settings;
  std::once_flag log;
  Rendezvous both_inside(2);
  std::jthread reader([&] {
    std::call_once(settings, [&] {
      both_inside.meet();
      std::call_once(log, [] { std::puts("log opened"); });
    });
  });
  std::jthread writer([&] {
    std::call_once(log, [&] {
      both_inside.meet();
      std::call_once(settings, [] { std::puts("settings read"); });
    });
  });
}
void once_ordered() {
  std::once_flag settings;
  std::once_flag log;
  Rendezvous start(2);
  const auto open_log = [&] { std::call_once(log, [] { std::puts("log opened"); }); };
  std::jthread reader([&] {
    start.meet();
    std::call_once(settings, [&] { open_log(); });
  });
  std::jthread writer([&] {
    start.meet();
    open_log();
    std::call_once(settings, [&] { open_log(); });
  });
}

constexpr Scenario kAll[] = {
    {"unlock-free/twice", unlock_free_twice},
    {"unlock-free/once", unlock_free_once},
    {"destroy-held/locked", destroy_held_locked},
    {"destroy-held/unlocked", destroy_held_unlocked},
    {"tsan-report/destroy-locked", tsan_destroy_locked},
    {"tsan-report/destroy-unlocked", tsan_destroy_unlocked},
    {"use-after-destroy/closed", use_after_destroy_closed},
    {"use-after-destroy/shared", use_after_destroy_shared},
    {"thread-exit-holding/early-return", exit_holding_early_return},
    {"thread-exit-holding/guard", exit_holding_guard},
    {"fork-held/taken", fork_held_taken},
    {"fork-held/left-alone", fork_held_left_alone},
    {"capacity/lock-per-item", capacity_lock_per_item},
    {"capacity/one-lock", capacity_one_lock},
    {"shared-lock/read-again", read_again_writers_first},
    {"shared-lock/read-again-readers-first", read_again_readers_first},
    {"shared-lock/upgrade-twice", upgrade_twice},
    {"shared-lock/upgrade-one", upgrade_one},
    {"once/crossed", once_crossed},
    {"once/ordered", once_ordered},
};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
