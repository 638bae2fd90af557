// SPDX-License-Identifier: Apache-2.0
//
// Scenarios of a project that only installed Gridlock. gridlock::main brings main().
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

namespace {

/// Each of two threads deposits once, the second after the first; `guarded` says whether under the
/// lock.
void deposit_twice(bool guarded) {
  gridlock::Lock lock{"balance"};
  gridlock::Turns turns;
  int balance = 0;
  const auto deposit = [&](std::uint32_t turn) {
    turns.wait_for(turn);
    if (guarded) {
      const gridlock::Guard guard{lock};
      ++balance;
    } else {
      ++balance;
    }
    turns.done();
  };
  gridlock::Thread first{"first", [&] { deposit(0); }};
  gridlock::Thread second{"second", [&] { deposit(1); }};
}

}  // namespace

GRIDLOCK_SCENARIO(deposit_unsafe, {.name = "deposit/unsafe",
                                   .summary = "Two deposits without a lock",
                                   .story = "Two threads add to one balance. Nothing orders them.",
                                   .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
                                   .twin = "deposit/lock"}) {
  deposit_twice(false);
}

GRIDLOCK_SCENARIO(deposit_lock, {.name = "deposit/lock",
                                 .summary = "Two deposits under one lock",
                                 .story = "Two threads add to one balance. One lock orders them.",
                                 .expect = gridlock::clean(),
                                 .twin = "deposit/unsafe"}) {
  deposit_twice(true);
}
