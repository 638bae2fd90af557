// SPDX-License-Identifier: Apache-2.0
//
// What is done once: std::call_once, pthread_once, C11's call_once, and function-local statics.
#include <pthread.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

#include "tests/interpose/programs/situation.h"

namespace {

std::mutex mutex;
std::mutex second;
std::once_flag flag;
std::once_flag other_flag;
Turns turns;

// Each runs in a thread of its own, one after the other.
template <typename First, typename Second>
void one_after_the_other(First first, Second then) {
  std::thread one([&] {
    first();
    turns.next();
    turns.wait_for(2);
  });
  std::thread two([&] {
    turns.wait_for(1);
    then();
    turns.next();
  });
  one.join();
  two.join();
}
void both(std::mutex& first, std::mutex& then) {
  const std::lock_guard hold(first);
  const std::lock_guard wants(then);
}
void take(std::mutex& one) { const std::lock_guard hold(one); }
void meet() {
  turns.next();
  turns.wait_for(2);
}

void cycle() {
  std::thread one([] {
    std::call_once(flag, [] {
      meet();
      std::call_once(other_flag, [] {});
    });
  });
  std::thread two([] {
    std::call_once(other_flag, [] {
      meet();
      std::call_once(flag, [] {});
    });
  });
  one.join();
  two.join();
}
void self() {
  std::call_once(flag, [] { std::call_once(flag, [] {}); });
}
pthread_once_t plain = PTHREAD_ONCE_INIT;
void self_plain() {
  pthread_once(&plain, [] { pthread_once(&plain, [] {}); });
}
once_flag c_flag = ONCE_FLAG_INIT;
void self_c11() {
  call_once(&c_flag, [] { call_once(&c_flag, [] {}); });
}
void under_lock() {
  std::thread one([] {
    std::call_once(flag, [] {
      meet();
      take(mutex);
    });
  });
  std::thread two([] {
    const std::lock_guard hold(mutex);
    meet();
    std::call_once(flag, [] {});
  });
  one.join();
  two.join();
}
// The body waits for what only a waiter for its end would do.
void body_never_ends() {
  static std::mutex outer;
  static pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, nullptr, 2);
  std::thread one([] {
    std::call_once(flag, [] {
      turns.next();
      pthread_barrier_wait(&barrier);
    });
  });
  std::thread two([] {
    turns.wait_for(1);
    std::call_once(flag, [] {});
    pthread_barrier_wait(&barrier);
  });
  one.join();
  two.join();
}

