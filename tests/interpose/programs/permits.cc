// SPDX-License-Identifier: Apache-2.0
//
// Semaphores that processes share: waits that nobody ever ends, and those that somebody ends late. A wait in which nobody may be
// asleep that could post lasts longer than the first look, so that there is something to be wrong about.
#include <signal.h>
#include <sys/time.h>

#include "tests/interpose/programs/shared.h"

namespace {

constexpr int kLate = 700'000;

void take() { sem_wait(&shared->given); }
void post_late() {
  usleep(kLate);
  sem_post(&shared->given);
}

// The child waits for a permit with the mutex that whoever posts needs first.
void take_under_one() {
  pthread_mutex_lock(&shared->one);
  ++shared->step;
  take();
  pthread_mutex_unlock(&shared->one);
}
void post_behind_one() {
  wait_for_step(1);
  pthread_mutex_lock(&shared->one);
  pthread_mutex_unlock(&shared->one);
  sem_post(&shared->given);
}
void permit_behind_mutex() { in_children({take_under_one, post_behind_one}); }
void permit_before_mutex() {
  in_children({take_under_one, [] {
                 wait_for_step(1);
                 usleep(kLate);
                 sem_post(&shared->given);
                 pthread_mutex_lock(&shared->one);
                 pthread_mutex_unlock(&shared->one);
               }});
}

// Whoever would post has ended.
void poster_that_ended() {
  beside_child([] {}, take);
}
void poster_that_is_late() { beside_child(post_late, take); }

// Each waits for what only the other one would post. The parent waits for both.
void each_for_the_other() { in_children({take, take}); }
void one_that_posts() {
  in_children({take, take, [] {
                 post_late();
                 sem_post(&shared->given);
               }});
}

// A process that has no thread left but one that reads from a pipe: somebody may write.
void one_that_reads() {
  make_shared();
  int ends[2] = {-1, -1};
  if (pipe(&ends[0]) != 0) std::abort();
  std::fflush(stdout);
  if (fork() == 0) {
    char letter = 0;
    if (read(ends[0], &letter, 1) == 1) sem_post(&shared->given);
    _exit(0);
  }
  // It cannot reach the semaphore, and is the one on which all depends.
  if (fork() == 0) {
    munmap(static_cast<void*>(shared), sizeof(Shared));
    usleep(kLate);
    if (write(ends[1], "x", 1) != 1) std::abort();
    _exit(0);
  }
  take();
  int status = 0;
  while (wait(&status) > 0) std::printf("%d\n", exit_code(status));
}

// The parent waits for its children, and posts behind the end of one that has nothing of the semaphore.
void parent_behind_a_child() {
  make_shared();
  std::fflush(stdout);
  if (fork() == 0) {
    take();
    _exit(0);
  }
  const pid_t other = fork();
  if (other == 0) {
    munmap(static_cast<void*>(shared), sizeof(Shared));
    usleep(kLate);
    _exit(5);
  }
  int status = 0;
  std::printf("%d\n", wait(&status) == other);
  sem_post(&shared->given);
  wait(&status);
  std::printf("%d\n", exit_code(status));
}

// Everything sleeps until the handler of a signal posts. The handler does not end the wait (SA_RESTART).
void handler_that_posts() {
  make_shared();
  struct sigaction action{};
  action.sa_handler = [](int) { sem_post(&shared->given); };
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  const itimerval soon{{0, 0}, {0, kLate}};
  setitimer(ITIMER_REAL, &soon, nullptr);
  std::printf("%d\n", sem_wait(&shared->given));
}
// One that ends it, as without being watched.
void handler_that_interrupts() {
  make_shared();
  struct sigaction action{};
  action.sa_handler = [](int) {};
  sigaction(SIGALRM, &action, nullptr);
  const itimerval soon{{0, 0}, {0, kLate}};
  setitimer(ITIMER_REAL, &soon, nullptr);
  const int result = sem_wait(&shared->given);
  std::printf("%d %d\n", result, errno == EINTR);
}

// A name can be opened by a process that has nothing of the semaphore yet.
sem_t* open_named() {
  const std::string name = "/permits-" + std::to_string(getppid()) + "-" + std::to_string(getpid());
  sem_t* const semaphore = sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 0);
  if (semaphore == SEM_FAILED) std::abort();
  setenv("PERMITS_NAME", name.c_str(), 1);
  return semaphore;
}
void part_that_posts() {
  usleep(kLate);
  sem_t* const semaphore = sem_open(std::getenv("PERMITS_NAME"), 0);
  if (semaphore == SEM_FAILED || sem_post(semaphore) != 0) std::abort();
}
void named_and_opened_late() {
  sem_t* const semaphore = open_named();
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    execl("/proc/self/exe", "part", "part-that-posts", nullptr);
    _exit(9);
  }
  std::printf("%d\n", sem_wait(semaphore));
  int status = 0;
  waitpid(child, &status, 0);
  sem_unlink(std::getenv("PERMITS_NAME"));
}
constexpr Situation kAll[] = {{"permit-behind-mutex", permit_behind_mutex},
                              {"permit-before-mutex", permit_before_mutex},
                              {"poster-that-ended", poster_that_ended},
                              {"poster-that-is-late", poster_that_is_late},
                              {"each-for-the-other", each_for_the_other},
                              {"one-that-posts", one_that_posts},
                              {"one-that-reads", one_that_reads},
                              {"parent-behind-a-child", parent_behind_a_child},
                              {"handler-that-posts", handler_that_posts},
                              {"handler-that-interrupts", handler_that_interrupts},
                              {"part-that-posts", part_that_posts},
                              {"named-and-opened-late", named_and_opened_late}};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
