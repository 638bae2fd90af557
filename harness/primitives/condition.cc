// SPDX-License-Identifier: Apache-2.0
//
// The word counts notifications (the "sequence" of Drepper's and Bionic's condition variables).
//   wait:   count in waiting_, remember the word, only then release the lock; sleep while the word
//           is what it was
//   notify: add one to the word, wake if somebody is counted
// A notification after the release changes the word, so the sleep ends at once or does not begin.
#include <gridlock/condition.h>

#include "harness/platform/futex.h"
#include "harness/platform/syscall.h"
#include "harness/primitives/throw.h"
#include "harness/runtime/findings.h"
#include "harness/runtime/hooks.h"
#include "harness/runtime/stack_depot.h"
#include "harness/runtime/sync.h"
#include "harness/runtime/wait.h"

namespace gridlock {

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

namespace {

constexpr ObjectType kType = ObjectType::kCondition;

// How often the calling thread holds a lock of ours exclusively.
u32 levels_held(const Core& core, ObjectType type, const u32* depth,
                const ThreadState* state) noexcept {
  const u32 word = core.word.load(std::memory_order_relaxed);
  const bool mine = type == ObjectType::kSharedLock
                        ? (word & kExclusiveBit) != 0 && (word & kSharedMask) == state->slot_word
                        : (word & kOwnerMask) == state->slot_word;
  if (!mine) return 0;
  return depth != nullptr ? *depth : 1;
}

GRIDLOCK_INLINE Signal notification(ObjectId object, u32 number) noexcept {
  return {object, Channel::kSignal, Rule::kWakeup, 0, number};
}

}  // namespace

Condition::Condition(std::string_view name, CallSite where) noexcept : core_(0, where) {
  register_named(core_, kType, name);
}

// Who was notified may still be on its way out; the standard allows to destroy it then.
Condition::~Condition() {
  constexpr u64 kPatience = 200'000'000;
  if (GRIDLOCK_LIKELY(waiting_.load() == 0) || is_static(this)) return;
  const u64 deadline = now_ns() + kPatience;
  while (waiting_.load() != 0 && now_ns() < deadline) raw_syscall(SYS_sched_yield);
  if (waiting_.load() == 0) return;
  report_misuse(Kind::kMisuseDestroyHeld, this_thread(), Op::kDestroy, id_of(core_, kType), 0);
}

std::uint32_t Condition::sequence() const noexcept { return core_.word.load(); }

void Condition::found_true(Known which, bool reading, std::uint32_t before,
                           bool for_ever) noexcept {
  if (which.core == nullptr) return;
  ThreadState* const state = this_thread();
  internal::found_true(state, notification(id_of(core_, kType), before),
                       {id_of(*which.core, which.type), reading}, for_ever,
                       __builtin_frame_address(0));
}

std::uint64_t Condition::deadline_in(std::uint64_t nanoseconds) noexcept {
  return now_ns() + nanoseconds;
}

void Condition::fail() { throw_deadlock("gridlock::Condition::wait"); }

Condition::Ticket Condition::begin(Known which, bool held, Tested tested, bool anyway,
                                   bool for_ever) noexcept {
  ThreadState* const state = this_thread();
  u32 levels = held ? 1 : 0;
  if (held && which.core != nullptr)
    levels = levels_held(*which.core, which.type, which.depth, state);
  if (levels == 0) {
    const ObjectId object = id_of(core_, kType);
    state->ring.add(Op::kWait, object, reinterpret_cast<uptr>(__builtin_return_address(0)), 0);
    report_misuse(Kind::kMisuseWaitUnlocked, state, Op::kWait, object, 0);
    if (!anyway) return {0, 0, false};
  }
  waiting_.fetch_add(1);
  const u32 now = core_.word.load();
  if (levels != 0) {
    const ObjectId lock = which.core != nullptr ? id_of(*which.core, which.type) : 0;
    before_request(state, __builtin_frame_address(0));
    before_sleep(state, notification(id_of(core_, kType), now), lock, for_ever);
  }
  // Without a lock the notification can come between test and wait at any time. That was reported;
  // the program is to go on.
  if (levels == 0 && tested.tested) return {tested.sequence, 0, false};
  return {now, levels, !tested.tested || tested.sequence != now};
}

Condition::End Condition::sleep(Ticket ticket, Known which, std::uint64_t deadline) noexcept {
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  const Signal signal = notification(object, ticket.sequence);
  const Held* const prepared = before_request(state, __builtin_frame_address(0));
  const bool told = ticket.levels != 0 && which.core != nullptr;
  if (deadline == kNever && !told) before_receive(state, signal);
  state->ring.add(Op::kWait, object, prepared->frames[0], 0);
  prepare_wait(state);
  WaitFor what{kType, Op::kWait, object, &core_};
  if (ticket.early_counts) {
    what.target = early_thread_.load(std::memory_order_relaxed);
    what.stack = early_stack_.load(std::memory_order_relaxed);
  }
  Woken woken = Woken::kRetry;
  while (woken == Woken::kRetry && core_.word.load() == ticket.sequence)
    woken = sleep_on(state, what, ticket.sequence, deadline);
  const bool notified = core_.word.load() != ticket.sequence;
  waiting_.fetch_sub(1);  // from here on it may be gone
  if (woken == Woken::kDeadlock) return End::kDeadlock;
  if (!notified) return End::kTimedOut;
  state->ring.grant();
  after_receive(state, signal);
  return End::kNotified;
}

// `woke`: somebody waited.
void Condition::note_notification(const void* frame, bool woke) noexcept {
  if (woke) {
    if (early_thread_.load(std::memory_order_relaxed) != 0)
      early_thread_.store(0, std::memory_order_relaxed);
    return;
  }
  ThreadState* const state = this_thread();
  uptr frames[kSiteFrames];
  walk_frames(frame, state->stack_top, &frames[0]);
  u32 size = 0;
  while (size < g_site_frames && frames[size] != 0) ++size;
  early_stack_.store(keep_stack(&frames[0], size), std::memory_order_relaxed);
  early_thread_.store(state->number, std::memory_order_relaxed);
}

void Condition::notify_one() noexcept {
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  state->ring.add(Op::kNotify, object, reinterpret_cast<uptr>(__builtin_return_address(0)),
                  kGranted);
  before_signal(state, notification(object, core_.word.load()));
  core_.word.fetch_add(1);
  const bool woke = waiting_.load() != 0;
  note_notification(__builtin_frame_address(0), woke);
  if (woke) futex_wake(&core_.word, 1);
}

void Condition::notify_all() noexcept {
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  state->ring.add(Op::kNotifyAll, object, reinterpret_cast<uptr>(__builtin_return_address(0)),
                  kGranted);
  before_signal(state, notification(object, core_.word.load()));
  core_.word.fetch_add(1);
  const bool woke = waiting_.load() != 0;
  note_notification(__builtin_frame_address(0), woke);
  if (woke) futex_wake(&core_.word, kAll);
}

}  // namespace gridlock
