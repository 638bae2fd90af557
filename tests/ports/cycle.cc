// SPDX-License-Identifier: Apache-2.0
//
// Two threads take two locks in two orders, one after the other; "hang": at once.
#include <gridlock/std.h>

#include <cstring>

int main(int count, char** arguments) {
  gridlock::mutex accounts;
  gridlock::shared_mutex ledger;
  GRIDLOCK_NAME(accounts, "accounts");
  GRIDLOCK_NAME(ledger, "ledger");
  const bool hang = count > 1 && std::strcmp(arguments[1], "hang") == 0;
  const bool one_order = count > 1 && std::strcmp(arguments[1], "calm") == 0;
  std::latch both_hold{2};  // not gridlock's: what brings them together is no part of the program
  gridlock::thread clerk{[&] {
    const gridlock::lock_guard hold{accounts};
    if (hang) both_hold.arrive_and_wait();
    const gridlock::unique_lock more{ledger};
  }};
  GRIDLOCK_NAME(clerk, "clerk");
  if (!hang) clerk.join();
  gridlock::thread auditor{[&] {
    if (one_order) {
      const gridlock::scoped_lock both{accounts, ledger};
      return;
    }
    const gridlock::shared_lock hold{ledger};
    if (hang) both_hold.arrive_and_wait();
    const gridlock::lock_guard more{accounts};
  }};
  GRIDLOCK_NAME(auditor, "auditor");
  auditor.join();
  if (hang) clerk.join();
}
