// SPDX-License-Identifier: Apache-2.0
//
// The program of docs/porting.md.
#include <gridlock/std.h>

#include <cstdio>

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

int main() {
  Account alice;
  Account bob;
  GRIDLOCK_NAME(alice.mutex, "alice");
  GRIDLOCK_NAME(bob.mutex, "bob");
  gridlock::jthread rent{[&] { transfer(alice, bob, 40); }};
  gridlock::jthread gift{[&] { transfer(bob, alice, 10); }};
  rent.join();
  gift.join();
  std::printf("%ld\n", alice.balance);
}
