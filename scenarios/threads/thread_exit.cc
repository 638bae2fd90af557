// SPDX-License-Identifier: Apache-2.0
//
// A thread that ends and takes its lock with it.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

namespace {

// Lives as long as the program: a lock that goes before would be destroyed while it is held, which
// is another finding (destroy-held/locked).
gridlock::Lock& accounts() {
  static gridlock::Lock lock{"accounts"};
  return lock;
}

bool account_is_empty() { return true; }

}  // namespace

GRIDLOCK_SCENARIO(
    exit_holding_early_return,
    {.name = "thread-exit-holding/early-return",
     .summary = "A thread ends and leaves its lock locked forever",
     .story =
         "The payer takes the lock, sees that the account is empty and returns, past the unlock. "
         "Its thread ends. Only the thread that took a lock may give it back, and that thread is "
         "gone: the lock stays locked forever.\n\n"
         "This run ends well, because nobody asks for the lock afterwards. Gridlock reports the "
         "loss at the moment it happens, and does not wait until somebody runs into it.\n\n"
         "In the report, look at the line where the ended thread took the lock.",
     .expect = gridlock::finds(gridlock::FindingKind::kMisuseThreadExitHolding),
     .twin = "thread-exit-holding/guard"}) {
  gridlock::Thread payer{"payer", [] {
                           accounts().lock();
                           if (account_is_empty()) return;  // wrong: the lock stays locked
                           accounts().unlock();
                         }};
  payer.join();
}

GRIDLOCK_SCENARIO(
    exit_holding_guard,
    {.name = "thread-exit-holding/guard",
     .summary = "A guard gives the lock back on every way out",
     .story =
         "The same early return, but the lock is held by a guard. Its destructor runs on every way "
         "out of the function, the early return included, so the thread ends with empty hands.",
     .expect = gridlock::clean(),
     .twin = "thread-exit-holding/early-return"}) {
  gridlock::Thread payer{"payer", [] {
                           const gridlock::Guard guard{accounts()};
                           if (account_is_empty()) return;
                         }};
  payer.join();
}
