// SPDX-License-Identifier: Apache-2.0
//
// What a program can say of its own locks, and what happens when it is not so.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

namespace {

struct Account {
  gridlock::Lock lock{"account"};
  long balance = 100;

  void add(long amount) {
    gridlock::assert_held(lock);
    balance += amount;
  }
};

}  // namespace

GRIDLOCK_SCENARIO(
    assertion_forgotten,
    {.name = "lock-assertion/forgotten",
     .summary = "A function that wants its caller to hold the lock is called without it",
     .story =
         "add() changes the balance and leaves the locking to its caller; its first line says so: "
         "assert_held(lock). The payer remembers to take the lock. The clerk, written later, does "
         "not.\n\n"
         "The two run one after the other here, so no harm is done and the balance is right. The "
         "mistake is there all the same, and the assertion finds it in this run: it asks what the "
         "thread holds, not whether it was lucky.\n\n"
         "In the report, look at the clerk's stack, and at what it holds: nothing.",
     .expect = gridlock::finds(gridlock::FindingKind::kLockAssertion),
     .twin = "lock-assertion/kept"}) {
  Account account;
  gridlock::Thread{"payer",
                   [&] {
                     const gridlock::Guard guard{account.lock};
                     account.add(-10);
                   }}
      .join();
  gridlock::Thread{"clerk", [&] { account.add(10); }}.join();
}

GRIDLOCK_SCENARIO(
    assertion_kept,
    {.name = "lock-assertion/kept",
     .summary = "Every caller of the function holds the lock that it asserts",
     .story = "The clerk takes the lock before it calls add(), as the payer does. The "
              "assertion is true at both calls and says nothing.",
     .expect = gridlock::clean(),
     .twin = "lock-assertion/forgotten"}) {
  Account account;
  for (const char* name : {"payer", "clerk"}) {
    gridlock::Thread{name,
                     [&] {
                       const gridlock::Guard guard{account.lock};
                       account.add(10);
                     }}
        .join();
  }
}

GRIDLOCK_SCENARIO(
    declared_broken,
    {.name = "declared-order/broken",
     .summary = "One thread takes two locks against the order that the program declared",
     .story =
         "The program says once, where the locks are made, that the accounts come before the "
         "journal. The auditor takes the journal and then the accounts.\n\n"
         "A lock-order cycle needs two threads that disagree. Here nobody takes the locks the "
         "other way round in this run, so there is no cycle to find; but there is a rule, and one "
         "thread is enough to break it.\n\n"
         "In the report, the edge shows both lines of the auditor, and the declaration is named "
         "with its own line.",
     .expect = gridlock::finds(gridlock::FindingKind::kDeclaredOrder),
     .twin = "declared-order/kept"}) {
  gridlock::Lock accounts{"accounts"};
  gridlock::Lock journal{"journal"};
  accounts.before(journal);
  gridlock::Thread auditor{"auditor", [&] {
                             const gridlock::Guard first{journal};
                             const gridlock::Guard second{accounts};
                           }};
}

GRIDLOCK_SCENARIO(
    declared_kept,
    {.name = "declared-order/kept",
     .summary = "The locks are taken in the order that the program declared",
     .story = "The auditor takes the accounts first and then the journal, as declared. "
              "There is nothing to report, in this run or in any other.",
     .expect = gridlock::clean(),
     .twin = "declared-order/broken"}) {
  gridlock::Lock accounts{"accounts"};
  gridlock::Lock journal{"journal"};
  accounts.before(journal);
  gridlock::Thread auditor{"auditor", [&] {
                             const gridlock::Guard first{accounts};
                             const gridlock::Guard second{journal};
                           }};
}
