// SPDX-License-Identifier: Apache-2.0
//
// Test cases as users have them, in Catch2 or doctest, some of them broken on purpose.
#ifdef USE_doctest
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#define SECTION SUBCASE
#else
#define CATCH_CONFIG_MAIN  // of version 2
#include <catch2/catch.hpp>
#endif

#include <gridlock/std.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

// NOLINTBEGIN(bugprone-chained-comparison): CHECK(a == b) is one
namespace {

struct Account {
  gridlock::mutex mutex;
  long balance = 100;
};

void transfer(Account& from, Account& to, long amount) {
  const gridlock::lock_guard hold_from{from.mutex};
  const gridlock::lock_guard hold_to{to.mutex};
  from.balance -= amount;
  to.balance += amount;
}

// Both at once, by luck one after the other.
void pay(Account& alice, Account& bob, bool one_order) {
  std::atomic<bool> paid{false};
  gridlock::thread rent{[&] {
    transfer(alice, bob, 40);
    paid = true;
  }};
  gridlock::thread gift{[&] {
    while (!paid) std::this_thread::yield();
    one_order ? transfer(alice, bob, -10) : transfer(bob, alice, 10);
  }};
  rent.join();
  gift.join();
}

}  // namespace

TEST_CASE("pays in the same order") {
  Account alice;
  Account bob;
  pay(alice, bob, true);
  CHECK(alice.balance == 70);
}

TEST_CASE("pays in opposite orders") {
  Account alice;
  Account bob;
  GRIDLOCK_NAME(alice.mutex, "alice");
  GRIDLOCK_NAME(bob.mutex, "bob");
  pay(alice, bob, false);
  CHECK(alice.balance == 70);
}

TEST_CASE("pays once more in the same order") {
  Account alice;
  Account bob;
  pay(alice, bob, true);
  CHECK(bob.balance == 130);
}

TEST_CASE("pays in one of its sections in opposite orders") {
  Account alice;
  Account bob;
  SECTION("first") {
    pay(alice, bob, true);
    CHECK(alice.balance == 70);
  }
  SECTION("second") {
    pay(alice, bob, false);
    CHECK(alice.balance == 70);
  }
}

TEST_CASE("throws when it has paid in opposite orders") {
  Account alice;
  Account bob;
  pay(alice, bob, false);
  throw std::runtime_error("thrown by the test");
}

TEST_CASE("is wrong") { CHECK(1 + 1 == 3); }

TEST_CASE("never comes back") {
  Account alice;
  Account bob;
  std::atomic<int> both{0};
  const auto meet_between = [&](Account& from, Account& to) {
    const gridlock::lock_guard hold_from{from.mutex};
    ++both;
    while (both < 2) std::this_thread::yield();
    const gridlock::lock_guard hold_to{to.mutex};
  };
  gridlock::thread rent{[&] { meet_between(alice, bob); }};
  meet_between(bob, alice);
  rent.join();
}

TEST_CASE("never ends: calls exit") { std::exit(3); }

TEST_CASE("never ends: sleeps and sleeps") {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

TEST_CASE("comes after all of these") {
  Account alice;
  Account bob;
  pay(alice, bob, true);
  CHECK(alice.balance == 70);
}
// NOLINTEND(bugprone-chained-comparison)
