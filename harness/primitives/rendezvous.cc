// SPDX-License-Identifier: Apache-2.0
//
// No annotation for ThreadSanitizer, on purpose: it must not know that these threads met. Not even
// that of a use (lifetime.h): whoever destroys a meeting point after the meeting is ordered with the
// others by nothing else.
#include <gridlock/rendezvous.h>

#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/orders/hooks.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock {

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

namespace {

constexpr ObjectType kType = ObjectType::kRendezvous;
constexpr u32 kDestroyedTurns = ~0u;  // more steps than can ever be over

// As good as new afterwards.
GRIDLOCK_INLINE void look_at_turns(Core& core, Op op) noexcept {
  u32 destroyed = kDestroyedTurns;
  if (GRIDLOCK_LIKELY(core.word.load(std::memory_order_relaxed) != destroyed)) return;
  if (!core.word.compare_exchange_strong(destroyed, 0) || is_static(&core)) return;
  report_misuse(Kind::kMisuseUseAfterDestroy, this_thread(), op, id_of(core, kType), 0);
}

GRIDLOCK_INLINE bool is_there(Core& core, std::atomic<u32>& mark, Op op) noexcept {
  return GRIDLOCK_LIKELY(!is_destroyed(mark)) || use_after_destroy(core, mark, kType, op);
}

void sleep_while(Core& core, ThreadState* state, u32 value) noexcept {
  const WaitFor what{kType, Op::kMeet, id_of(core, kType), &core.word};
  prepare_wait(state);
  while (core.word.load() == value) {
    // A scenario that is stuck here is a mistake in the scenario: wait for the deadline, whatever
    // on_deadlock says.
    if (sleep_on(state, what, value, kNoTimeout) == Wake::kDeadlock) return;
  }
}

}  // namespace

Rendezvous::~Rendezvous() {
  if (is_there(core_, arrived_, Op::kDestroy)) set_mark(core_, arrived_);
}

void Rendezvous::meet() noexcept {
  if (!is_there(core_, arrived_, Op::kMeet)) return;
  const u32 generation = core_.word.load();
  if (arrived_.fetch_add(1) + 1 == parties_) {
    arrived_.store(0);
    core_.word.fetch_add(1);
    wake_waiters(core_.word, kAll);
    return;
  }
  sleep_while(core_, this_thread(), generation);
}

Turns::~Turns() {
  look_at_turns(core_, Op::kDestroy);
  core_.word.store(kDestroyedTurns, std::memory_order_relaxed);
}

void Turns::wait_for(std::uint32_t step) noexcept {
  look_at_turns(core_, Op::kMeet);
  for (u32 over = core_.word.load(); over < step; over = core_.word.load()) {
    sleep_while(core_, this_thread(), over);
  }
}

void Turns::done() noexcept {
  look_at_turns(core_, Op::kMeet);
  core_.word.fetch_add(1);
  wake_waiters(core_.word, kAll);
}

}  // namespace gridlock
