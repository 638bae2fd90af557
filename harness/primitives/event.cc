// SPDX-License-Identifier: Apache-2.0
//
// The word is odd when the event is set, and grows by one with each change; its highest bit says
// that somebody may sleep. Who waits sleeps while the word is what it saw: a set that is cleared at
// once has changed it all the same. A set is one read-modify-write, after which only the address is
// used: who waited may destroy the event as soon as it is set.
#include <gridlock/event.h>

#include "harness/primitives/throw.h"
#include "harness/runtime/findings.h"
#include "harness/runtime/hooks.h"
#include "harness/runtime/lifetime.h"
#include "harness/runtime/sync.h"
#include "harness/runtime/wait.h"

namespace gridlock {

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

namespace {

constexpr ObjectType kType = ObjectType::kEvent;

GRIDLOCK_INLINE bool set_in(u32 word) noexcept { return (word & 1) != 0; }
GRIDLOCK_INLINE u32 state_of(u32 word) noexcept { return word & ~kWaitersBit; }

GRIDLOCK_INLINE Signal setting(ObjectId object) noexcept {
  return {object, Channel::kSignal, Rule::kCleared};
}

void note_seen(Core& core, ThreadState* state, const Signal& signal) noexcept {
  after_receive(state, signal);
  tsan_acquire(&core);
}

GRIDLOCK_NOINLINE WaitResult wait_for_set(Core& core, std::atomic<u32>& waiting, ThreadState* state,
                                          const WaitFor& what, u64 deadline) noexcept {
  prepare_wait(state);
  waiting.fetch_add(1);
  u32 seen = core.word.load();
  const u32 before = state_of(seen);
  Wake woken = Wake::kLookAgain;
  while (woken == Wake::kLookAgain && !set_in(before) && state_of(seen) == before) {
    const bool marked = seen != before;
    if (marked || core.word.compare_exchange_weak(seen, seen | kWaitersBit))
      woken = sleep_on(state, what, before | kWaitersBit, deadline);
    seen = core.word.load();
  }
  // It may have been set in the last moment.
  if (woken == Wake::kTimedOut && state_of(seen) != before) woken = Wake::kLookAgain;
  waiting.fetch_sub(1);  // from here on it may be gone
  return result_of(woken);
}

GRIDLOCK_NOINLINE bool wait_on(Core& core, std::atomic<u32>& waiting, u64 nanoseconds,
                               const void* frame) noexcept {
  if (!may_use(core, waiting, kType, Op::kWait, caller_of(frame))) return true;
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core, kType);
  const Signal signal = setting(object);
  const Held* const prepared = before_request(state, frame);
  if (nanoseconds == kNoTimeout) before_receive(state, signal);
  state->ring.add(Op::kWait, object, prepared->frames[0], 0);
  if (!set_in(core.word.load(std::memory_order_acquire))) {
    const u64 deadline = deadline_in(nanoseconds);
    if (nanoseconds == 0 ||
        wait_for_set(core, waiting, state, {kType, Op::kWait, object, &core.word}, deadline) !=
            WaitResult::kGranted) {
      return false;
    }
  }
  state->ring.grant();
  note_seen(core, state, signal);
  return true;
}

}  // namespace

Event::Event(std::string_view name, CallSite where) noexcept : core_(0, where) {
  register_named(core_, kType, name);
}

Event::~Event() {
  if (!may_destroy(core_, waiting_, kType)) return;
  const bool somebody_waits = waiting_.load() != 0 && !set_in(core_.word.load());
  if (GRIDLOCK_LIKELY(!somebody_waits)) {
    leave_mark(core_, waiting_);
    return;
  }
  if (is_static(this)) return;
  report_misuse(Kind::kMisuseDestroyHeld, this_thread(), Op::kDestroy, id_of(core_, kType), 0);
}

void Event::set() noexcept {
  if (!may_use(core_, waiting_, kType, Op::kSet)) return;
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  state->ring.add(Op::kSet, object, reinterpret_cast<uptr>(__builtin_return_address(0)), kGranted);
  before_signal(state, setting(object));
  tsan_release(&core_);
  u32 seen = core_.word.load(std::memory_order_relaxed);
  while (!core_.word.compare_exchange_weak(seen, state_of(seen) | 1)) {
  }
  if (seen != state_of(seen)) wake_waiters(core_.word, kAll);
}

void Event::clear() noexcept {
  if (!may_use(core_, waiting_, kType, Op::kClear)) return;
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  state->ring.add(Op::kClear, object, reinterpret_cast<uptr>(__builtin_return_address(0)),
                  kGranted);
  note_cleared(state, setting(object));
  u32 seen = core_.word.load(std::memory_order_relaxed);
  while (set_in(seen) && !core_.word.compare_exchange_weak(seen, state_of(seen + 1))) {
  }
}

bool Event::is_set() noexcept {
  if (!may_use(core_, waiting_, kType, Op::kWait)) return false;
  if (!set_in(core_.word.load(std::memory_order_acquire))) return false;
  ThreadState* const state = this_thread();
  note_seen(core_, state, setting(id_of(core_, kType)));
  return true;
}

void Event::wait() {
  if (!wait_on(core_, waiting_, kNoTimeout, __builtin_frame_address(0)))
    throw_deadlock("gridlock::Event::wait");
}

bool Event::wait_nanoseconds(std::uint64_t nanoseconds) noexcept {
  return wait_on(core_, waiting_, nanoseconds, __builtin_frame_address(0));
}

}  // namespace gridlock
