// SPDX-License-Identifier: Apache-2.0
//
// The word is odd when the event is set, and grows by one with each change; its highest bit says
// that somebody may sleep. A waiter sleeps while the word is what it saw: a set that is cleared at
// once has changed it all the same. A set is one read-modify-write, after which only the address is
// used: a waiter may destroy the event as soon as it is set.
#include <gridlock/event.h>

#include "harness/primitives/throw.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/operation.h"

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

GRIDLOCK_NOINLINE WaitResult wait_for_set(Core& core, std::atomic<u32>& waiting,
                                          Request& request) noexcept {
  waiting.fetch_add(1);
  const u32 before = state_of(core.word.load());
  const WaitResult result = request.wait([&](u32& expected) {
    u32 seen = core.word.load();
    if (set_in(before) || state_of(seen) != before) return Look::kGranted;
    expected = before | kWaitersBit;
    const bool marked = seen == expected || core.word.compare_exchange_weak(seen, expected);
    return marked ? Look::kHeld : Look::kChanged;
  });
  waiting.fetch_sub(1);  // from here on it may be gone
  return result;
}

GRIDLOCK_NOINLINE WaitResult wait_on(Core& core, std::atomic<u32>& waiting, u64 nanoseconds,
                                     const void* frame) noexcept {
  if (!may_use(core, waiting, kType, Op::kWait, caller_of(frame))) return WaitResult::kGranted;
  Request request({kType, Op::kWait, id_of(core, kType), &core.word, nanoseconds}, frame);
  const Signal signal = setting(request.object());
  request.receives(signal);
  if (!set_in(core.word.load(std::memory_order_acquire))) {
    if (nanoseconds == 0) return WaitResult::kTimedOut;
    const WaitResult result = wait_for_set(core, waiting, request);
    if (result != WaitResult::kGranted) return result;
  }
  request.granted();
  note_seen(core, request.state(), signal);
  return WaitResult::kGranted;
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
  const Release release({kType, Op::kSet, id_of(core_, kType), nullptr, 0},
                        __builtin_return_address(0));
  release.signals(setting(release.object()));
  tsan_release(&core_);
  u32 seen = core_.word.load(std::memory_order_relaxed);
  while (!core_.word.compare_exchange_weak(seen, state_of(seen) | 1)) {
  }
  if (seen != state_of(seen)) wake_waiters(core_.word, kAll);
}

void Event::clear() noexcept {
  if (!may_use(core_, waiting_, kType, Op::kClear)) return;
  const Release release({kType, Op::kClear, id_of(core_, kType), nullptr, 0},
                        __builtin_return_address(0));
  note_cleared(release.state(), setting(release.object()));
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
  if (wait_on(core_, waiting_, kNoTimeout, __builtin_frame_address(0)) == WaitResult::kDeadlock)
    throw_deadlock("gridlock::Event::wait");
}

bool Event::wait_nanoseconds(std::uint64_t nanoseconds) noexcept {
  return wait_on(core_, waiting_, nanoseconds, __builtin_frame_address(0)) == WaitResult::kGranted;
}

}  // namespace gridlock
