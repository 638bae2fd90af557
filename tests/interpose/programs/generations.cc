// SPDX-License-Identifier: Apache-2.0
//
// Mutexes and threads that come and go: the resident size stays, what comes later is still watched, and a mutex in the
// memory of an old one is another one.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include "tests/interpose/programs/situation.h"

namespace {

constexpr int kMutexes = 1'200'000;  // more than there are ids

std::mutex alice;
std::mutex bob;
std::mutex lasting;
pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;
Turns turns;

long resident_kilobytes() {
  long pages = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%*s %ld", &pages) != 1) std::abort();
  std::fclose(file);
  return pages * 4;
}

// How much more it is in the second half than in the first: it goes up and down by what is forgotten together.
template <typename Round>
void repeat(int rounds, Round round) {
  long most[2] = {0, 0};
  for (int i = 0; i < rounds; ++i) {
    round(i);
    if (i % (rounds / 100) != 0) continue;
    long& seen = most[i < rounds / 2 ? 0 : 1];
    seen = std::max(seen, resident_kilobytes());
  }
  std::printf("grown by %ld KB\n", most[1] - most[0]);
}

// Both threads live at the same time, one behind the other.
void cross(std::mutex& one, std::mutex& other) {
  std::thread first([&] {
    const std::scoped_lock outer(one);
    const std::scoped_lock inside(other);
    turns.next();
  });
  std::thread second([&] {
    turns.wait_for(1);
    const std::scoped_lock outer(other);
    const std::scoped_lock inside(one);
  });
  first.join();
  second.join();
}

// Nobody is told of the end of a std::mutex. They lie here and there.
void make_std_mutexes(int count) {
  std::vector<std::unique_ptr<std::mutex>> some(97);
  repeat(count, [&](int i) {
    std::unique_ptr<std::mutex>& mutex = some[static_cast<unsigned>(i) * 31 % some.size()];
    mutex = std::make_unique<std::mutex>();
    const std::scoped_lock outer(lasting);
    const std::scoped_lock inside(*mutex);
    pthread_mutex_lock(&inner);
    pthread_mutex_unlock(&inner);
  });
  cross(alice, bob);
}

void std_mutexes() { make_std_mutexes(kMutexes); }
void fewer_std_mutexes() { make_std_mutexes(100'000); }

void make_pthread_mutexes(int count) {
  repeat(count, [](int) {
    pthread_mutex_t mutex;
    pthread_mutex_init(&mutex, nullptr);
    {
      const std::scoped_lock outer(lasting);
      pthread_mutex_lock(&mutex);
      pthread_mutex_lock(&inner);
      pthread_mutex_unlock(&inner);
      pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_destroy(&mutex);
  });
  cross(alice, bob);
}

void pthread_mutexes() { make_pthread_mutexes(kMutexes); }
void fewer_pthread_mutexes() { make_pthread_mutexes(100'000); }

// More than there is room for, one after the other, in memory that stays as they leave it.
void semaphores_barriers_and_spin_locks() {
  constexpr unsigned kEach = 3'000;
  std::vector<sem_t> semaphores(kEach);
  std::vector<pthread_barrier_t> barriers(kEach);
  const std::unique_ptr<pthread_spinlock_t[]> spins(new pthread_spinlock_t[kEach]);
  for (unsigned i = 0; i < kEach; ++i) {
    sem_init(&semaphores[i], 0, 1);
    sem_wait(&semaphores[i]);
    sem_post(&semaphores[i]);
    sem_destroy(&semaphores[i]);
    pthread_barrier_init(&barriers[i], nullptr, 1);
    pthread_barrier_wait(&barriers[i]);
    pthread_barrier_destroy(&barriers[i]);
    pthread_spin_init(&spins[i], PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&spins[i]);
    pthread_spin_unlock(&spins[i]);
    pthread_spin_destroy(&spins[i]);
  }
  std::puts("grown by 0 KB");
  cross(alice, bob);
}

struct Both {
  std::mutex one;
  std::mutex other;
};

// Each pair in the same memory; the order changes from pair to pair, and never within one.
void pairs_in_one_place() {
  constexpr int kPairs = 5'000;
  alignas(Both) unsigned char memory[sizeof(Both)];
  Both* both = nullptr;
  const auto nest = [&](bool forward) {
    const std::scoped_lock outer(forward ? both->one : both->other);
    const std::scoped_lock inside(forward ? both->other : both->one);
  };
  std::thread second([&] {
    for (int i = 0; i < kPairs; ++i) {
      turns.wait_for(2 * i + 1);
      nest(i % 2 == 0);
      turns.next();
    }
  });
  for (int i = 0; i < kPairs; ++i) {
    both = new (memory) Both;
    nest(i % 2 == 0);
    turns.next();
    turns.wait_for(2 * i + 2);
    both->~Both();
  }
  second.join();
}

// Those that have said so may still be about to end: where the machine has other work, more of them at a time.
void wait_until_alone() {
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  };
  while (threads() > 1) sched_yield();
}

void* nothing(void* done) {
  pthread_mutex_lock(&inner);
  pthread_mutex_unlock(&inner);
  sem_post(static_cast<sem_t*>(done));
  return nullptr;
}

void detached_threads() {
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  sem_t done;  // and no Turns, which take long on a machine that has other work
  sem_init(&done, 0, 0);
  repeat(80'000, [&](int i) {
    pthread_t thread = 0;
    if (pthread_create(&thread, i % 2 == 0 ? &detached : nullptr, &nothing, &done) != 0)
      std::abort();
    if (i % 2 != 0) pthread_detach(thread);
    sem_wait(&done);
    if (i % 64 == 0) wait_until_alone();
  });
  cross(alice, bob);
}

// What is first used while there is no room stays unwatched, also when there is room later, while it is held.
void first_used_without_room() {
  std::vector<pthread_mutex_t> all_room(1000);
  for (pthread_mutex_t& mutex : all_room) {
    pthread_mutex_init(&mutex, nullptr);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  }
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_t recursive;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&recursive, &attributes);
  pthread_rwlock_t read = PTHREAD_RWLOCK_INITIALIZER;
  pthread_rwlock_t written = PTHREAD_RWLOCK_INITIALIZER;
  sem_t permit;
  sem_init(&permit, 0, 1);
  pthread_spinlock_t spin;
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  for (int round = 0; round < 3; ++round) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&recursive);
    pthread_mutex_lock(&recursive);
    pthread_rwlock_rdlock(&read);
    pthread_rwlock_wrlock(&written);
    sem_wait(&permit);
    pthread_spin_lock(&spin);
    for (pthread_mutex_t& one : all_room)
      if (round == 0) pthread_mutex_destroy(&one);
    std::thread([&] {
      if (pthread_mutex_trylock(&mutex) == 0 || pthread_mutex_trylock(&recursive) == 0 ||
          pthread_rwlock_trywrlock(&read) == 0 || pthread_rwlock_tryrdlock(&written) == 0 ||
          sem_trywait(&permit) == 0 || pthread_spin_trylock(&spin) == 0)
        std::abort();
      pthread_cond_signal(&condition);
    }).join();
    timespec past{};
    if (pthread_cond_timedwait(&condition, &mutex, &past) != ETIMEDOUT) std::abort();
    pthread_spin_unlock(&spin);
    sem_post(&permit);
    pthread_rwlock_unlock(&written);
    pthread_rwlock_unlock(&read);
    pthread_mutex_unlock(&recursive);
    pthread_mutex_unlock(&recursive);
    pthread_mutex_unlock(&mutex);
  }
  pthread_cond_destroy(&condition);
  pthread_spin_destroy(&spin);
  sem_destroy(&permit);
  pthread_rwlock_destroy(&written);
  pthread_rwlock_destroy(&read);
  pthread_mutex_destroy(&recursive);
  pthread_mutex_destroy(&mutex);
  cross(alice, bob);
}

const Situation all[] = {
    {"others", &semaphores_barriers_and_spin_locks},
    {"first-used-without-room", &first_used_without_room},
    {"std-mutexes", &std_mutexes},
    {"fewer-std-mutexes", &fewer_std_mutexes},
    {"pthread-mutexes", &pthread_mutexes},
    {"pairs-in-one-place", &pairs_in_one_place},
    {"detached-threads", &detached_threads},
    {"fewer-pthread-mutexes", &fewer_pthread_mutexes},
};

}  // namespace

int main(int words, char** argv) { return run_one(all, words, argv); }
