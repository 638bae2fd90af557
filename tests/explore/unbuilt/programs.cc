// SPDX-License-Identifier: Apache-2.0
//
// Programs as somebody else has them, each with a mistake in its threads that chance never shows, and mended:
// programs NAME [mended]. Nothing here knows of Gridlock.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace {

// Two accounts, each with a lock, and transfers both ways.
int bank(bool mended) {
  struct Account {
    std::mutex lock;
    long balance = 100;
  };
  Account a;
  Account b;
  const auto transfer = [&a, mended](Account& from, Account& to) {
    Account& first_one = mended ? a : from;
    const std::lock_guard first(first_one.lock);
    const std::lock_guard second(&first_one == &from ? to.lock : from.lock);
    from.balance -= 10, to.balance += 10;
  };
  std::thread other([&] { transfer(a, b); });
  transfer(b, a);
  other.join();
  std::printf("total %ld\n", a.balance + b.balance);
  return 0;
}

// A mailbox whose reader sleeps without a look at what is there.
int mailbox(bool mended) {
  std::mutex lock;
  std::condition_variable arrived;
  bool has_mail = false;
  std::thread postman([&] {
    const std::lock_guard hold(lock);
    has_mail = true;
    arrived.notify_one();
  });
  {
    std::unique_lock hold(lock);
    if (mended) {
      arrived.wait(hold, [&] { return has_mail; });
    } else {
      arrived.wait(hold);
    }
  }
  postman.join();
  return 0;
}

// Two permits, and workers that need both and take one after the other.
int permits(bool mended) {
  std::counting_semaphore<2> free(2);
  std::mutex lock;
  std::vector<int> log;
  std::mutex turn;
  const auto note = [&](int what) {
    const std::lock_guard hold(lock);
    log.push_back(what);
  };
  const auto work = [&](int who) {
    std::unique_lock alone(turn, std::defer_lock);
    if (mended) alone.lock();
    free.acquire();
    note(who);
    free.acquire();
    if (mended) alone.unlock();
    note(-who);
    free.release(2);
  };
  std::thread other(work, 1);
  work(2);
  other.join();
  return log.size() == 4 ? 0 : 3;
}

// An account that looks before it takes, each under its lock.
int account(bool mended) {
  std::mutex lock;
  long balance = 100;
  const auto take = [&](long amount) {
    std::unique_lock hold(lock);
    if (balance < amount) return;
    if (!mended) {
      hold.unlock();
      hold.lock();
    }
    balance -= amount;
  };
  std::thread other(take, 60);
  take(60);
  other.join();
  std::cout << "balance " << balance << std::endl;
  assert(balance >= 0);
  return 0;
}

// A program that checks itself and says so by its exit code.
int ticket(bool mended) {
  std::mutex lock;
  int next = 1;
  const auto draw = [&] {
    int mine = 0;
    {
      const std::lock_guard hold(lock);
      mine = mended ? next++ : next;
    }
    if (!mended) {
      const std::lock_guard hold(lock);
      next = mine + 1;
    }
    return mine;
  };
  auto first = std::async(std::launch::async, draw);
  const int second = draw();
  if (first.get() != second) return 0;
  std::fprintf(stderr, "both have ticket %d\n", second);
  return 3;
}

// What a static object's destructor waits for: a worker that looks at its flag, and then sleeps.
struct Worker {
  std::mutex lock;
  std::condition_variable changed;
  bool stops = false;
  bool mended = true;
  std::thread thread;
  void run() {
    std::unique_lock hold(lock);
    while (!stops) {
      if (!mended) hold.unlock(), hold.lock();
      changed.wait(hold);
    }
  }
  ~Worker() {
    if (!thread.joinable()) return;
    {
      const std::lock_guard hold(lock);
      stops = true;
    }
    changed.notify_all();
    thread.join();
  }
};
Worker g_worker;

int at_exit(bool mended) {
  g_worker.mended = mended;
  g_worker.thread = std::thread([] { g_worker.run(); });
  return 0;
}

