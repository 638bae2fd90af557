// SPDX-License-Identifier: Apache-2.0
//
// Giving a lock only so much time. The outcome does not depend on how fast anything is: the patient
// thread cannot let go of the second lock before the hasty one has given up, because it waits for
// the first.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <chrono>
#include <cstdio>

namespace {

constexpr std::chrono::milliseconds kUnit{20};

// Takes the locks in the opposite order of `hasty`, and waits as long as it takes.
template <typename Hasty>
void meet_in_the_middle(gridlock::Lock& first, gridlock::Lock& second, Hasty hasty) {
  gridlock::Rendezvous both_hold_one{2};
  gridlock::Thread hasty_thread{"hasty", [&] { hasty(both_hold_one); }};
  gridlock::Thread patient_thread{"patient", [&] {
                                    const gridlock::Guard mine{second};
                                    both_hold_one.meet();
                                    const gridlock::Guard other{first};
                                  }};
}

}  // namespace

GRIDLOCK_SCENARIO(
    timeout_unchecked,
    {.name = "lock-timeout/unchecked",
     .summary = "A thread gives up waiting for a lock, and unlocks it all the same",
     .story =
         "The hasty thread gives its first lock 4 units of time and its second lock 2. The first "
         "one it gets. The second is held by the patient thread, which in turn waits for the "
         "first. With plain locks this would be a deadlock; here the 2 units pass and the hasty "
         "thread goes on.\n\n"
         "But it never looks at the answer, which says that it did not get the second lock. It "
         "works on as if it had it, and at the end unlocks both. The second is not its own: if "
         "the unlock worked, the patient thread would be robbed of its lock in the middle of its "
         "work. Gridlock leaves the lock alone and reports it.\n\n"
         "In the report, look at who unlocks and who holds: two different threads.",
     .case_number = 13,
     .expect = gridlock::finds(gridlock::FindingKind::kMisuseUnlockNotOwner),
     .twin = "lock-timeout/checked"}) {
  gridlock::Lock first{"first"};
  gridlock::Lock second{"second"};
  meet_in_the_middle(first, second, [&](gridlock::Rendezvous& both_hold_one) {
    [[maybe_unused]] const bool has_first = first.try_lock_for(4 * kUnit);
    both_hold_one.meet();
    [[maybe_unused]] const bool has_second = second.try_lock_for(2 * kUnit);
    second.unlock();  // wrong: it is the other thread's
    first.unlock();
  });
}

GRIDLOCK_SCENARIO(
    timeout_checked,
    {.name = "lock-timeout/checked",
     .summary = "A thread gives up waiting for a lock, and leaves it alone",
     .story =
         "The same meeting of a hasty and a patient thread. TimedGuard waits for the given time "
         "and "
         "then says whether it has the lock. The hasty thread asks, sees that it does not have "
         "the second one, does without, and gives the first one back. Now the patient thread can "
         "go on, and both end.\n\n"
         "A timeout is a way out of a deadlock, not a cure: time was lost, and the work was not "
         "done. The orders still contradict each other. Gridlock reports no lock-order cycle, "
         "since a wait that ends by itself cannot be part of a deadlock.",
     .case_number = 13,
     .expect = gridlock::clean(),
     .twin = "lock-timeout/unchecked"}) {
  gridlock::Lock first{"first"};
  gridlock::Lock second{"second"};
  meet_in_the_middle(first, second, [&](gridlock::Rendezvous& both_hold_one) {
    const gridlock::TimedGuard has_first{first, 4 * kUnit};
    both_hold_one.meet();
    if (!has_first) return;
    const gridlock::TimedGuard has_second{second, 2 * kUnit};
    std::puts(has_second ? "hasty: has both locks"
                         : "hasty: did not get the second lock, goes on without it");
  });
}
