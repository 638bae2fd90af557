// SPDX-License-Identifier: Apache-2.0
//
// Two threads take two locks in two orders, by luck one after the other. "hang": at once. "calm": in one order.
#include <gridlock/std.h>

#include <cstring>

int main(int count, char** arguments) {
  gridlock::mutex accounts;
  gridlock::shared_mutex ledger;
  GRIDLOCK_NAME(accounts, "accounts");
  GRIDLOCK_NAME(ledger, "ledger");
  const bool hang = count > 1 && std::strcmp(arguments[1], "hang") == 0;
  const bool one_order = count > 1 && std::strcmp(arguments[1], "calm") == 0;
  // Not gridlock's: what brings them together, or keeps them apart, is no part of the program.
  std::latch both_hold{2};
  std::latch clerk_is_done{1};
  std::latch have_names{1};
  gridlock::thread clerk{[&] {
    have_names.wait();
    const gridlock::lock_guard hold{accounts};
    if (hang) both_hold.arrive_and_wait();
    {
      const gridlock::unique_lock more{ledger};
    }
    clerk_is_done.count_down();
  }};
  GRIDLOCK_NAME(clerk, "clerk");
  gridlock::thread auditor{[&] {
    have_names.wait();
    if (!hang) clerk_is_done.wait();
    if (one_order) {
      const gridlock::scoped_lock both{accounts, ledger};
      return;
    }
    const gridlock::shared_lock hold{ledger};
    if (hang) both_hold.arrive_and_wait();
    const gridlock::lock_guard more{accounts};
  }};
  GRIDLOCK_NAME(auditor, "auditor");
  have_names.count_down();
  auditor.join();
  clerk.join();
}
