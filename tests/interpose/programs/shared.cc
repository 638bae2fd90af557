// SPDX-License-Identifier: Apache-2.0
//
// Objects that a process shares with the child that it forks: named semaphores, and mutexes, conditions, read-write locks,
// barriers and semaphores in shared memory. What one process waits for the other one gives, so nothing of one of them proves a hang.
#include "tests/interpose/programs/shared.h"

namespace {

void mutexes_one_order() {
  constexpr auto kMany = [] {
    for (int i = 0; i < 1000; ++i) take_both<&Shared::one, &Shared::other>();
  };
  beside_child(kMany, kMany);
  std::printf("%d\n", shared->value);
}
// Two processes, so no log of one of them has the cycle.
void mutexes_opposite_orders() {
  beside_child([] { take_both<&Shared::one, &Shared::other>(); },
               [] {
                 await_end_of_child();
                 take_both<&Shared::other, &Shared::one>();
               });
}
// They do hang in each other, until one gives up.
void mutexes_hang_with_limit() {
  beside_child(
      [] {
        pthread_mutex_lock(&shared->one);
        ++shared->step;
        wait_for_step(2);
        pthread_mutex_lock(&shared->other);
        pthread_mutex_unlock(&shared->other);
        pthread_mutex_unlock(&shared->one);
      },
      [] {
        pthread_mutex_lock(&shared->other);
        ++shared->step;
        wait_for_step(2);
        const timespec until = soon(CLOCK_REALTIME, 300);
        std::printf("%d\n", pthread_mutex_timedlock(&shared->one, &until) == ETIMEDOUT);
        pthread_mutex_unlock(&shared->other);
      });
}
// All threads of the parent wait, for what the child does later.
void mutex_waits_for_child() {
  beside_child(
      [] {
        pthread_mutex_lock(&shared->one);
        ++shared->step;
        usleep(300'000);
        pthread_mutex_unlock(&shared->one);
      },
      [] {
        wait_for_step(1);
        std::thread second([] {
          pthread_mutex_lock(&shared->one);
          pthread_mutex_unlock(&shared->one);
        });
        second.join();
      });
}
void condition_of_child() {
  beside_child(
      [] {
        usleep(200'000);
        pthread_mutex_lock(&shared->one);
        shared->value = 1;
        pthread_cond_broadcast(&shared->changed);
        pthread_mutex_unlock(&shared->one);
      },
      [] {
        pthread_mutex_lock(&shared->one);
        while (shared->value == 0) pthread_cond_wait(&shared->changed, &shared->one);
        pthread_mutex_unlock(&shared->one);
      });
}
void condition_with_limit() {
  beside_child([] {},
               [] {
                 const timespec until = soon(CLOCK_REALTIME, 50);
                 pthread_mutex_lock(&shared->one);
                 std::printf("%d\n", pthread_cond_timedwait(&shared->changed, &shared->one,
                                                            &until) == ETIMEDOUT);
                 pthread_mutex_unlock(&shared->one);
               });
}
void rwlock_of_child() {
  beside_child(
      [] {
        pthread_rwlock_wrlock(&shared->names);
        ++shared->step;
        usleep(200'000);
        shared->value = 5;
        pthread_rwlock_unlock(&shared->names);
      },
      [] {
        wait_for_step(1);
        pthread_rwlock_rdlock(&shared->names);
        std::printf("%d\n", shared->value);
        pthread_rwlock_unlock(&shared->names);
      });
}
void barrier_of_both() {
  beside_child(
      [] {
        usleep(200'000);
        for (int i = 0; i < 10; ++i) pthread_barrier_wait(&shared->both);
      },
      [] {
        for (int i = 0; i < 10; ++i) pthread_barrier_wait(&shared->both);
      });
}
void spin_of_both() {
  constexpr auto kMany = [] {
    for (int i = 0; i < 1000; ++i) {
      pthread_spin_lock(&shared->spin);
      ++shared->value;
      pthread_spin_unlock(&shared->spin);
    }
  };
  beside_child(kMany, kMany);
  std::printf("%d\n", shared->value);
}
void semaphore_of_child() {
  beside_child(
      [] {
        usleep(200'000);
        sem_post(&shared->given);
      },
      [] { sem_wait(&shared->given); });
}
void robust_of_dead_child() {
  beside_child([] { pthread_mutex_lock(&shared->robust); },
               [] {
                 await_end_of_child();
                 std::printf("%d\n", pthread_mutex_lock(&shared->robust) == EOWNERDEAD);
                 pthread_mutex_consistent(&shared->robust);
                 pthread_mutex_unlock(&shared->robust);
               });
}
// The child posts, and the parent opens the same name twice.
void named_semaphore() {
  static std::string name;
  static sem_t* opened;
  name = "/gridlock-test-" + std::to_string(getpid());
  opened = sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 0);
  if (opened == SEM_FAILED) return;
  beside_child(
      [] {
        sem_t* const mine = sem_open(name.c_str(), 0);
        usleep(200'000);
        sem_post(mine);
        sem_post(mine);
      },
      [] {
        sem_t* const again = sem_open(name.c_str(), 0);
        sem_wait(opened);
        const timespec until = soon(CLOCK_REALTIME, 10'000);
        std::printf("%d\n", sem_timedwait(again, &until));
        sem_close(again);
      });
  sem_close(opened);
  sem_unlink(name.c_str());
}

constexpr Situation kAll[] = {{"mutexes-one-order", mutexes_one_order},
                              {"mutexes-opposite-orders", mutexes_opposite_orders},
                              {"mutexes-hang-with-limit", mutexes_hang_with_limit},
                              {"mutex-waits-for-child", mutex_waits_for_child},
                              {"condition-of-child", condition_of_child},
                              {"condition-with-limit", condition_with_limit},
                              {"rwlock-of-child", rwlock_of_child},
                              {"barrier-of-both", barrier_of_both},
                              {"spin-of-both", spin_of_both},
                              {"semaphore-of-child", semaphore_of_child},
                              {"robust-of-dead-child", robust_of_dead_child},
                              {"named-semaphore", named_semaphore}};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
