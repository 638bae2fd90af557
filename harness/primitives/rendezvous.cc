// SPDX-License-Identifier: Apache-2.0
//
// No annotation for ThreadSanitizer, on purpose: it must not know that these threads met.
#include <gridlock/rendezvous.h>

#include "harness/platform/futex.h"
#include "harness/runtime/hooks.h"
#include "harness/runtime/wait.h"

namespace gridlock {

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

namespace {

void sleep_while(Core& core, ThreadState* state, u32 value) noexcept {
  const WaitFor what{ObjectType::kRendezvous, Op::kMeet, id_of(core, ObjectType::kRendezvous),
                     &core.word};
  prepare_wait(state);
  while (core.word.load() == value) {
    // A scenario that is stuck here is a mistake in the scenario: wait for the deadline, whatever
    // on_deadlock says.
    if (sleep_on(state, what, value, kNever) == Woken::kDeadlock) return;
  }
}

}  // namespace

void Rendezvous::meet() noexcept {
  const u32 generation = core_.word.load();
  if (arrived_.fetch_add(1) + 1 == parties_) {
    arrived_.store(0);
    core_.word.fetch_add(1);
    futex_wake(&core_.word, kAll);
    return;
  }
  sleep_while(core_, this_thread(), generation);
}

void Turns::wait_for(std::uint32_t step) noexcept {
  for (u32 over = core_.word.load(); over < step; over = core_.word.load()) {
    sleep_while(core_, this_thread(), over);
  }
}

void Turns::done() noexcept {
  core_.word.fetch_add(1);
  futex_wake(&core_.word, kAll);
}

}  // namespace gridlock
