// SPDX-License-Identifier: Apache-2.0
//
// No annotation for ThreadSanitizer, on purpose: it must not know that these threads met. Not even
// that of a use (lifetime.h): nothing else orders the thread that destroys a meeting point after
// the meeting with the other threads.
#include <gridlock/rendezvous.h>

#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/operation.h"

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

// The victim of a deadlock (on_deadlock=throw) simply goes on: these functions throw nothing.
Operation meeting(Core& core) noexcept {
  return {kType, Op::kMeet, id_of(core, kType), &core.word, kNoTimeout};
}

}  // namespace

Rendezvous::~Rendezvous() {
  if (is_there(core_, arrived_, Op::kDestroy)) set_mark(core_, arrived_);
}

void Rendezvous::meet() noexcept {
  if (!is_there(core_, arrived_, Op::kMeet)) return;
  Request request(meeting(core_), __builtin_frame_address(0));
  const u32 generation = core_.word.load();
  if (arrived_.fetch_add(1) + 1 == parties_) {
    request.granted();
    arrived_.store(0);
    core_.word.fetch_add(1);
    wake_waiters(core_.word, kAll);
    return;
  }
  const WaitResult result = request.wait([&](u32& expected) {
    expected = generation;
    return core_.word.load() != generation ? Look::kGranted : Look::kHeld;
  });
  if (result == WaitResult::kGranted) request.granted();
}

Turns::~Turns() {
  look_at_turns(core_, Op::kDestroy);
  core_.word.store(kDestroyedTurns, std::memory_order_relaxed);
}

void Turns::wait_for(std::uint32_t step) noexcept {
  look_at_turns(core_, Op::kMeet);
  Request request(meeting(core_), __builtin_frame_address(0));
  const WaitResult result = request.wait([&](u32& over) {
    over = core_.word.load();
    return over >= step ? Look::kGranted : Look::kHeld;
  });
  if (result == WaitResult::kGranted) request.granted();
}

void Turns::done() noexcept {
  look_at_turns(core_, Op::kMeet);
  const Release release({kType, Op::kMeet, id_of(core_, kType), nullptr, 0},
                        __builtin_return_address(0));
  core_.word.fetch_add(1);
  wake_waiters(core_.word, kAll);
}

}  // namespace gridlock
