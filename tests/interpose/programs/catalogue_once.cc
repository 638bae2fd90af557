// SPDX-License-Identifier: Apache-2.0
//
// The catalogue's scenarios of what is made once, of accounts that are looked at first, and of lock-free stacks, as plain code.
// Races are seen where it is built with ThreadSanitizer.
#include <array>
#include <cstdint>
#include <mutex>
#include <thread>

#include "tests/interpose/programs/catalogue.h"

namespace {

constexpr int kPort = 8080;
struct Settings {
  int port = 0;
};
template <typename Get>
void first_and_second(Get get) {
  Turns turns;
  std::jthread first([&] {
    check(get().port == kPort);
    turns.done();
  });
  std::jthread second([&] {
    turns.wait_for(1);
    check(get().port == kPort);
  });
}
template <typename Get>
void both_at_once(Get get) {
  Rendezvous start(2);
  const auto work = [&] {
    start.meet();
    check(get().port == kPort);
  };
  std::jthread first(work);
  std::jthread second(work);
}
struct Place {
  Settings settings;
  Settings* make() {
    settings.port = kPort;
    return &settings;
  }
};
void plain_pointer() {
  std::mutex mutex;
  Place place;
  Settings* settings = nullptr;
  first_and_second([&]() -> const Settings& {
    if (settings == nullptr) {  // wrong: looks without the lock
      const std::lock_guard guard(mutex);
      if (settings == nullptr) settings = place.make();
    }
    return *settings;
  });
}
void atomic_pointer() {
  std::mutex mutex;
  Place place;
  std::atomic<Settings*> settings = nullptr;
  both_at_once([&]() -> const Settings& {
    Settings* seen = settings.load(std::memory_order_acquire);
    if (seen == nullptr) {
      const std::lock_guard guard(mutex);
      seen = settings.load(std::memory_order_relaxed);
      if (seen == nullptr) {
        seen = place.make();
        settings.store(seen, std::memory_order_release);
      }
    }
    return *seen;
  });
}
void with_call_once() {
  std::once_flag made;
  Place place;
  both_at_once([&]() -> const Settings& {
    std::call_once(made, [&] { place.make(); });
    return place.settings;
  });
}

Settings* lazy = nullptr;
Place lazy_place;
const Settings& lazy_instance() {
  if (lazy == nullptr) lazy = lazy_place.make();  // wrong: two may see this at once
  return *lazy;
}
class Local {
 public:
  static Local& instance() {
    static Local only;
    return only;
  }
  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  Local() { settings_.port = kPort; }
  Settings settings_;
};
std::once_flag once_made;
Place once_place;
const Settings& once_instance() {
  std::call_once(once_made, [] { once_place.make(); });
  return once_place.settings;
}

// bank
struct Account {
  std::mutex mutex;
  long balance = 100;
  bool has(long amount) {
    const std::lock_guard guard(mutex);
    return balance >= amount;
  }
  void take(long amount) {
    const std::lock_guard guard(mutex);
    balance -= amount;
    check(balance >= 0);
  }
  bool take_if_there(long amount) {
    const std::lock_guard guard(mutex);
    if (balance < amount) return false;
    balance -= amount;
    return true;
  }
};
void check_then_act() {
  Account account;
  Rendezvous both_have_looked(2);
  const auto withdraw = [&] {
    const bool enough = account.has(80);
    both_have_looked.meet();
    if (enough) account.take(80);  // wrong: it was enough, before the lock was given back
  };
  std::jthread first(withdraw);
  std::jthread second(withdraw);
}
void check_and_act() {
  Account account;
  Rendezvous both_are_there(2);
  std::atomic<int> refused = 0;
  {
    const auto withdraw = [&] {
      both_are_there.meet();
      if (!account.take_if_there(80)) ++refused;
    };
    std::jthread first(withdraw);
    std::jthread second(withdraw);
  }
  check(refused == 1);
}

// baton: a mutex that is released where the thread waits.
template <typename PayIn>
void two_tellers(PayIn pay_in) {
  std::mutex baton;
  Rendezvous both_print(2);
  long balance = 0;
  {
    const auto teller = [&] {
      std::unique_lock hold(baton);
      pay_in(balance, [&] {
        hold.unlock();
        both_print.meet();
        hold.lock();
      });
    };
    std::jthread first(teller);
    std::jthread second(teller);
  }
  check(balance == 200);
}
void read_pause_write() {
  two_tellers([](long& balance, const auto& print_receipt) {
    const long before = balance;
    print_receipt();  // wrong: the other teller has the baton meanwhile
    balance = before + 100;
  });
}
void read_and_write() {
  two_tellers([](long& balance, const auto& print_receipt) {
    print_receipt();
    balance = balance + 100;
  });
}

// aba
struct Box {
  std::atomic<std::uint32_t> below{0};
  std::atomic<bool> taken{false};
};
template <bool tagged>
class Stack {
 public:
  Stack() {
    for (std::uint32_t box = 3; box != 0; --box) push(box);
  }
  void push(std::uint32_t box) {
    boxes_[box].taken = false;
    std::uint64_t seen = top_;
    do {
      boxes_[box].below = static_cast<std::uint32_t>(seen);
    } while (!top_.compare_exchange_weak(seen, next(seen, box)));
  }
  template <typename Between>
  std::uint32_t pop(Between between) {
    std::uint64_t seen = top_;
    for (;;) {
      const auto box = static_cast<std::uint32_t>(seen);
      if (box == 0) return 0;
      const std::uint32_t below = boxes_[box].below;
      between();
      if (!top_.compare_exchange_strong(seen, next(seen, below))) continue;
      check(!boxes_[box].taken.exchange(true));
      return box;
    }
  }
  std::uint32_t pop() {
    return pop([] {});
  }

 private:
  static std::uint64_t next(std::uint64_t before, std::uint32_t box) {
    return tagged ? (((before >> 32) + 1) << 32) | box : box;
  }
  std::array<Box, 4> boxes_;
  std::atomic<std::uint64_t> top_{0};
};
template <bool tagged>
void slow_and_quick() {
  Stack<tagged> stack;
  Turns turns;
  std::jthread slow([&] {
    bool held_up = false;
    stack.pop([&] {
      if (held_up) return;
      held_up = true;
      turns.done();
      turns.wait_for(2);
    });
    stack.pop();  // the next one: box 3, or so it should be
  });
  std::jthread quick([&] {
    turns.wait_for(1);
    const std::uint32_t first = stack.pop();
    stack.pop();  // box 2, which it keeps
    stack.push(first);
    turns.done();
  });
}

constexpr Scenario kAll[] = {
    {"double-checked/plain-pointer", plain_pointer},
    {"double-checked/atomic-pointer", atomic_pointer},
    {"double-checked/call-once", with_call_once},
    {"singleton/lazy", [] { first_and_second(lazy_instance); }},
    {"singleton/function-local",
     [] { both_at_once([]() -> const Settings& { return Local::instance().settings(); }); }},
    {"singleton/once-flag", [] { both_at_once(once_instance); }},
    {"bank/check-then-act", check_then_act},
    {"bank/check-and-act", check_and_act},
    {"baton/read-pause-write", read_pause_write},
    {"baton/read-and-write", read_and_write},
    {"aba/bare-pointer", slow_and_quick<false>},
    {"aba/tagged-pointer", slow_and_quick<true>},
};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
