// SPDX-License-Identifier: Apache-2.0
//
// Readers and writers: two ways in which readers can stop each other forever.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <shared_mutex>

GRIDLOCK_SCENARIO(
    upgrade_twice,
    {.name = "shared-lock/upgrade-twice",
     .summary = "Two readers both want to become the writer, and wait for each other",
     .story =
         "A shared lock lets many readers in at once, or one writer alone. Two clerks read the "
         "stock at the same time; each finds that one item is left, and each wants to write its "
         "sale down. They ask to upgrade: to become the writer without letting go of what they "
         "have read.\n\n"
         "A writer has to be alone, so each clerk waits until the other stops reading. But neither "
         "stops, because both are waiting. Neither of them has asked for a second lock: one lock "
         "is enough for this deadlock.\n\n"
         "In the report, both arrows of the cycle lead from the stock to the stock: held for "
         "reading, wanted for an upgrade.",
     .expect = gridlock::finds(gridlock::FindingKind::kDeadlock),
     .twin = "shared-lock/upgrade-one"}) {
  gridlock::SharedLock stock{"stock"};
  gridlock::Rendezvous both_read{2};
  int left = 1;
  const auto sell = [&] {
    stock.lock_shared();
    both_read.meet();
    if (left > 0) {
      stock.upgrade();  // wrong: two can come here
      --left;
      stock.unlock();
    } else {
      stock.unlock_shared();
    }
  };
  gridlock::Thread clerk{"clerk", sell};
  gridlock::Thread cashier{"cashier", sell};
}

GRIDLOCK_SCENARIO(
    upgrade_one,
    {.name = "shared-lock/upgrade-one",
     .summary = "A reader that cannot upgrade at once lets go and begins anew",
     .story =
         "The same two clerks read the stock at the same time. Each tries to upgrade. As long as "
         "the other is still reading that fails, and then the clerk lets go, takes the lock for "
         "writing from the start, and looks at the stock once more, because it may have changed "
         "in between.\n\n"
         "Whoever waits holds nothing, so there is no circle. An upgrade that really waits is safe "
         "only where at most one thread ever upgrades.",
     .expect = gridlock::clean(),
     .twin = "shared-lock/upgrade-twice"}) {
  gridlock::SharedLock stock{"stock"};
  gridlock::Rendezvous both_read{2};
  int left = 1;
  const auto sell = [&] {
    stock.lock_shared();
    both_read.meet();
    if (!stock.try_upgrade()) {
      stock.unlock_shared();
      stock.lock();
    }
    if (left > 0) --left;
    stock.unlock();
  };
  gridlock::Thread clerk{"clerk", sell};
  gridlock::Thread cashier{"cashier", sell};
}

namespace {

// A reader reads, and reads again inside, when a writer is known to wait in between.
void read_again(gridlock::Prefer prefer) {
  gridlock::SharedLock ledger{"ledger", prefer};
  gridlock::Turns turns;
  gridlock::Thread auditor{"auditor", [&] {
                             const gridlock::SharedGuard whole{ledger};
                             turns.done();
                             turns.wait_for(2);
                             const gridlock::SharedGuard part{ledger};  // inside, once more
                           }};
  gridlock::Thread bookkeeper{"bookkeeper", [&] {
                                turns.wait_for(1);
                                const gridlock::Guard writing{ledger};
                              }};
  turns.wait_for(1);
  // Nothing tells that a thread sleeps; but a writer that waits keeps new readers out, if it goes
  // first. Where readers go first there is nothing to see and nothing to wait for.
  while (prefer == gridlock::Prefer::kWriters && ledger.try_lock_shared()) ledger.unlock_shared();
  turns.done();
}

}  // namespace

GRIDLOCK_SCENARIO(
    read_again_writers_first,
    {.name = "shared-lock/read-again",
     .summary = "A reader reads again while a writer waits, and waits behind it",
     .story =
         "The auditor reads the ledger, and in the middle calls a function that reads the ledger "
         "too: it asks for the same lock for reading a second time. Two readers do not disturb "
         "each other, so that looks harmless, and it nearly always is.\n\n"
         "But this lock lets writers go first, so that a stream of readers cannot keep them "
         "waiting forever. Between the two requests the bookkeeper has asked to write. It waits "
         "for the auditor to finish reading; the auditor's second request waits behind the "
         "bookkeeper. Neither can go on.\n\n"
         "In the report, the auditor holds the ledger and waits for it as well, both times for "
         "reading. What stands between the two is the writer.",
     .expect = gridlock::finds(gridlock::FindingKind::kDeadlock),
     .twin = "shared-lock/read-again-readers-first"}) {
  read_again(gridlock::Prefer::kWriters);
}

GRIDLOCK_SCENARIO(
    read_again_readers_first,
    {.name = "shared-lock/read-again-readers-first",
     .summary = "The same second read on a lock that lets readers go first",
     .story =
         "The same auditor and the same bookkeeper. This lock lets readers in whenever no writer "
         "is inside, whether one waits or not. The auditor's second request is granted at once, "
         "the auditor finishes, and then the bookkeeper writes.\n\n"
         "The price is that a writer can wait for a long time when readers keep coming. If that "
         "matters, let writers go first and read only once: hand what was read to the inner "
         "function.",
     .expect = gridlock::clean(),
     .twin = "shared-lock/read-again"}) {
  read_again(gridlock::Prefer::kReaders);
}