void under_lock_lucky() {
  one_after_the_other([] { std::call_once(flag, [] { take(mutex); }); },
                      [] {
                        const std::lock_guard hold(mutex);
                        std::call_once(flag, [] {});
                      });
}
void before_lock() {
  one_after_the_other([] { std::call_once(flag, [] { take(mutex); }); },
                      [] {
                        std::call_once(flag, [] {});
                        take(mutex);
                      });
}
void under_lock_nothing_inside() {
  one_after_the_other([] { std::call_once(flag, [] {}); },
                      [] {
                        const std::lock_guard hold(mutex);
                        std::call_once(flag, [] {});
                      });
  take(mutex);
}
// What the body did is before whatever comes through the flag.
void behind_body() {
  one_after_the_other([] { std::call_once(flag, [] { both(mutex, second); }); },
                      [] {
                        std::call_once(flag, [] {});
                        both(second, mutex);
                      });
}
void beside_body() {
  one_after_the_other([] { std::call_once(flag, [] { both(mutex, second); }); },
                      [] { both(second, mutex); });
}
void throws() {
  int calls = 0;
  for (int i = 0; i < 3; ++i) {
    try {
      std::call_once(flag, [&] {
        const std::lock_guard hold(mutex);
        std::call_once(other_flag, [] { take(second); });
        if (++calls < 3) throw calls;
      });
    } catch (int call) {
      std::printf("thrown %d\n", call);
    }
    both(second, mutex);  // behind the body, so in one order with it
  }
  std::printf("%d\n", calls);
}
void throws_under_lock() {
  one_after_the_other(
      [] {
        try {
          std::call_once(flag, [] {
            take(mutex);
            throw 1;
          });
        } catch (int) {
        }
      },
      [] {
        const std::lock_guard hold(mutex);
        std::call_once(flag, [] {});
      });
}
void throws_through_two() {
  try {
    std::call_once(flag, [] { std::call_once(other_flag, [] { throw 1; }); });
  } catch (int) {
  }
  take(mutex);  // under neither of them
  std::thread([] {
    const std::lock_guard hold(mutex);
    std::call_once(other_flag, [] { std::call_once(flag, [] { std::puts("both"); }); });
  }).join();
}
void ends_inside() {
  std::thread one([] {
    std::call_once(flag, [] {
      take(mutex);
      pthread_exit(nullptr);
    });
  });
  one.join();
  std::call_once(flag, [] { std::puts("again"); });
}
void raced() {
  static std::atomic<int> sum{0};
  for (int round = 0; round < 200; ++round) {
    const auto own = std::make_unique<std::once_flag[]>(3);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int at = 0; at < 3; ++at) {
          std::call_once(own[at], [] {
            const std::lock_guard hold(mutex);
            sum.fetch_add(1);
          });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  std::printf("%d\n", sum.load());
}
// glibc runs the body once more in a child that was forked in the middle of it.
void forked() {
  std::thread one([] {
    pthread_once(&plain, [] {
      turns.next();
      turns.wait_for(2);
    });
  });
  turns.wait_for(1);
  const pid_t child = fork();
  if (child == 0) {
    pthread_once(&plain, [] { take(mutex); });
    _exit(3);
  }
  int status = 0;
  waitpid(child, &status, 0);
  std::printf("%d\n", WEXITSTATUS(status));
  turns.next();
  one.join();
}

// --- function-local statics ---------------------------------------------------------------------

struct Made {
  template <typename Function>
  explicit Made(Function function) {
    function();
  }
  int value = 1;
};

int left(bool asks);
int right(bool asks) {
  static const Made made([asks] {
    if (!asks) return;
    meet();
    left(false);
  });
  return made.value;
}
int left(bool asks) {
  static const Made made([asks] {
    if (!asks) return;
    meet();
    right(false);
  });
  return made.value;
}
void static_cycle() {
  std::thread one([] { left(true); });
  std::thread two([] { right(true); });
  one.join();
  two.join();
}
int itself() {
  static const Made made([] { itself(); });
  return made.value;
}
void static_self() { itself(); }

int locks_inside() {
  static const Made made([] {
    meet();
    take(mutex);
  });
  return made.value;
}
void static_under_lock() {
  std::thread one([] { locks_inside(); });
  std::thread two([] {
    const std::lock_guard hold(mutex);
    meet();
    locks_inside();
  });
  one.join();
  two.join();
}

int takes_both() {
  static const Made made([] { both(mutex, second); });
  return made.value;
}
void static_behind() {
  one_after_the_other([] { takes_both(); },
                      [] {
                        takes_both();
                        both(second, mutex);
                      });
}
void static_beside() {
  one_after_the_other([] { both(second, mutex); }, [] { takes_both(); });
}

int throws_first(bool throws) {
  static const Made made([throws] {
    take(mutex);
    if (throws) throw 1;
  });
  return made.value;
}
void static_throws_under_lock() {
  one_after_the_other(
      [] {
        try {
          throws_first(true);
        } catch (int) {
        }
      },
      [] {
        const std::lock_guard hold(second);
        std::printf("%d\n", throws_first(false));
      });
  both(second, mutex);
}
int held_then_thrown(bool throws) {
  static const Made made([throws] {
    if (!throws) return;
    take(mutex);
    throw 1;
  });
  return made.value;
}
void static_throws_then_under_lock() {
  one_after_the_other(
      [] {
        try {
          held_then_thrown(true);
        } catch (int) {
        }
      },
      [] {
        const std::lock_guard hold(mutex);
        held_then_thrown(false);
      });
}
template <int number>
int many_of_them() {
  static const Made made([] {
    const std::lock_guard hold(mutex);
    usleep(100);
  });
  return made.value;
}
void static_raced() {
  static std::atomic<int> sum{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      sum.fetch_add(many_of_them<0>() + many_of_them<1>() + many_of_them<2>() + many_of_them<3>());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%d\n", sum.load());
}

constexpr Situation kAll[] = {{"cycle", cycle},
                              {"self", self},
                              {"self-plain", self_plain},
                              {"self-c11", self_c11},
                              {"under-lock", under_lock},
                              {"body-never-ends", body_never_ends},
                              {"under-lock-lucky", under_lock_lucky},
                              {"before-lock", before_lock},
                              {"under-lock-nothing-inside", under_lock_nothing_inside},
                              {"behind-body", behind_body},
                              {"beside-body", beside_body},
                              {"throws", throws},
                              {"throws-under-lock", throws_under_lock},
                              {"throws-through-two", throws_through_two},
                              {"ends-inside", ends_inside},
                              {"raced", raced},
                              {"forked", forked},
                              {"static-cycle", static_cycle},
                              {"static-self", static_self},
                              {"static-under-lock", static_under_lock},
                              {"static-behind", static_behind},
                              {"static-beside", static_beside},
                              {"static-throws-under-lock", static_throws_under_lock},
                              {"static-throws-then-under-lock", static_throws_then_under_lock},
                              {"static-raced", static_raced}};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
