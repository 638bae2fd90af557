// SPDX-License-Identifier: Apache-2.0
//
// One account and two withdrawals: every access is locked, and money that is not there is paid out
// all the same.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

namespace {

struct Account {
  gridlock::Lock lock{"account"};
  long balance = 100;

  [[nodiscard]] bool has(long amount) {
    const gridlock::Guard guard{lock};
    return balance >= amount;
  }
  void take(long amount) {
    const gridlock::Guard guard{lock};
    balance -= amount;
    gridlock::assert_that(balance >= 0, "no account is overdrawn");
  }
  bool take_if_there(long amount) {
    const gridlock::Guard guard{lock};
    if (balance < amount) return false;
    balance -= amount;
    gridlock::assert_that(balance >= 0, "no account is overdrawn");
    return true;
  }
};

}  // namespace

GRIDLOCK_SCENARIO(
    bank_check_then_act,
    {.name = "bank/check-then-act",
     .summary = "Two withdrawals look at the balance first, and then both take what they saw",
     .story =
         "There are 100 in the account, and two people at two cash machines each want 80. Each "
         "machine asks whether there is enough, is told yes, and pays out. In the end 160 were "
         "paid and the account stands at -60.\n\n"
         "Both the look and the withdrawal hold the lock, so there is no data race and "
         "ThreadSanitizer is content. But between the two the lock was free, and what the machine "
         "had seen was no longer true when it acted on it. Such an error is called check-then-act "
         "(or a lost update, where it is a value that is written back).\n\n"
         "No tool can know that a balance must not be negative. The program says so, with "
         "assert_that, where it takes the money. In the report, look at the text of that "
         "statement, at the thread and the line, and at the lock: it is held, and does not help.",
     .expect = gridlock::finds(gridlock::FindingKind::kAssertionFailed),
     .twin = "bank/check-and-act"}) {
  Account account;
  gridlock::Rendezvous both_have_looked{2};
  const auto withdraw = [&] {
    const bool enough = account.has(80);
    both_have_looked.meet();
    if (enough) account.take(80);  // wrong: it was enough, before the lock was given back
  };
  gridlock::Thread first{"first machine", withdraw};
  gridlock::Thread second{"second machine", withdraw};
}

GRIDLOCK_SCENARIO(
    bank_check_and_act,
    {.name = "bank/check-and-act",
     .summary = "The look at the balance and the withdrawal are under one lock",
     .story = "The same two people, but each machine asks and pays while it holds the lock. The "
              "second one finds 20 in the account and refuses.\n\n"
              "A lock protects what is true between two accesses, not only the accesses: hold it "
              "from the test to the end of what relies on it.",
     .expect = gridlock::clean(),
     .twin = "bank/check-then-act"}) {
  Account account;
  gridlock::Rendezvous both_are_there{2};
  int refused = 0;
  gridlock::Lock refused_lock{"refused"};
  const auto withdraw = [&] {
    both_are_there.meet();
    if (account.take_if_there(80)) return;
    const gridlock::Guard guard{refused_lock};
    ++refused;
  };
  gridlock::Thread first{"first machine", withdraw};
  gridlock::Thread second{"second machine", withdraw};
  first.join();
  second.join();
  gridlock::assert_that(refused == 1, "exactly one withdrawal is refused");
}