// An exception that only one order throws.
int thrown(bool mended) {
  std::mutex lock;
  std::map<std::string, int> ready;
  std::thread other([&] {
    const std::lock_guard hold(lock);
    ready["answer"] = 42;
  });
  if (mended) other.join();
  {
    const std::lock_guard hold(lock);
    if (ready.at("answer") != 42) return 1;
  }
  if (!mended) other.join();
  return 0;
}

// A null pointer that only one order meets.
int crash(bool mended) {
  std::mutex lock;
  std::unique_ptr<int> value;
  std::thread other([&] {
    const std::lock_guard hold(lock);
    value = std::make_unique<int>(1);
  });
  if (mended) other.join();
  int seen = 0;
  {
    const std::lock_guard hold(lock);
    const volatile int* const at = value.get();
    seen = *at;
  }
  if (!mended) other.join();
  return seen == 1 ? 0 : 1;
}

// std::atomic's own wait sleeps in the kernel. The one that notifies forgets the second waiter.
int gate(bool mended) {
  std::atomic<int> open = 0;
  std::mutex lock;
  int through = 0;
  const auto walk = [&] {
    open.wait(0);
    const std::lock_guard hold(lock);
    ++through;
  };
  std::thread first(walk);
  std::thread second(walk);
  {
    const std::lock_guard hold(lock);
    open = 1;
  }
  if (mended) {
    open.notify_all();
  } else {
    open.notify_one();
  }
  first.join();
  second.join();
  return through == 2 ? 0 : 1;
}

// Threads that let each other go first, and nobody goes.
int polite(bool mended) {
  std::mutex lock;
  std::array<bool, 2> wants{};
  const auto go = [&](std::size_t self) {
    {
      const std::lock_guard hold(lock);
      wants.at(self) = true;
    }
    for (;;) {
      {
        const std::lock_guard hold(lock);
        if (!wants.at(1 - self) || (mended && self == 0)) {
          wants.at(self) = false;
          return;
        }
      }
      std::this_thread::yield();
    }
  };
  std::thread other(go, 1);
  go(0);
  other.join();
  return 0;
}

// What a program does besides: a detached thread, thread_local objects, input, output, and an end by exit() in another thread.
int besides(bool /*mended*/) {
  thread_local std::string mine = "main";
  std::string line;
  while (std::getline(std::cin, line)) std::cout << "read " << line << '\n';
  std::mutex lock;
  std::condition_variable began;
  bool has_begun = false;
  std::thread([&] {
    mine = "detached";
    {
      const std::lock_guard hold(lock);
      has_begun = true;
      began.notify_one();
    }
    for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
  }).detach();
  {
    std::unique_lock hold(lock);
    began.wait(hold, [&] { return has_begun; });
  }
  if (mine != "main") return 1;
  std::atexit([] { std::cout << "at exit\n"; });
  std::thread([] { std::exit(0); }).join();
  return 4;
}

// A thread that asks again and again under a lock, and yields between.
int polls(bool /*mended*/) {
  std::mutex lock;
  bool done = false;
  std::thread other([&] {
    const std::lock_guard hold(lock);
    done = true;
  });
  for (;;) {
    {
      const std::lock_guard hold(lock);
      if (done) break;
    }
    std::this_thread::yield();
  }
  other.join();
  return 0;
}

// Loops without any call, which look at memory until it changes.
class SpinLock {
 public:
  void lock() {
    while (flag_.test_and_set(std::memory_order_acquire)) {
    }
  }
  void unlock() { flag_.clear(std::memory_order_release); }

 private:
  std::atomic_flag flag_;
};

int spins(bool /*mended*/) {
  SpinLock spin;
  std::mutex lock;
  std::atomic<bool> ready = false;
  int count = 0;
  std::thread other([&] {
    for (int i = 0; i < 2; ++i) {
      const std::lock_guard hold(spin);
      const std::lock_guard as_well(lock);
      ++count;
    }
    ready = true;
  });
  {
    const std::lock_guard hold(spin);
    const std::lock_guard as_well(lock);
    ++count;
  }
  while (!ready) {
  }
  other.join();
  return count == 3 ? 0 : 1;
}

