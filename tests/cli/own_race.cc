// SPDX-License-Identifier: Apache-2.0
//
// A user's own program under ThreadSanitizer, without scenarios: `own_race WHAT`. own_race_test.py reads
// its log with `gridlock report`.
#include <gridlock/gridlock.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

long balance = 0;  // NOLINT(misc-use-internal-linkage): the name that the report shows

namespace {

gridlock::Lock red{"red"};
gridlock::Lock blue{"blue"};
gridlock::SharedLock shelf{"shelf"};
std::mutex plain;

// T2 goes after T1, which ThreadSanitizer does not see.
template <typename First, typename Second>
void in_turn(First first, Second second) {
  gridlock::Turns turns;
  gridlock::Thread one{"one", [&] {
                         first();
                         turns.done();
                       }};
  gridlock::Thread two{"two", [&] {
                         turns.wait_for(1);
                         second();
                       }};
}

void two_locks() {
  in_turn(
      [] {
        const std::lock_guard hold{red};
        balance = 1;
      },
      [] {
        const std::lock_guard hold{blue};
        balance = 2;
      });
}

void reader() {
  in_turn(
      [] {
        const std::shared_lock hold{shelf};
        balance = 1;
      },
      [] {
        const std::shared_lock hold{shelf};
        balance = 2;
      });
}

void plain_mutex() {
  in_turn(
      [] {
        const std::scoped_lock hold{red, plain};
        balance = 1;
      },
      [] { balance = 2; });
}

void no_lock() {
  in_turn([] { balance = 1; }, [] { balance = 2; });
}

// Held when the race is reported, but not when the earlier access was made; and the other way round.
void released() {
  in_turn(
      [] {
        {
          const std::lock_guard hold{red};
          balance = 1;
        }
        blue.lock();
        blue.unlock();
      },
      [] { balance = 2; });
}

// The lock that the earlier access was made under is gone, and another one is in its memory.
void lock_is_gone() {
  alignas(gridlock::Lock) static std::array<std::byte, sizeof(gridlock::Lock)> memory;
  in_turn(
      [] {
        auto* const first = new (memory.data()) gridlock::Lock{"first"};
        {
          const std::lock_guard hold{*first};
          balance = 1;
        }
        std::destroy_at(first);
      },
      [] {
        auto* const second = new (memory.data()) gridlock::Lock{"second"};
        {
          const std::lock_guard hold{*second};
          balance = 2;
        }
        std::destroy_at(second);
      });
}

[[gnu::noinline]] void deposit() { balance = balance + 1; }

// One defect, seen from three callers.
void callers() {
  in_turn([] { deposit(); }, [] { deposit(); });
  in_turn([] { deposit(); }, [] { deposit(); });
  in_turn([] { deposit(); }, [] { deposit(); });
}

void on_stack() {
  long local = 0;
  in_turn([&] { local = 1; }, [&] { local = 2; });
  std::printf("%ld\n", local);
}

void on_heap() {
  const auto value = std::make_unique<long>(0);
  in_turn([&] { *value = 1; }, [&] { *value = 2; });
}

void seventy_locks() {
  std::vector<std::unique_ptr<gridlock::Lock>> locks(70);
  std::ranges::generate(locks, [] { return std::make_unique<gridlock::Lock>(); });
  for (const auto& lock : locks) lock->lock();
  for (const auto& lock : locks) lock->unlock();
  std::puts("done");
}

struct What {
  const char* name;
  void (*run)();
};
constexpr What kWhat[] = {
    {"two-locks", two_locks},     {"reader", reader},
    {"plain-mutex", plain_mutex}, {"no-lock", no_lock},
    {"released", released},       {"lock-is-gone", lock_is_gone},
    {"callers", callers},         {"on-stack", on_stack},
    {"on-heap", on_heap},         {"seventy-locks", seventy_locks},
};

}  // namespace

int main(int argc, char** argv) {
  for (const What& what : kWhat) {
    if (argc == 2 && std::strcmp(argv[1], what.name) == 0) {
      what.run();
      return 0;
    }
  }
  return 2;
}
