// SPDX-License-Identifier: Apache-2.0
//
// What threads wait for besides locks.
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/interpose/programs/situation.h"

namespace {

std::mutex mutex;
std::condition_variable changed;
bool ready = false;
Turns turns;

void join_under_lock() {
  std::unique_lock hold(mutex);
  std::thread thread([] { const std::lock_guard wants(mutex); });
  thread.join();
}
void join_under_lock_lucky() {
  std::thread thread([] {
    {
      const std::lock_guard hold(mutex);
    }
    turns.next();
  });
  turns.wait_for(1);
  const std::lock_guard hold(mutex);
  thread.join();
}
void join_behind_lock() {
  std::unique_lock hold(mutex);
  std::thread thread([] { const std::lock_guard wants(mutex); });
  hold.unlock();
  thread.join();
}
void join_self() { std::printf("%d\n", pthread_join(pthread_self(), nullptr) == EDEADLK); }

void condition_lost() {
  std::thread thread([] {
    changed.notify_one();
    turns.next();
  });
  turns.wait_for(1);
  std::unique_lock hold(mutex);
  changed.wait(hold);
  thread.join();
}
void condition_never() {
  std::thread thread([] {
    std::unique_lock hold(mutex);
    changed.wait(hold, [] { return ready; });
  });
  thread.join();
}
void condition_kept() {
  std::thread thread([] {
    const std::lock_guard hold(mutex);
    ready = true;
    changed.notify_one();
  });
  std::unique_lock hold(mutex);
  changed.wait(hold, [] { return ready; });
  hold.unlock();
  thread.join();
}
void condition_under_lock() {
  static std::mutex outer;
  std::thread thread([] {
    const std::lock_guard first(outer);
    std::unique_lock hold(mutex);
    turns.next();
    changed.wait(hold, [] { return ready; });
  });
  turns.wait_for(1);
  const std::lock_guard first(outer);
  const std::lock_guard hold(mutex);
  ready = true;
  changed.notify_one();
}
void condition_limits() {
  std::unique_lock hold(mutex);
  const auto soon = std::chrono::milliseconds(5);
  std::printf("%d\n", changed.wait_for(hold, soon) == std::cv_status::timeout);
  std::printf("%d\n", changed.wait_until(hold, std::chrono::system_clock::now() + soon) ==
                          std::cv_status::timeout);
  std::printf("%d\n", changed.wait_until(hold, std::chrono::system_clock::now() - soon) ==
                          std::cv_status::timeout);
}
void condition_many() {
  constexpr int kItems = 4000;
  static std::deque<int> items;
  static std::condition_variable room;
  static long sum = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([] {
      for (int item = 0; item < kItems; ++item) {
        std::unique_lock hold(mutex);
        room.wait(hold, [] { return items.size() < 4; });
        items.push_back(item);
        changed.notify_one();
      }
    });
    threads.emplace_back([] {
      for (int item = 0; item < kItems; ++item) {
        std::unique_lock hold(mutex);
        changed.wait(hold, [] { return !items.empty(); });
        sum += items.front();
        items.pop_front();
        room.notify_all();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%ld\n", sum);
}
// Whoever was notified may destroy it at once.
void condition_destroyed() {
  for (int i = 0; i < 200; ++i) {
    auto* const own = new std::condition_variable;
    bool done = false;
    std::thread thread([&] {
      const std::lock_guard hold(mutex);
      done = true;
      own->notify_all();
    });
    {
      std::unique_lock hold(mutex);
      own->wait(hold, [&] { return done; });
    }
    delete own;
    thread.join();
  }
}

sem_t permits;
void semaphore_never() {
  sem_init(&permits, 0, 0);
  std::thread([] { sem_wait(&permits); }).join();
}
void semaphore_cycle() {
  sem_init(&permits, 0, 1);
  std::thread one([] {
    sem_wait(&permits);
    turns.next();
    turns.wait_for(2);
    mutex.lock();
  });
  std::thread other([] {
    mutex.lock();
    turns.next();
    turns.wait_for(2);
    sem_wait(&permits);
  });
  one.join();
  other.join();
}
void semaphore_counts() {
  sem_init(&permits, 0, 0);
  std::thread thread([] {
    for (int i = 0; i < 1000; ++i) sem_wait(&permits);
  });
  for (int i = 0; i < 1000; ++i) sem_post(&permits);
  thread.join();
  timespec past{1, 0};
  std::printf("%d %d\n", sem_timedwait(&permits, &past), errno == ETIMEDOUT);
  std::printf("%d %d\n", sem_trywait(&permits), errno == EAGAIN);
}
// A handler may post, so nothing is claimed of a wait for it.
void semaphore_in_handler() {
  sem_init(&permits, 0, 0);
  std::signal(SIGALRM, [](int) { sem_post(&permits); });
  alarm(1);
  while (sem_wait(&permits) != 0 && errno == EINTR) {
  }
}

// A handler leaves a wait by a jump, so that nothing is known of its end.
sigjmp_buf out;
void semaphore_left_by_jump() {
  sem_init(&permits, 0, 0);
  std::signal(SIGALRM, [](int) { siglongjmp(out, 1); });
  if (sigsetjmp(out, 1) == 0) {
    alarm(1);
    sem_wait(&permits);
  }
  std::signal(SIGALRM, SIG_DFL);
  std::thread([] { sem_post(&permits); }).join();
  std::printf("%d\n", sem_wait(&permits));
}

pthread_barrier_t barrier;
void barrier_never() {
  pthread_barrier_init(&barrier, nullptr, 3);
  std::thread one([] { pthread_barrier_wait(&barrier); });
  std::thread other([] { pthread_barrier_wait(&barrier); });
  one.join();
  other.join();
}
void barrier_rounds() {
  static std::atomic<int> last{0};
  pthread_barrier_init(&barrier, nullptr, 3);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < 200; ++round)
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) last.fetch_add(1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%d\n", last.load());
}

void futures() {
  std::vector<std::future<int>> results;
  for (int i = 0; i < 40; ++i)
    results.push_back(std::async(std::launch::async, [i] { return i * i; }));
  int sum = 0;
  for (auto& result : results) sum += result.get();
  std::printf("%d\n", sum);
}

void* wait_for_permit(void*) {
  sem_wait(&permits);
  return nullptr;
}
pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
void unlock_plain(void*) { pthread_mutex_unlock(&plain); }
void* wait_for_condition(void*) {
  pthread_mutex_lock(&plain);
  pthread_cleanup_push(unlock_plain, nullptr);
  turns.next();
  for (;;) pthread_cond_wait(&condition, &plain);
  pthread_cleanup_pop(1);
  return nullptr;
}
void cancelled() {
  sem_init(&permits, 0, 0);
  pthread_t one{};
  pthread_t other{};
  pthread_create(&one, nullptr, wait_for_permit, nullptr);
  pthread_create(&other, nullptr, wait_for_condition, nullptr);
  turns.wait_for(1);
  void* result = nullptr;
  for (const pthread_t thread : {one, other}) {
    pthread_cancel(thread);
    pthread_join(thread, &result);
    std::printf("%d\n", result == PTHREAD_CANCELED);
  }
  std::printf("%d\n", pthread_mutex_trylock(&plain));
}
void exits() {
  pthread_t thread{};
  pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        const std::lock_guard hold(mutex);
        pthread_exit(&plain);
      },
      nullptr);
  void* result = nullptr;
  pthread_join(thread, &result);
  const std::lock_guard hold(mutex);
  std::printf("%d\n", result == &plain);
}
void forks() {
  mutex.lock();
  const pid_t child = fork();
  if (child == 0) {
    mutex.unlock();
    std::thread([] { const std::lock_guard hold(mutex); }).join();
    _exit(3);
  }
  mutex.unlock();
  int status = 0;
  waitpid(child, &status, 0);
  std::printf("%d\n", WEXITSTATUS(status));
}

mtx_t c_mutex;
cnd_t c_changed;
void c11() {
  mtx_init(&c_mutex, mtx_plain);
  cnd_init(&c_changed);
  thrd_t thread{};
  const auto set = [](void* done) {
    mtx_lock(&c_mutex);
    *static_cast<bool*>(done) = true;
    cnd_signal(&c_changed);
    mtx_unlock(&c_mutex);
    return 5;
  };
  bool done = false;
  thrd_create(&thread, set, &done);
  mtx_lock(&c_mutex);
  while (!done) cnd_wait(&c_changed, &c_mutex);
  mtx_unlock(&c_mutex);
  int result = 0;
  thrd_join(thread, &result);
  std::printf("%d\n", result);
}
void c11_self() {
  mtx_init(&c_mutex, mtx_plain);
  mtx_lock(&c_mutex);
  mtx_lock(&c_mutex);
}
void many_threads() {
  std::vector<std::thread> threads;
  static long sum = 0;
  for (int i = 0; i < 300; ++i) {
    threads.emplace_back([] {
      const std::lock_guard hold(mutex);
      ++sum;
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%ld\n", sum);
}

constexpr Situation kAll[] = {{"join-under-lock", join_under_lock},
                              {"join-under-lock-lucky", join_under_lock_lucky},
                              {"join-behind-lock", join_behind_lock},
                              {"join-self", join_self},
                              {"condition-lost", condition_lost},
                              {"condition-never", condition_never},
                              {"condition-kept", condition_kept},
                              {"condition-under-lock", condition_under_lock},
                              {"condition-limits", condition_limits},
                              {"condition-many", condition_many},
                              {"condition-destroyed", condition_destroyed},
                              {"semaphore-never", semaphore_never},
                              {"semaphore-cycle", semaphore_cycle},
                              {"semaphore-counts", semaphore_counts},
                              {"semaphore-in-handler", semaphore_in_handler},
                              {"semaphore-left-by-jump", semaphore_left_by_jump},
                              {"barrier-never", barrier_never},
                              {"barrier-rounds", barrier_rounds},
                              {"futures", futures},
                              {"cancelled", cancelled},
                              {"exits", exits},
                              {"forks", forks},
                              {"c11", c11},
                              {"c11-self", c11_self},
                              {"many-threads", many_threads}};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
