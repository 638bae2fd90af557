// SPDX-License-Identifier: Apache-2.0
//
// The word is a lock's while the body runs (owner and a bit for sleepers), and an owner that is no
// thread's once it is done:
//   call: 0 -> owner, run the body, exchange to done (or back to 0 after an exception), wake all
// The look for deadlocks reads it as a lock, in which nobody owns what is done.
#include <gridlock/once.h>

#include "harness/primitives/throw.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/operation.h"

namespace gridlock {

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

namespace {

constexpr u32 kDoneWord = kOwnerMask;
constexpr u32 kDestroyedFlag = kOwnerMask | kWaitersBit;  // nobody waits for what is done
constexpr ObjectType kType = ObjectType::kOnceFlag;

// Granted: it is done, or the body is the caller's (`mine`).
GRIDLOCK_NOINLINE WaitResult take_turn(Core& core, Request& request, bool& mine) noexcept {
  return request.wait([&](u32& expected) {
    u32 seen = core.word.load(std::memory_order_acquire);
    if (seen == kDoneWord) return Look::kGranted;
    if (seen == 0) {
      // Everybody is woken at the end of a body, so no bit for sleepers has to be handed on.
      mine = core.word.compare_exchange_weak(seen, request.state()->slot_word,
                                             std::memory_order_acquire);
      return mine ? Look::kGranted : Look::kChanged;
    }
    expected = seen | kWaitersBit;
    const bool marked = seen == expected || core.word.compare_exchange_weak(seen, expected);
    return marked ? Look::kHeld : Look::kChanged;
  });
}

// A flag has no second word to leave a mark in (lifetime.h). Reported, and then as good as new.
GRIDLOCK_NOINLINE void used_after_destroy(Core& core, Op op) noexcept {
  u32 destroyed = kDestroyedFlag;
  if (!core.word.compare_exchange_strong(destroyed, 0, std::memory_order_relaxed)) return;
  if (is_static(&core)) return;
  report_misuse(Kind::kMisuseUseAfterDestroy, this_thread(), op, id_of(core, kType), 0);
}

GRIDLOCK_INLINE void look_at(Core& core, Op op) noexcept {
  tsan_touched(&core.word);
  if (GRIDLOCK_UNLIKELY(core.word.load(std::memory_order_relaxed) == kDestroyedFlag))
    used_after_destroy(core, op);
}

GRIDLOCK_INLINE void come_through(Core& core, ThreadState* state, ObjectId object) noexcept {
  after_once(state, object);
  tsan_acquire(&core);
}

}  // namespace

OnceFlag::OnceFlag(std::string_view name, CallSite where) noexcept : OnceFlag(where) {
  register_named(core_, kType, name);
}

OnceFlag::~OnceFlag() {
  if (core_.word.load(std::memory_order_relaxed) == kDestroyedFlag)
    used_after_destroy(core_, Op::kDestroy);
  const u32 owner = core_.word.load(std::memory_order_relaxed) & kOwnerMask;
  if (owner == 0 || owner == kDoneWord) {
    if (is_static(this)) return;
    tell_end(core_);
    core_.word.store(kDestroyedFlag, std::memory_order_relaxed);
    retire(core_);
    return;
  }
  if (is_static(this)) return;
  report_misuse(Kind::kMisuseDestroyHeld, this_thread(), Op::kDestroy, id_of(core_, kType), owner);
}

bool OnceFlag::done() const noexcept {
  tsan_touched(&core_.word);
  return core_.word.load(std::memory_order_relaxed) == kDoneWord;
}

bool OnceFlag::begin() {
  look_at(core_, Op::kCallOnce);
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  const bool nothing_held = state->next_held == state->held;
  if (nothing_held && core_.word.load(std::memory_order_acquire) == kDoneWord) {
    come_through(core_, state, object);
    return false;
  }
  Request request({kType, Op::kCallOnce, object, &core_.word, kNoTimeout},
                  __builtin_frame_address(0));
  if (!nothing_held) request.orders(Ask::kLock);
  bool mine = false;
  if (take_turn(core_, request, mine) == WaitResult::kDeadlock)
    throw_deadlock("gridlock::call_once");
  request.granted();
  if (!mine) {
    come_through(core_, state, object);
    return false;
  }
  request.holds();
  once_body_begins(state, object);
  tsan_acquire(&core_);
  return true;
}

void OnceFlag::end(bool succeeded) noexcept {
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  reach_point(state, {kType, Op::kCallOnce, object, nullptr, 0});
  if (Held* const held = find_held(state, object)) drop_held(state, held);
  once_body_ended(state, object);
  if (succeeded) after_once(state, object);
  tsan_release(&core_);
  // After the exchange the flag may be gone: only the address is used.
  if ((core_.word.exchange(succeeded ? kDoneWord : 0) & kWaitersBit) != 0)
    wake_waiters(core_.word, kAll);
}

}  // namespace gridlock
