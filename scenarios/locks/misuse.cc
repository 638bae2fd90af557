// SPDX-License-Identifier: Apache-2.0
//
// What one can do wrong with a single lock.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <memory>

namespace {

struct Account {
  gridlock::Lock lock{"account"};
  long balance = 100;
};

}  // namespace

GRIDLOCK_SCENARIO(
    unlock_free_twice,
    {.name = "unlock-free/twice",
     .summary = "A lock is unlocked a second time, when nobody holds it",
     .story =
         "The thread takes the lock once and gives it back twice: in the branch for an empty "
         "account, and again at the end. At the second unlock nobody holds the lock any more.\n\n"
         "This time it does no harm. But had another thread taken the lock in between, the second "
         "unlock would have been aimed at that thread's lock. With a std::mutex the behaviour is "
         "undefined, which mostly means that one finds out much later.\n\n"
         "In the report, the last operations of the thread show the lock and both unlocks.",
     .expect = gridlock::finds(gridlock::FindingKind::kMisuseUnlockFree),
     .twin = "unlock-free/once"}) {
  Account account;
  gridlock::Thread payer{"payer", [&] {
                           account.lock.lock();
                           account.balance -= 100;
                           if (account.balance == 0) account.lock.unlock();
                           account.lock.unlock();  // wrong: the second time
                         }};
}

GRIDLOCK_SCENARIO(
    unlock_free_once,
    {.name = "unlock-free/once",
     .summary = "A guard unlocks exactly once",
     .story =
         "The same work with a guard. It takes the lock when it is made and gives it back when the "
         "scope ends. There is no unlock to write, so there is none to write twice.",
     .expect = gridlock::clean(),
     .twin = "unlock-free/twice"}) {
  Account account;
  gridlock::Thread payer{"payer", [&] {
                           const gridlock::Guard guard{account.lock};
                           account.balance -= 100;
                         }};
}

GRIDLOCK_SCENARIO(
    destroy_held_locked,
    {.name = "destroy-held/locked",
     .summary = "An object is deleted together with the lock that is being held",
     .story =
         "To close an account, the thread takes its lock, as one should, and then deletes the "
         "account. But the lock is a part of the account: it is destroyed while it is held. Any "
         "thread that was waiting for it would now wait on memory that belongs to something "
         "else.\n\n"
         "In the report, compare the two lines: where the lock was taken, and where it was "
         "destroyed.",
     .expect = gridlock::finds(gridlock::FindingKind::kMisuseDestroyHeld),
     .twin = "destroy-held/unlocked"}) {
  auto account = std::make_unique<Account>();
  gridlock::Thread closer{"closer", [&] {
                            account->lock.lock();
                            account->balance = 0;
                            account.reset();  // wrong: the lock goes with it, held
                          }};
}

GRIDLOCK_SCENARIO(
    destroy_held_unlocked,
    {.name = "destroy-held/unlocked",
     .summary = "The lock is given back before the object goes",
     .story =
         "The last change is made under the lock, the lock is given back, and then the account is "
         "deleted. That no other thread still uses it has to be certain in another way: here, "
         "because there is none; usually, because all of them have been joined.",
     .expect = gridlock::clean(),
     .twin = "destroy-held/locked"}) {
  auto account = std::make_unique<Account>();
  gridlock::Thread closer{"closer", [&] {
                            {
                              const gridlock::Guard guard{account->lock};
                              account->balance = 0;
                            }
                            account.reset();
                          }};
}
