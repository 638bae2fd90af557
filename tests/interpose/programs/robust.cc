// SPDX-License-Identifier: Apache-2.0
//
// Robust mutexes, and what processes share.
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string>
#include <thread>

#include "tests/interpose/programs/situation.h"

namespace {

Turns turns;

void make(pthread_mutex_t* mutex, int type = PTHREAD_MUTEX_NORMAL,
          int shared = PTHREAD_PROCESS_PRIVATE) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_settype(&attributes, type);
  pthread_mutexattr_setpshared(&attributes, shared);
  pthread_mutex_init(mutex, &attributes);
}

class Robust {
 public:
  Robust() { make(&mutex_); }
  void lock() { pthread_mutex_lock(&mutex_); }
  void unlock() { pthread_mutex_unlock(&mutex_); }
  pthread_mutex_t* native() { return &mutex_; }

 private:
  pthread_mutex_t mutex_{};
};
Robust one;
Robust other;

void both(Robust& first, Robust& then) {
  first.lock();
  then.lock();
  then.unlock();
  first.unlock();
}
template <typename First, typename Second>
void one_after_the_other(First first, Second then) {
  std::thread thread([&] {
    first();
    turns.next();
    turns.wait_for(2);
  });
  turns.wait_for(1);
  then();
  turns.next();
  thread.join();
}

void cycle() {
  one_after_the_other([] { both(one, other); }, [] { both(other, one); });
}
void one_order() {
  one_after_the_other([] { both(one, other); }, [] { both(one, other); });
}
void hang() {
  std::thread thread([] {
    one.lock();
    turns.next();
    turns.wait_for(2);
    other.lock();
  });
  other.lock();
  turns.next();
  turns.wait_for(2);
  one.lock();
  thread.join();
}
void self() {
  one.lock();
  one.lock();
}
// Whoever waits for the mutex of a thread that ends gets it.
void waits_for_ended() {
  one.lock();
  std::thread waiter;
  std::thread holder([&] {
    other.lock();
    turns.next();
    usleep(100000);
  });
  turns.wait_for(1);
  waiter = std::thread([] {
    std::printf("%d\n", pthread_mutex_lock(other.native()) == EOWNERDEAD);
    std::printf("%d\n", pthread_mutex_consistent(other.native()));
    other.unlock();
  });
  holder.join();
  waiter.join();
  one.unlock();
}
void lost() {
  std::thread([] { one.lock(); }).join();
  std::printf("%d\n", pthread_mutex_trylock(one.native()) == EOWNERDEAD);
  std::printf("%d\n", pthread_mutex_unlock(one.native()));
  std::printf("%d\n", pthread_mutex_lock(one.native()) == ENOTRECOVERABLE);
  std::printf("%d\n", pthread_mutex_trylock(one.native()) == ENOTRECOVERABLE);
  std::printf("%d\n", pthread_mutex_destroy(one.native()));
}
void types() {
  pthread_mutex_t mutex;
  make(&mutex, PTHREAD_MUTEX_RECURSIVE);
  std::printf("%d %d\n", pthread_mutex_lock(&mutex), pthread_mutex_lock(&mutex));
  std::printf("%d %d\n", pthread_mutex_unlock(&mutex), pthread_mutex_unlock(&mutex));
  std::printf("%d\n", pthread_mutex_unlock(&mutex) == EPERM);
  pthread_mutex_destroy(&mutex);
  make(&mutex, PTHREAD_MUTEX_ERRORCHECK);
  std::printf("%d %d\n", pthread_mutex_lock(&mutex), pthread_mutex_lock(&mutex) == EDEADLK);
  const timespec past{1, 0};
  std::thread([&] {
    std::printf("%d\n", pthread_mutex_timedlock(&mutex, &past) == ETIMEDOUT);
    std::printf("%d\n", pthread_mutex_trylock(&mutex) == EBUSY);
    std::printf("%d\n", pthread_mutex_unlock(&mutex) == EPERM);
  }).join();
  std::printf("%d\n", pthread_mutex_unlock(&mutex));
}
// A wait for a condition releases it.
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
bool ready = false;
void condition() {
  std::thread thread([] {
    one.lock();
    turns.next();
    while (!ready) pthread_cond_wait(&changed, one.native());
    one.unlock();
  });
  turns.wait_for(1);
  one.lock();
  ready = true;
  pthread_cond_signal(&changed);
  one.unlock();
  thread.join();
}
// The memory of one is another's.
void made_again() {
  both(one, other);
  pthread_mutex_destroy(one.native());
  pthread_mutex_destroy(other.native());
  make(one.native());
  make(other.native());
  both(other, one);
}

template <typename Object>
Object* in_shared_memory() {
  return static_cast<Object*>(
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}
void shared() {
  auto* const mutex = in_shared_memory<pthread_mutex_t>();
  make(mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_PROCESS_SHARED);
  const pid_t child = fork();
  if (child == 0) {
    pthread_mutex_lock(mutex);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  std::printf("%d\n", pthread_mutex_lock(mutex) == EOWNERDEAD);
  std::printf("%d\n", pthread_mutex_consistent(mutex));
  std::printf("%d\n", pthread_mutex_unlock(mutex));
}
// Another process ends the waits of all threads.
void shared_waits() {
  auto* const rounds = in_shared_memory<sem_t>();
  sem_init(rounds, 1, 0);
  const std::string name = "/gridlock-" + std::to_string(getpid());
  sem_t* const named = sem_open(name.c_str(), O_CREAT, 0600, 0);
  sem_unlink(name.c_str());
  const pid_t child = fork();
  if (child == 0) {
    usleep(300000);
    sem_post(rounds);
    sem_post(named);
    _exit(0);
  }
  std::thread first([&] { std::printf("%d\n", sem_wait(rounds)); });
  first.join();
  std::thread second([&] { std::printf("%d\n", sem_wait(named)); });
  second.join();
  waitpid(child, nullptr, 0);
}

constexpr Situation kAll[] = {{"cycle", cycle},
                              {"one-order", one_order},
                              {"hang", hang},
                              {"self", self},
                              {"waits-for-ended", waits_for_ended},
                              {"lost", lost},
                              {"types", types},
                              {"condition", condition},
                              {"made-again", made_again},
                              {"shared", shared},
                              {"shared-waits", shared_waits}};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
