// SPDX-License-Identifier: Apache-2.0
//
// Waits by the system call futex: of the C++ library's atomics, latches, barriers, semaphores and futures, and by hand.
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <barrier>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "tests/interpose/programs/situation.h"

namespace {

using namespace std::chrono_literals;

std::mutex mutex;
Turns turns;
std::atomic<int> value{0};
std::atomic<int> waiter{0};

void say_who_waits() { waiter.store(gettid()); }
// Until the thread that said so sleeps in the system call.
void wait_until_it_sleeps() {
  while (waiter.load() == 0) sched_yield();
  const std::string path = "/proc/self/task/" + std::to_string(waiter.load()) + "/syscall";
  for (;;) {
    char text[8] = {};
    const int file = open(path.c_str(), O_RDONLY);
    const ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    if (size > 0 && std::strncmp(text, "202 ", 4) == 0) return;
    sched_yield();
  }
}

void never() {
  std::thread thread([] { value.wait(0); });
  thread.join();
}
void never_small() {
  static std::atomic<bool> flag{false};
  std::thread thread([] { flag.wait(false); });
  thread.join();
}
void not_notified() {
  std::thread thread([] {
    say_who_waits();
    value.wait(0);
  });
  wait_until_it_sleeps();
  value.store(1);
  thread.join();
}
void notified() {
  std::thread thread([] {
    say_who_waits();
    value.wait(0);
  });
  wait_until_it_sleeps();
  value.store(1);
  value.notify_one();
  thread.join();
}
void under_lock() {
  std::thread thread([] {
    const std::lock_guard hold(mutex);
    turns.next();
    value.wait(0);
  });
  turns.wait_for(1);
  {
    const std::lock_guard hold(mutex);
    value.store(1);
    value.notify_one();
  }
  thread.join();
}
void without_lock() {
  std::thread thread([] {
    value.wait(0);
    const std::lock_guard hold(mutex);
  });
  {
    const std::lock_guard hold(mutex);
    value.store(1);
    value.notify_one();
  }
  thread.join();
}
void latch_short() {
  static std::latch both(2);
  std::thread thread([] { both.count_down(); });
  both.wait();
  thread.join();
}
void latch_full() {
  static std::latch both(2);
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back([] { both.count_down(); });
  both.wait();
  for (std::thread& thread : threads) thread.join();
}
void barrier_short() {
  static std::barrier<> all(3);
  std::thread one([] { all.arrive_and_wait(); });
  all.arrive_and_wait();
  one.join();
}
void barrier_rounds() {
  static std::atomic<int> rounds{0};
  static std::barrier all(3, []() noexcept { rounds.fetch_add(1); });
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < 100; ++round) all.arrive_and_wait();
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%d\n", rounds.load());
}
void semaphore_never() {
  static std::counting_semaphore<8> permits(0);
  std::thread thread([] { permits.acquire(); });
  thread.join();
}
void semaphores() {
  static std::counting_semaphore<8> permits(0);
  static std::binary_semaphore answer(0);
  std::thread thread([] {
    for (int i = 0; i < 500; ++i) {
      permits.acquire();
      answer.release();
    }
  });
  for (int i = 0; i < 500; ++i) {
    permits.release();
    answer.acquire();
  }
  thread.join();
  std::printf("%d %d\n", permits.try_acquire(), permits.try_acquire_for(5ms));
}
void future_never() {
  std::promise<int> promise;
  std::thread thread([&] { promise.get_future().get(); });
  thread.join();
}
void future_each_other() {
  std::promise<int> one;
  std::promise<int> two;
  std::thread thread([&] {
    const int got = one.get_future().get();
    two.set_value(got);
  });
  const int got = two.get_future().get();
  one.set_value(got);
  thread.join();
}
void futures() {
  for (int i = 0; i < 100; ++i) {
    std::promise<int> one;
    std::promise<int> two;
    std::thread thread([&] { two.set_value(one.get_future().get() + 1); });
    one.set_value(i);
    if (two.get_future().get() != i + 1) std::puts("wrong");
    thread.join();
  }
  std::promise<int> late;
  std::future<int> result = late.get_future();
  std::printf("%d\n", result.wait_for(5ms) == std::future_status::timeout);
  std::printf("%d\n", result.wait_until(std::chrono::system_clock::now() + 5ms) ==
                          std::future_status::timeout);
  std::thread broken([late = std::move(late)] {});
  try {
    result.get();
  } catch (const std::future_error& error) {
    std::printf("%d\n", error.code() == std::future_errc::broken_promise);
  }
  broken.join();
}
void ping_pong() {
  std::thread thread([] {
    for (int i = 0; i < 2000; i += 2) {
      value.wait(i);
      value.fetch_add(1);
      value.notify_all();
    }
  });
  for (int i = 0; i < 2000; i += 2) {
    value.fetch_add(1);
    value.notify_all();
    value.wait(i + 1);
  }
  thread.join();
  std::printf("%d\n", value.load());
}
void both(std::mutex& first, std::mutex& then) {
  const std::lock_guard hold(first);
  const std::lock_guard wants(then);
}
std::mutex other;
void behind_future() {
  std::promise<void> done;
  std::thread thread([&] {
    say_who_waits();
    done.get_future().wait();
    both(other, mutex);
  });
  wait_until_it_sleeps();
  both(mutex, other);
  done.set_value();
  thread.join();
}
void beside_future() {
  std::promise<void> done;
  std::thread thread([&] {
    both(other, mutex);
    say_who_waits();
    done.get_future().wait();
  });
  wait_until_it_sleeps();
  both(mutex, other);
  done.set_value();
  thread.join();
}
void behind_value() {
  std::thread thread([&] {
    for (int round = 0; round < 3; ++round) {
      say_who_waits();
      value.wait(round);
    }
    both(other, mutex);
  });
  for (int round = 0; round < 3; ++round) {
    wait_until_it_sleeps();
    waiter.store(0);
    if (round == 2) both(mutex, other);
    value.store(round + 1);
    value.notify_all();
  }
  thread.join();
}
// A thread that waits, and one that ends without a word.
void last_one_ends() {
  std::thread([] {
    say_who_waits();
    value.wait(0);
    std::puts("?");
  }).detach();
  wait_until_it_sleeps();
  pthread_exit(nullptr);
}