// A spin lock and a mutex in opposite orders.
int spins_in_vain(bool mended) {
  SpinLock spin;
  std::mutex lock;
  std::thread other([&] {
    const std::lock_guard hold(spin);
    const std::lock_guard as_well(lock);
  });
  if (mended) other.join();
  {
    const std::lock_guard hold(lock);
    const std::lock_guard as_well(spin);
  }
  if (!mended) other.join();
  return 0;
}

// Long loops that compute are none that wait.
int computes(bool /*mended*/) {
  std::mutex lock;
  double total = 0;
  const auto work = [&] {
    double own = 1;
    for (int i = 0; i < 10000000; ++i) own = own * 1.0000001 + 1e-9;
    const std::lock_guard hold(lock);
    total += own;
  };
  std::thread other(work);
  work();
  other.join();
  return total > 2 ? 0 : 1;
}

// A detached thread that may be too late for the end of main(), or not.
int behind(bool mended) {
  static std::mutex lock;
  static bool is_set = false;
  std::thread([mended] {
    const std::lock_guard hold(lock);
    const std::lock_guard again(*new std::mutex);
    assert(mended || is_set);
  }).detach();
  const std::lock_guard hold(lock);
  is_set = true;
  return 0;
}

// Lines of the standard input, which are the same for each execution.
int input(bool /*mended*/) {
  std::string all;
  for (std::string line; std::getline(std::cin, line);) all += line + ";";
  return all == "one;two;" ? 0 : 1;
}

// Wrong: it reads under the lock that the writer needs.
int through_a_pipe(bool mended) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return 1;
  std::mutex lock;
  std::thread other([&] {
    const std::lock_guard hold(lock);
    if (write(ends[1], "x", 1) != 1) std::abort();
  });
  std::unique_lock hold(lock);
  if (mended) hold.unlock();
  char read_one = 0;
  const auto count = read(ends[0], &read_one, 1);
  if (hold.owns_lock()) hold.unlock();
  other.join();
  return count == 1 ? 0 : 1;
}

// A thread waits for what a child process writes. Not mended the child does not.
int from_a_child(bool mended) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) {
    if (!mended) sleep(60);
    _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
  }
  ssize_t count = 0;
  std::thread reads([&] {
    char read_one = 0;
    count = read(ends[0], &read_one, 1);
  });
  reads.join();
  waitpid(child, nullptr, 0);
  return count == 1 ? 0 : 1;
}

// A program that starts another one, and copies itself.
int starts(bool /*mended*/) {
  std::mutex lock;
  std::thread other([&] { const std::lock_guard hold(lock); });
  if (std::system("test -z \"$LD_PRELOAD$GRIDLOCK_EXPLORE\"") != 0) return 1;
  const pid_t child = fork();
  if (child == 0) {
    const std::lock_guard hold(lock);
    _exit(0);
  }
  other.join();
  return child > 0 ? 0 : 2;
}

const std::map<std::string, int (*)(bool)> kPrograms = {{"account", account},
                                                        {"at_exit", at_exit},
                                                        {"bank", bank},
                                                        {"behind", behind},
                                                        {"besides", besides},
                                                        {"child", from_a_child},
                                                        {"computes", computes},
                                                        {"crash", crash},
                                                        {"gate", gate},
                                                        {"input", input},
                                                        {"mailbox", mailbox},
                                                        {"permits", permits},
                                                        {"pipe", through_a_pipe},
                                                        {"polite", polite},
                                                        {"polls", polls},
                                                        {"spins", spins},
                                                        {"spins_in_vain", spins_in_vain},
                                                        {"starts", starts},
                                                        {"thrown", thrown},
                                                        {"ticket", ticket}};

}  // namespace

int main(int count, char** words) {
  const auto found = kPrograms.find(count > 1 ? words[1] : "");
  if (found == kPrograms.end()) return 2;
  return found->second(count > 2 && std::strcmp(words[2], "mended") == 0);
}
