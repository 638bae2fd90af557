// SPDX-License-Identifier: Apache-2.0
//
// Mutexes that are locked again and again as the last time, and what lies in them: a short way knows them by it.
#include <pthread.h>

#include <cstring>
#include <mutex>
#include <thread>

#include "tests/interpose/programs/situation.h"

namespace {

constexpr int kOften = 5;

std::mutex alice;
std::mutex bob;
std::mutex carol;
Turns turns;

void try_under_alice() {
  for (int i = 0; i < kOften; ++i) {
    const std::lock_guard one(alice);
    const std::unique_lock other(bob, std::try_to_lock);
  }
}
void lock_under_bob() {
  const std::lock_guard one(bob);
  const std::lock_guard other(alice);
}
void only_tried() { run_both(turns, try_under_alice, lock_under_bob); }
// What was tried in a nesting is not known to be asked for in it.
void tried_then_asked() {
  run_both(
      turns,
      [] {
        try_under_alice();
        const std::lock_guard one(alice);
        const std::lock_guard other(bob);
      },
      lock_under_bob);
}
// What was asked for in a nesting is still known where it is tried.
void asked_then_tried() {
  run_both(
      turns,
      [] {
        for (int i = 0; i < kOften; ++i) {
          const std::lock_guard one(alice);
          const std::lock_guard other(bob);
        }
        try_under_alice();
      },
      lock_under_bob);
}

pthread_mutex_t original = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t copy = PTHREAD_MUTEX_INITIALIZER;

// Under alice the original, often, and then what is said, around carol.
void lock_around_carol(pthread_mutex_t& mutex) {
  for (int i = 0; i < kOften; ++i) {
    const std::lock_guard hold(alice);
    pthread_mutex_lock(&original);
    pthread_mutex_unlock(&original);
  }
  std::memcpy(&copy, &original, sizeof copy);
  const std::lock_guard hold(alice);
  pthread_mutex_lock(&mutex);
  carol.lock();
  carol.unlock();
  pthread_mutex_unlock(&mutex);
}
void lock_original_under_carol() {
  const std::lock_guard hold(carol);
  pthread_mutex_lock(&original);
  pthread_mutex_unlock(&original);
}
// With all that lies in it, a copy is another mutex.
void copied() {
  run_both(turns, [] { lock_around_carol(copy); }, lock_original_under_carol);
}
void not_copied() {
  run_both(turns, [] { lock_around_carol(original); }, lock_original_under_carol);
}

// What a debugger shows, and other functions of libc rely on.
void show(const char* when, const pthread_mutex_t& mutex) {
  std::printf("%s: word %d, %s, %u users\n", when, mutex.__data.__lock,
              mutex.__data.__owner != 0 ? "owned" : "not owned", mutex.__data.__nusers);
}
void lock_and_show(pthread_mutex_t& mutex) {
  for (int i = 0; i < kOften; ++i) {
    pthread_mutex_lock(&mutex);
    show("held", mutex);
    pthread_mutex_unlock(&mutex);
    show("free", mutex);
    pthread_mutex_trylock(&mutex);
    show("held", mutex);
    pthread_mutex_unlock(&mutex);
    show("free", mutex);
  }
}
void fields() {
  lock_and_show(original);  // in the only thread
  std::thread([] { lock_and_show(original); }).join();
  lock_and_show(original);
  std::printf("%d\n", pthread_mutex_destroy(&original));
}

// A condition that processes share is libc's own, which counts whoever waits for it among the users of the mutex.
pthread_cond_t condition;
bool is_true = false;
void fields_beside_waiter() {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&condition, &attributes);
  std::thread waiter([] {
    lock_and_show(original);
    pthread_mutex_lock(&original);
    turns.next();
    while (!is_true) pthread_cond_wait(&condition, &original);
    show("held by the waiter", original);
    pthread_mutex_unlock(&original);
  });
  turns.wait_for(1);
  lock_and_show(original);
  pthread_mutex_lock(&original);
  is_true = true;
  pthread_cond_signal(&condition);
  pthread_mutex_unlock(&original);
  waiter.join();
  lock_and_show(original);
  std::printf("%d\n", pthread_mutex_destroy(&original));
}

constexpr Situation kAll[] = {{"only-tried", only_tried},
                              {"tried-then-asked", tried_then_asked},
                              {"asked-then-tried", asked_then_tried},
                              {"copied", copied},
                              {"not-copied", not_copied},
                              {"fields", fields},
                              {"fields-beside-waiter", fields_beside_waiter}};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