void for_handler() {
  std::signal(SIGALRM, [](int) {
    value.store(1);
    value.notify_all();
  });
  alarm(1);
  value.wait(0);
}
long call(void* address, int op, std::uint32_t expected, const timespec* until = nullptr,
          void* other = nullptr, std::uint32_t mask = 0) {
  return syscall(SYS_futex, address, op, expected, until, other, mask);
}
void for_other_process() {
  auto* const shared = static_cast<std::atomic<std::uint32_t>*>(
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  const pid_t child = fork();
  if (child == 0) {
    usleep(400000);
    shared->store(1);
    call(shared, FUTEX_WAKE, INT_MAX);
    _exit(0);
  }
  std::thread thread([&] {
    while (shared->load() == 0) call(shared, FUTEX_WAIT, 0);
  });
  thread.join();
  std::printf("%d\n", waitpid(child, nullptr, 0) == child);
}
void beside_sleeper() {
  std::thread thread([] {
    usleep(300000);
    value.store(1);
    value.notify_all();
  });
  value.wait(0);
  thread.join();
}
void beside_reader() {
  static int ends[2];
  if (pipe(ends) != 0) return;
  const pid_t child = fork();
  if (child == 0) {
    usleep(300000);
    const bool written = write(ends[1], "x", 1) == 1;
    _exit(written ? 0 : 1);
  }
  std::thread thread([] {
    char letter = 0;
    std::printf("%zd\n", read(ends[0], &letter, 1));
    value.store(1);
    value.notify_all();
  });
  value.wait(0);
  thread.join();
  waitpid(child, nullptr, 0);
}
void beside_one_with_limit() {
  std::thread thread([] {
    static std::binary_semaphore nothing(0);
    for (int i = 0; i < 10; ++i) static_cast<void>(nothing.try_acquire_for(20ms));
    value.store(1);
    value.notify_all();
  });
  value.wait(0);
  thread.join();
}
void idle_at_exit() {
  for (int i = 0; i < 3; ++i) std::thread([] { value.wait(0); }).detach();
  std::thread([] {
    static std::promise<void> kept;
    say_who_waits();
    kept.get_future().wait();
  }).detach();
  wait_until_it_sleeps();
}
// A thread that nobody waits for, beside one that sleeps all the time.
void beside_daemon() {
  std::thread([] {
    for (;;) usleep(20000);
  }).detach();
  std::thread thread([] { value.wait(0); });
  thread.join();
}

void say(const char* what, long result) { std::printf("%s %ld %d\n", what, result, errno); }
void results() {
  std::uint32_t word = 3;
  std::uint32_t other = 0;
  const timespec soon{0, 2000000};
  const timespec past{1, 0};
  timespec later{};
  clock_gettime(CLOCK_REALTIME, &later);
  later.tv_sec += 0;
  for (const int flag : {0, FUTEX_PRIVATE_FLAG}) {
    errno = 0;
    say("changed", call(&word, FUTEX_WAIT | flag, 4));
    say("limit", call(&word, FUTEX_WAIT | flag, 3, &soon));
    say("past", call(&word, FUTEX_WAIT_BITSET | flag, 3, &past, nullptr, 1));
    say("real time",
        call(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME | flag, 3, &later, nullptr, 1));
    say("no mask", call(&word, FUTEX_WAIT_BITSET | flag, 3, &past, nullptr, 0));
    say("nowhere", call(nullptr, FUTEX_WAIT | flag, 0));
    say("crooked", call(reinterpret_cast<char*>(&word) + 1, FUTEX_WAIT | flag, 0));
    say("bad time", [&] {
      const timespec bad{0, -1};
      return call(&word, FUTEX_WAIT | flag, 3, &bad);
    }());
    say("wake", call(&word, FUTEX_WAKE | flag, 1));
    say("wake op", syscall(SYS_futex, &word, FUTEX_WAKE_OP | flag, 1, 1, &other,
                           FUTEX_OP(FUTEX_OP_SET, 7, FUTEX_OP_CMP_EQ, 0)));
    say("requeue", syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE | flag, 1, 1, &other, 9));
    say("lock", call(&other, FUTEX_LOCK_PI | flag, 0, &past));
    other = 0;
    say("lock", call(&other, FUTEX_LOCK_PI | flag, 0));
    say("held", other != 0);
    say("unlock", call(&other, FUTEX_UNLOCK_PI | flag, 0));
    say("no such", call(&word, 77 | flag, 0));
  }
  say("pid", syscall(SYS_getpid) == getpid());
  say("no call", syscall(100000));
  say("six words", syscall(SYS_mmap, 0L, 4096L, long{PROT_READ}, long{MAP_PRIVATE | MAP_ANONYMOUS},
                           -1L, 0L) > 0);
}
long moved_result = 0;
void moved() {
  static std::uint32_t first = 0;
  static std::uint32_t then = 0;
  std::thread thread([] {
    say_who_waits();
    moved_result = call(&first, FUTEX_WAIT_PRIVATE, 0);
  });
  wait_until_it_sleeps();
  say("moved", syscall(SYS_futex, &first, FUTEX_REQUEUE_PRIVATE, 0, 1, &then, 0));
  say("not here", call(&first, FUTEX_WAKE_PRIVATE, 1));
  say("here", call(&then, FUTEX_WAKE_PRIVATE, 1));
  thread.join();
  say("moved", moved_result);
}
void interrupted() {
  struct sigaction action{};
  action.sa_handler = [](int) {};
  sigaction(SIGUSR1, &action, nullptr);
  static std::uint32_t word = 0;
  std::thread thread([] {
    say_who_waits();
    const long result = call(&word, FUTEX_WAIT_PRIVATE, 0);
    say("interrupted", result);
  });
  wait_until_it_sleeps();
  pthread_kill(thread.native_handle(), SIGUSR1);
  thread.join();
}

constexpr Situation kAll[] = {{"never", never},
                              {"never-small", never_small},
                              {"not-notified", not_notified},
                              {"notified", notified},
                              {"under-lock", under_lock},
                              {"without-lock", without_lock},
                              {"latch-short", latch_short},
                              {"latch-full", latch_full},
                              {"barrier-short", barrier_short},
                              {"barrier-rounds", barrier_rounds},
                              {"semaphore-never", semaphore_never},
                              {"semaphores", semaphores},
                              {"future-never", future_never},
                              {"future-each-other", future_each_other},
                              {"futures", futures},
                              {"ping-pong", ping_pong},
                              {"behind-future", behind_future},
                              {"beside-future", beside_future},
                              {"behind-value", behind_value},
                              {"last-one-ends", last_one_ends},
                              {"for-handler", for_handler},
                              {"for-other-process", for_other_process},
                              {"beside-sleeper", beside_sleeper},
                              {"beside-reader", beside_reader},
                              {"beside-one-with-limit", beside_one_with_limit},
                              {"idle-at-exit", idle_at_exit},
                              {"beside-daemon", beside_daemon},
                              {"results", results},
                              {"moved", moved},
                              {"interrupted", interrupted}};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
