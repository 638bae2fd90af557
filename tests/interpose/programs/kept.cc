// SPDX-License-Identifier: Apache-2.0
//
// A lock that processes share, kept by one that sleeps until another one has ended, which waits for that lock: no circle of locks, and
// nobody ever goes on. Beside it what is nearly that, and does go on.
#include <signal.h>
#include <sys/time.h>

#include "tests/interpose/programs/shared.h"

namespace {

constexpr int kLate = 700'000;

void lock() { pthread_mutex_lock(&shared->one); }
void unlock() { pthread_mutex_unlock(&shared->one); }
void read() { pthread_rwlock_rdlock(&shared->names); }
void write() { pthread_rwlock_wrlock(&shared->names); }

// The parent has it when the child asks.
template <void (*take)(), void (*ask)()>
pid_t child_behind_parent() {
  make_shared();
  take();
  return child_that(ask);
}

template <void (*take)(), void (*ask)()>
void kept_for_child() {
  tell_end(child_behind_parent<take, ask>());
}
// Not the thread that has it waits for the child.
void kept_beside_wait() {
  const pid_t child = child_behind_parent<lock, lock>();
  std::thread([child] { tell_end(child); }).join();
}
// Whoever had it is no more.
void left_by_ended() {
  make_shared();
  tell_end(child_that(lock));
  std::fflush(stdout);
  lock();
}
// It is another program by now, which has nothing of the lock.
void left_by_program() {
  make_shared();
  child_that([] {
    lock();
    ++shared->step;
    execl("/bin/sleep", "sleep", "4", nullptr);
  });
  wait_for_step(1);
  lock();
}

// Released behind the end of another child, which has nothing of the lock.
void released_behind_another_child() {
  const pid_t child = child_behind_parent<lock, lock>();
  const pid_t other = child_that([] {
    munmap(static_cast<void*>(shared), sizeof(Shared));
    usleep(kLate);
    _exit(5);
  });
  tell_end(other);
  unlock();
  tell_end(child);
}
// The parent looks now and then, and gives up.
void released_after_looks() {
  const pid_t child = child_behind_parent<lock, lock>();
  for (int i = 0; i < 10; ++i) {
    std::printf("%d", waitpid(child, nullptr, WNOHANG));
    usleep(kLate / 10);
  }
  unlock();
  tell_end(child);
}
// The child gives up first.
void asked_with_limit() {
  make_shared();
  lock();
  tell_end(child_that([] {
    const timespec until = soon(CLOCK_REALTIME, kLate / 1000);
    _exit(pthread_mutex_timedlock(&shared->one, &until) == ETIMEDOUT ? 4 : 5);
  }));
}
// The handler of a signal releases it, while the parent goes on to wait (SA_RESTART).
void released_by_handler() {
  struct sigaction action{};
  action.sa_handler = [](int) { unlock(); };
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  const pid_t child = child_behind_parent<lock, lock>();
  const itimerval later{{0, 0}, {0, kLate}};
  setitimer(ITIMER_REAL, &later, nullptr);
  tell_end(child);
}
// Another thread does.
void released_by_thread() {
  make_shared();
  std::thread keeper([] {
    lock();
    ++shared->step;
    usleep(kLate);
    unlock();
  });
  wait_for_step(1);
  tell_end(child_that(lock));
  keeper.join();
}

constexpr Situation kAll[] = {{"kept-for-child", kept_for_child<lock, lock>},
                              {"kept-beside-wait", kept_beside_wait},
                              {"written-for-child", kept_for_child<write, read>},
                              {"read-for-child", kept_for_child<read, write>},
                              {"left-by-ended", left_by_ended},
                              {"left-by-program", left_by_program},
                              {"read-by-both", kept_for_child<read, read>},
                              {"released-behind-another-child", released_behind_another_child},
                              {"released-after-looks", released_after_looks},
                              {"asked-with-limit", asked_with_limit},
                              {"released-by-handler", released_by_handler},
                              {"released-by-thread", released_by_thread}};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
