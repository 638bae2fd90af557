// SPDX-License-Identifier: Apache-2.0
//
// Names for what a program has that does not use Gridlock: nothing but the header is there.
#include <gridlock/name.h>

#include <pthread.h>
#include <semaphore.h>
#include <threads.h>

#include <condition_variable>
#include <latch>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "tests/interpose/programs/situation.h"

namespace {

std::mutex accounts;
pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
Turns turns;

template <typename First, typename Second>
void opposite_orders(First& first, Second& second) {
  std::thread one([&] {
    first.lock();
    second.lock();
    second.unlock();
    first.unlock();
    turns.next();
    turns.wait_for(2);
  });
  std::thread other([&] {
    turns.wait_for(1);
    second.lock();
    first.lock();
    first.unlock();
    second.unlock();
    turns.next();
  });
  one.join();
  other.join();
}

struct Journal {
  static void lock() { pthread_mutex_lock(&journal); }
  static void unlock() { pthread_mutex_unlock(&journal); }
};
void mutexes() {
  GRIDLOCK_NAME(accounts, "accounts");
  GRIDLOCK_NAME(journal, "journal");
  Journal second;
  opposite_orders(accounts, second);
}
void shared() {
  static std::shared_mutex accounts_book;
  static std::recursive_mutex journal_book;
  GRIDLOCK_NAME(accounts_book, "accounts");
  GRIDLOCK_NAME(journal_book, "journal");
  opposite_orders(accounts_book, journal_book);
}
void timed() {
  static std::shared_timed_mutex accounts_book;
  static std::recursive_timed_mutex journal_book;
  GRIDLOCK_NAME(accounts_book, "accounts");
  GRIDLOCK_NAME(journal_book, "journal");
  opposite_orders(accounts_book, journal_book);
}
struct Spin {
  pthread_spinlock_t word;
  Spin() { pthread_spin_init(&word, PTHREAD_PROCESS_PRIVATE); }
  void lock() { pthread_spin_lock(&word); }
  void unlock() { pthread_spin_unlock(&word); }
};
struct Plain {
  mtx_t mutex;
  Plain() { mtx_init(&mutex, mtx_plain); }
  void lock() { mtx_lock(&mutex); }
  void unlock() { mtx_unlock(&mutex); }
};
void small() {
  static Spin accounts_word;
  static Plain journal_mutex;
  GRIDLOCK_NAME(accounts_word.word, "accounts");
  GRIDLOCK_NAME(journal_mutex.mutex, "journal");
  opposite_orders(accounts_word, journal_mutex);
}
void semaphore() {
  static sem_t permits;
  sem_init(&permits, 0, 0);
  GRIDLOCK_NAME(permits, "accounts");
  std::thread([] { sem_wait(&permits); }).join();
}
void condition() {
  static std::condition_variable changed;
  GRIDLOCK_NAME(changed, "accounts");
  std::unique_lock hold(accounts);
  changed.wait(hold);
}
void barrier() {
  static pthread_barrier_t all;
  pthread_barrier_init(&all, nullptr, 2);
  GRIDLOCK_NAME(all, "accounts");
  std::thread([] { pthread_barrier_wait(&all); }).join();
}
void once() {
  static std::once_flag flag;
  GRIDLOCK_NAME(flag, "accounts");
  std::call_once(flag, [] { std::call_once(flag, [] {}); });
}
void latch() {
  static std::latch all(1);
  GRIDLOCK_NAME(all, "accounts");
  all.wait();
}

constexpr Situation kAll[] = {
    {"mutexes", mutexes}, {"shared", shared},       {"timed", timed},
    {"small", small},     {"semaphore", semaphore}, {"condition", condition},
    {"barrier", barrier}, {"once", once},           {"latch", latch}};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
