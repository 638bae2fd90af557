// SPDX-License-Identifier: Apache-2.0
//
// The waiters stand in a line (Birrell, "An introduction to programming with threads", 1989, section 9,
// whose condition is a queue of threads), each at a place on its own stack with a word to sleep on:
//   wait:   stand in line, only then release the lock; sleep while the place's word is 0
//   notify: take the first out of the line (or all); let go of the line; make its word 1, wake it
// So each waiter's word says whether it was notified: a notification of another waiter does not
// change it. One that comes between the release and the sleep makes the word 1, and the sleep does
// not begin. A waiter that gives up takes itself out; if it is out already, a notification is on
// its way, and it waits for that. The word is the last thing that a notifier touches: the waiter
// may then destroy the condition, and the place is gone; a wake needs the address alone.
//
// The word of the condition itself counts the notifications: a test that was made before one of them
// is no longer true.
#include <gridlock/condition.h>

#include "harness/platform/futex.h"
#include "harness/primitives/throw.h"
#include "harness/runtime/core/forked.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/notifications.h"
#include "harness/runtime/operation.h"

namespace gridlock {

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

namespace {

constexpr ObjectType kType = ObjectType::kCondition;
constexpr u32 kStop = 2;  // ConditionPlace::handed

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

}  // namespace

Condition::Condition(std::string_view name, CallSite where) noexcept : core_(0, where) {
  register_named(core_, kType, name);
}

// A notified thread may still be on its way out; the standard allows the destruction then.
Condition::~Condition() {
  constexpr u64 kPatience = 200'000'000;
  if (!may_destroy(core_, waiting_, kType)) return;
  if (GRIDLOCK_LIKELY(waiting_.load() == 0)) {
    leave_mark(core_, waiting_);
    return;
  }
  if (is_static(this)) return;
  const u64 deadline = time_now() + kPatience;
  while (waiting_.load() != 0 && time_now() < deadline) control().yield();
  if (waiting_.load() == 0) {
    leave_mark(core_, waiting_);
    return;
  }
  report_misuse(Kind::kMisuseDestroyHeld, this_thread(), Op::kDestroy, id_of(core_, kType), 0);
}

std::uint32_t Condition::sequence() const noexcept { return notification_count(core_); }

void Condition::found_true(Known which, bool reading, std::uint32_t before,
                           bool no_timeout) noexcept {
  if (which.core == nullptr) return;
  ThreadState* const state = this_thread();
  internal::found_true(state, notification(id_of(core_, kType), before),
                       {id_of(*which.core, which.type), reading}, no_timeout,
                       __builtin_frame_address(0));
}

std::uint64_t Condition::deadline_in(std::uint64_t nanoseconds) noexcept {
  return internal::deadline_in(nanoseconds);
}

void Condition::fail() { throw_deadlock("gridlock::Condition::wait"); }

// A forked process has the line of its parent, and none of the threads that stand in it.
void Condition::lock_line() noexcept {
  raw_lock(mutex_);
  if (GRIDLOCK_LIKELY(fork_ == fork_generation())) return;
  fork_ = fork_generation();
  first_ = nullptr;
  last_ = nullptr;
  waiting_.store(0);
}

// How many notifications there were.
std::uint32_t Condition::stand_in_line(ConditionPlace& place) noexcept {
  lock_line();
  waiting_.fetch_add(1);
  place.in_line = true;
  place.before = last_;
  (last_ != nullptr ? last_->behind : first_) = &place;
  last_ = &place;
  const u32 now = notification_count(core_);
  raw_unlock(mutex_);
  return now;
}

// With the mutex held.
void Condition::take_out(ConditionPlace& place) noexcept {
  (place.before != nullptr ? place.before->behind : first_) = place.behind;
  (place.behind != nullptr ? place.behind->before : last_) = place.before;
  place.in_line = false;
}

// False: it was out already; by now a notification is handed to it.
bool Condition::leave_line(ConditionPlace& place) noexcept {
  if (place.handed.load() != 0) return false;
  lock_line();
  const bool was_in = place.in_line;
  if (was_in) take_out(place);
  raw_unlock(mutex_);
  while (!was_in && place.handed.load() == 0) control().yield();
  return was_in;
}

void Condition::leave(ConditionPlace& place) noexcept {
  leave_line(place);
  waiting_.fetch_sub(1);
}

Condition::Ticket Condition::begin(ConditionPlace& place, Known which, bool held, Tested tested,
                                   bool anyway, bool no_timeout) noexcept {
  if (!may_use(core_, waiting_, kType, Op::kWait)) return {0, 0, false};
  ThreadState* const state = this_thread();
  u32 levels = held ? 1 : 0;
  if (held && which.core != nullptr)
    levels = levels_held(*which.core, which.type, which.depth, state);
  if (levels == 0) {
    const ObjectId object = id_of(core_, kType);
    state->ring.add(Op::kWait, object, reinterpret_cast<uptr>(__builtin_return_address(0)), 0);
    report_misuse(Kind::kMisuseWaitUnlocked, state, Op::kWait, object, 0,
                  which.core != nullptr ? id_of(*which.core, which.type) : 0);
    if (!anyway) return {0, 0, false};
  }
  const u32 now = stand_in_line(place);
  if (levels != 0) {
    const ObjectId lock = which.core != nullptr ? id_of(*which.core, which.type) : 0;
    NotificationWait::begin(state, id_of(core_, kType), now, lock, no_timeout,
                            __builtin_frame_address(0));
  }
  // Without a lock the notification can come between test and wait at any time. That was reported;
  // the program is to go on.
  if (levels == 0 && tested.tested) {
    if (tested.sequence != now && leave_line(place)) place.handed.store(1);
    return {tested.sequence, 0, false};
  }
  return {now, levels, !tested.tested || tested.sequence != now};
}

// For a thread that waits with a token, instead of a notification, which may go to it or to another one.
void Condition::hand_stop(ConditionPlace& place) noexcept {
  lock_line();
  const bool was_in = place.in_line;
  if (was_in) take_out(place);
  raw_unlock(mutex_);
  if (!was_in) return;
  place.handed.store(kStop);
  wake_waiters(place.handed, 1);
}

WaitResult Condition::sleep(ConditionPlace& place, Ticket ticket, Known which,
                            Limits limits) noexcept {
  const u64 deadline = limits.deadline;
  // Destroyed, and its memory gone: nothing can be waited for there.
  if (GRIDLOCK_UNLIKELY(is_destroyed(waiting_)))
    return deadline == kNoTimeout ? WaitResult::kDeadlock : WaitResult::kTimedOut;
  const ObjectId object = id_of(core_, kType);
  const u64 now = deadline == kNoTimeout ? 0 : time_now();
  const u64 left = deadline == kNoTimeout ? kNoTimeout : deadline > now ? deadline - now : 0;
  Request request({kType, Op::kWait, object, &place.handed, left}, __builtin_frame_address(0));
  const bool told = limits.token != nullptr || (ticket.levels != 0 && which.core != nullptr);
  const NotificationWait wait{object, ticket.sequence, told, ticket.early_counts};
  wait.asks(request);
  const bool for_no_reason = choose(Choice::kSpuriousWakeup, 2) != 0;
  const WaitResult result = for_no_reason ? WaitResult::kGranted : request.wait([&](u32&) {
    return place.handed.load() != 0 ? Look::kGranted : Look::kHeld;
  });
  const bool notified = !leave_line(place);
  waiting_.fetch_sub(1);  // from here on it may be gone
  if (result == WaitResult::kDeadlock) return result;
  if (!notified) return for_no_reason ? result : WaitResult::kTimedOut;
  if (place.handed.load() == kStop) return WaitResult::kGranted;
  wait.received(request);
  return WaitResult::kGranted;
}

void Condition::hand_out(u32 most, const void* frame) noexcept {
  ThreadState* const state = this_thread();
  const ObjectId object = known_id(core_);
  if (waiting_.load() == 0) return after_notification(state, object, false, frame);
  lock_line();
  ConditionPlace* const first = first_;
  ConditionPlace* last = nullptr;
  for (u32 i = 0; i < most && first_ != nullptr; ++i) {
    last = first_;
    take_out(*last);
  }
  if (last != nullptr) last->behind = nullptr;
  raw_unlock(mutex_);
  after_notification(state, object, last != nullptr, frame);
  for (ConditionPlace* place = last != nullptr ? first : nullptr; place != nullptr;) {
    ConditionPlace* const next = place->behind;
    place->handed.store(1);
    wake_waiters(place->handed, 1);
    place = next;
  }
}

void Condition::notify_one() noexcept {
  if (!may_use(core_, waiting_, kType, Op::kNotify)) return;
  const Release release({kType, Op::kNotify, id_of(core_, kType), nullptr, 0},
                        __builtin_return_address(0));
  before_notification(release, core_);
  hand_out(1, __builtin_frame_address(0));
}

void Condition::notify_all() noexcept {
  if (!may_use(core_, waiting_, kType, Op::kNotifyAll)) return;
  const Release release({kType, Op::kNotifyAll, id_of(core_, kType), nullptr, 0},
                        __builtin_return_address(0));
  before_notification(release, core_);
  hand_out(kAll, __builtin_frame_address(0));
}

}  // namespace gridlock
