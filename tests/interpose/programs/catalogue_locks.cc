// SPDX-License-Identifier: Apache-2.0
//
// The catalogue's scenarios of locks, as plain code: orders of mutexes, accounts, philosophers.
#include <array>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/interpose/programs/catalogue.h"

namespace {

using namespace std::chrono_literals;

// lock-order
void order_predicted() {
  std::mutex accounts;
  std::mutex journal;
  Turns turns;
  std::jthread payer([&] {
    {
      const std::lock_guard first(accounts);
      const std::lock_guard second(journal);
    }
    turns.done();
  });
  std::jthread auditor([&] {
    turns.wait_for(1);
    const std::lock_guard first(journal);
    const std::lock_guard second(accounts);
  });
}
void order_hung() {
  std::mutex accounts;
  std::mutex journal;
  Rendezvous both_hold_one(2);
  std::jthread payer([&] {
    const std::lock_guard first(accounts);
    both_hold_one.meet();
    const std::lock_guard second(journal);
  });
  std::jthread auditor([&] {
    const std::lock_guard first(journal);
    both_hold_one.meet();
    const std::lock_guard second(accounts);
  });
}
void order_ordered() {
  std::mutex accounts;
  std::mutex journal;
  Rendezvous start(2);
  const auto work = [&] {
    start.meet();
    for (int i = 0; i < 1000; ++i) {
      const std::lock_guard first(accounts);
      const std::lock_guard second(journal);
    }
  };
  std::jthread payer(work);
  std::jthread auditor(work);
}
void order_scoped_lock() {
  std::mutex accounts;
  std::mutex journal;
  Rendezvous start(2);
  std::jthread payer([&] {
    start.meet();
    for (int i = 0; i < 1000; ++i) const std::scoped_lock both(accounts, journal);
  });
  std::jthread auditor([&] {
    start.meet();
    for (int i = 0; i < 1000; ++i) const std::scoped_lock both(journal, accounts);
  });
}
void order_three_predicted() {
  std::mutex pan;
  std::mutex stove;
  std::mutex oven;
  Turns turns;
  const auto take_both = [&](int turn, std::mutex& one, std::mutex& two) {
    turns.wait_for(turn);
    {
      const std::lock_guard first(one);
      const std::lock_guard second(two);
    }
    turns.done();
  };
  std::jthread cook([&] { take_both(0, pan, stove); });
  std::jthread baker([&] { take_both(1, stove, oven); });
  std::jthread waiter([&] { take_both(2, oven, pan); });
}
void order_gated() {
  std::mutex door;
  std::mutex pan;
  std::mutex stove;
  std::mutex oven;
  Rendezvous start(3);
  const auto work = [&](std::mutex& one, std::mutex& two) {
    start.meet();
    for (int i = 0; i < 1000; ++i) {
      const std::lock_guard gate(door);
      const std::lock_guard first(one);
      const std::lock_guard second(two);
    }
  };
  std::jthread cook([&] { work(pan, stove); });
  std::jthread baker([&] { work(stove, oven); });
  std::jthread waiter([&] { work(oven, pan); });
}
void order_joined() {
  std::mutex accounts;
  std::mutex journal;
  std::thread([&] {
    const std::lock_guard first(accounts);
    const std::lock_guard second(journal);
  }).join();
  std::thread([&] {
    const std::lock_guard first(journal);
    const std::lock_guard second(accounts);
  }).join();
}

// lock-timeout
template <typename Hasty>
void meet_in_the_middle(std::timed_mutex& first, std::timed_mutex& second, Hasty hasty) {
  Rendezvous both_hold_one(2);
  std::jthread hasty_thread([&] { hasty(both_hold_one); });
  std::jthread patient_thread([&] {
    const std::lock_guard mine(second);
    both_hold_one.meet();
    const std::lock_guard other(first);
  });
}
void timeout_unchecked() {
  std::timed_mutex first;
  std::timed_mutex second;
  meet_in_the_middle(first, second, [&](Rendezvous& both_hold_one) {
    (void)first.try_lock_for(80ms);
    both_hold_one.meet();
    (void)second.try_lock_for(40ms);
    second.unlock();  // wrong: it is the other thread's
    first.unlock();
  });
}
void timeout_checked() {
  std::timed_mutex first;
  std::timed_mutex second;
  meet_in_the_middle(first, second, [&](Rendezvous& both_hold_one) {
    const std::unique_lock has_first(first, 80ms);
    both_hold_one.meet();
    if (!has_first.owns_lock()) return;
    const std::unique_lock has_second(second, 40ms);
  });
}

// reentrancy
template <typename Mutex>
int sum_to(int n, Mutex& mutex) {
  const std::lock_guard guard(mutex);
  return n == 0 ? 0 : n + sum_to(n - 1, mutex);
}
void reentrancy_lock() {
  std::mutex mutex;
  sum_to(3, mutex);
}
void reentrancy_rlock() {
  std::recursive_mutex mutex;
  sum_to(3, mutex);
}

// join-deadlock
void join_holding() {
  std::mutex ledger;
  const std::lock_guard guard(ledger);
  std::thread clerk([&] { const std::lock_guard entry(ledger); });
  clerk.join();
}
void join_released() {
  std::mutex ledger;
  std::thread clerk;
  {
    const std::lock_guard guard(ledger);
    clerk = std::thread([&] { const std::lock_guard entry(ledger); });
  }
  clerk.join();
}

// philosophers
constexpr int kSeats = 5;
struct Table {
  std::array<std::mutex, kSeats> forks;
  std::array<int, kSeats> meals{};
  std::mutex& left(int seat) { return forks[static_cast<std::size_t>(seat)]; }
  std::mutex& right(int seat) { return forks[static_cast<std::size_t>((seat + 1) % kSeats)]; }
  void eat(int seat) { ++meals[static_cast<std::size_t>(seat)]; }
};
template <typename Dine>
void dinner(Dine dine) {
  std::vector<std::jthread> philosophers;
  for (int seat = 0; seat < kSeats; ++seat)
    philosophers.emplace_back([&dine, seat] { dine(seat); });
}
template <typename Meal>
void dinner_of_many_meals(Meal meal) {
  Table table;
  Rendezvous start(kSeats);
  dinner([&](int seat) {
    start.meet();
    for (int i = 0; i < 100; ++i) meal(table, seat);
  });
  for (const int meals : table.meals) check(meals == 100);
}
void philosophers_hung() {
  Table table;
  Rendezvous all_have_one(kSeats);
  dinner([&](int seat) {
    const std::lock_guard first(table.left(seat));
    all_have_one.meet();
    const std::lock_guard second(table.right(seat));
    table.eat(seat);
  });
}
void philosophers_predicted() {
  Table table;
  Turns turns;
  dinner([&](int seat) {
    turns.wait_for(seat);
    {
      const std::lock_guard first(table.left(seat));
      const std::lock_guard second(table.right(seat));
      table.eat(seat);
    }
    turns.done();
  });
}
void philosophers_ordered() {
  dinner_of_many_meals([](Table& table, int seat) {
    const bool left_is_first = seat != kSeats - 1;
    const std::lock_guard first(left_is_first ? table.left(seat) : table.right(seat));
    const std::lock_guard second(left_is_first ? table.right(seat) : table.left(seat));
    table.eat(seat);
  });
}
void philosophers_host() {
  std::mutex host;
  dinner_of_many_meals([&](Table& table, int seat) {
    std::unique_lock permission(host);
    const std::lock_guard first(table.left(seat));
    const std::lock_guard second(table.right(seat));
    permission.unlock();
    table.eat(seat);
  });
}
void philosophers_both() {
  dinner_of_many_meals([](Table& table, int seat) {
    const std::scoped_lock both(table.left(seat), table.right(seat));
    table.eat(seat);
  });
}

// bank-transfer
struct Account {
  explicit Account(int n) : number(n) {}
  int number;
  std::mutex mutex;
  long balance = 1000;
};
template <typename Between>
void transfer(Account& from, Account& to, Between between) {
  const std::lock_guard first(from.mutex);
  between();
  const std::lock_guard second(to.mutex);  // wrong: another may hold it and want the first
  --from.balance;
  ++to.balance;
}
template <typename Transfer>
void there_and_back(Transfer one_transfer) {
  Account alice(1);
  Account bob(2);
  {
    Rendezvous start(2);
    const auto pay = [&](Account& from, Account& to) {
      start.meet();
      for (int i = 0; i < 1000; ++i) one_transfer(from, to);
    };
    std::jthread there([&] { pay(alice, bob); });
    std::jthread back([&] { pay(bob, alice); });
  }
  check(alice.balance + bob.balance == 2000);
}
void transfer_predicted() {
  Account alice(1);
  Account bob(2);
  Turns turns;
  std::jthread there([&] {
    transfer(alice, bob, [] {});
    turns.done();
  });
  std::jthread back([&] {
    turns.wait_for(1);
    transfer(bob, alice, [] {});
  });
}
void transfer_hung() {
  Account alice(1);
  Account bob(2);
  Rendezvous both_hold_one(2);
  const auto meet = [&] { both_hold_one.meet(); };
  std::jthread there([&] { transfer(alice, bob, meet); });
  std::jthread back([&] { transfer(bob, alice, meet); });
}
void transfer_by_number() {
  there_and_back([](Account& from, Account& to) {
    const bool from_is_first = from.number < to.number;
    const std::lock_guard first(from_is_first ? from.mutex : to.mutex);
    const std::lock_guard second(from_is_first ? to.mutex : from.mutex);
    --from.balance;
    ++to.balance;
  });
}
void transfer_scoped_lock() {
  there_and_back([](Account& from, Account& to) {
    const std::scoped_lock both(from.mutex, to.mutex);
    --from.balance;
    ++to.balance;
  });
}

constexpr Scenario kAll[] = {
    {"lock-order/predicted", order_predicted},
    {"lock-order/hung", order_hung},
    {"lock-order/ordered", order_ordered},
    {"lock-order/scoped-lock", order_scoped_lock},
    {"lock-order/three-predicted", order_three_predicted},
    {"lock-order/gated", order_gated},
    {"lock-order/joined", order_joined},
    {"lock-timeout/unchecked", timeout_unchecked},
    {"lock-timeout/checked", timeout_checked},
    {"reentrancy/lock", reentrancy_lock},
    {"reentrancy/rlock", reentrancy_rlock},
    {"join-deadlock/holding", join_holding},
    {"join-deadlock/released", join_released},
    {"philosophers/hung", philosophers_hung},
    {"philosophers/predicted", philosophers_predicted},
    {"philosophers/ordered", philosophers_ordered},
    {"philosophers/host", philosophers_host},
    {"philosophers/both-at-once", philosophers_both},
    {"bank-transfer/predicted", transfer_predicted},
    {"bank-transfer/hung", transfer_hung},
    {"bank-transfer/by-number", transfer_by_number},
    {"bank-transfer/scoped-lock", transfer_scoped_lock},
};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
