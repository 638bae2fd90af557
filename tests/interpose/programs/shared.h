// SPDX-License-Identifier: Apache-2.0
//
// What a process shares with the child that it forks.
#pragma once

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>

#include "tests/interpose/programs/situation.h"

struct Shared {
  pthread_mutex_t one;
  pthread_mutex_t other;
  pthread_mutex_t robust;
  pthread_cond_t changed;
  pthread_rwlock_t names;
  pthread_barrier_t both;
  pthread_spinlock_t spin;
  sem_t given;
  int value;
  std::atomic<int> step;
};
inline Shared* shared = nullptr;

inline void make_shared() {
  shared = static_cast<Shared*>(
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  pthread_mutexattr_t mutexes;
  pthread_mutexattr_init(&mutexes);
  pthread_mutexattr_setpshared(&mutexes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&shared->one, &mutexes);
  pthread_mutex_init(&shared->other, &mutexes);
  pthread_mutexattr_setrobust(&mutexes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&shared->robust, &mutexes);
  pthread_condattr_t conditions;
  pthread_condattr_init(&conditions);
  pthread_condattr_setpshared(&conditions, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&shared->changed, &conditions);
  pthread_rwlockattr_t rwlocks;
  pthread_rwlockattr_init(&rwlocks);
  pthread_rwlockattr_setpshared(&rwlocks, PTHREAD_PROCESS_SHARED);
  pthread_rwlock_init(&shared->names, &rwlocks);
  pthread_barrierattr_t barriers;
  pthread_barrierattr_init(&barriers);
  pthread_barrierattr_setpshared(&barriers, PTHREAD_PROCESS_SHARED);
  pthread_barrier_init(&shared->both, &barriers, 2);
  pthread_spin_init(&shared->spin, PTHREAD_PROCESS_SHARED);
  sem_init(&shared->given, 1, 0);
}

inline void wait_for_step(int step) {
  while (shared->step.load() < step) sched_yield();
}

// What wait() says of a child: its exit code, or the signal that ended it as a negative number.
inline int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
inline void tell_end(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  std::printf("%d\n", exit_code(status));
}

// A child that does its part and ends with 3.
template <typename Part>
pid_t child_that(Part part) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    part();
    _exit(3);
  }
  return child;
}

// Each part is a process; the parent tells how they ended.
template <int count>
void in_children(void (*const (&parts)[count])()) {
  make_shared();
  for (void (*const part)() : parts) child_that(part);
  int status = 0;
  for (int i = 0; i < count; ++i) {
    wait(&status);
    std::printf("%d\n", exit_code(status));
  }
}

// The parent does its part when the child is there, and tells how the child ended.
inline void beside_child(void (*in_child)(), void (*in_parent)()) {
  make_shared();
  const pid_t child = child_that(in_child);
  in_parent();
  tell_end(child);
}

// It stays to be waited for.
inline void await_end_of_child() {
  siginfo_t info{};
  waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
}

inline timespec soon(clockid_t clock, long milliseconds) {
  timespec until{};
  clock_gettime(clock, &until);
  until.tv_nsec += milliseconds * 1'000'000;
  until.tv_sec += until.tv_nsec / 1'000'000'000;
  until.tv_nsec %= 1'000'000'000;
  return until;
}

template <pthread_mutex_t Shared::* first, pthread_mutex_t Shared::* second>
inline void take_both() {
  pthread_mutex_lock(&(shared->*first));
  pthread_mutex_lock(&(shared->*second));
  ++shared->value;
  pthread_mutex_unlock(&(shared->*second));
  pthread_mutex_unlock(&(shared->*first));
}
