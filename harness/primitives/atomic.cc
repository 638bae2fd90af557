// SPDX-License-Identifier: Apache-2.0
//
// The word counts the notifications, and is what waiters sleep on; the value lies elsewhere and is looked at by a function
// of the caller's. A waiter reads the word before it looks: a notification that comes between the two changes
// the word, and the sleep does not begin. The value is the user's, and ThreadSanitizer sees it: nothing is told of it here.
#include <gridlock/atomic.h>

#include "harness/primitives/throw.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/operation.h"

namespace gridlock::internal {
namespace {

constexpr ObjectType kType = ObjectType::kAtomic;

// A waiter comes after the change that it waited for; the next time it needs another one.
GRIDLOCK_INLINE Signal change_of(ObjectId object) noexcept {
  return {object, Channel::kSignal, Rule::kCleared};
}

}  // namespace

AtomicWaiters::AtomicWaiters(std::string_view name, CallSite where) noexcept : core_(0, where) {
  register_named(core_, kType, name);
}

AtomicWaiters::~AtomicWaiters() {
  if (!may_destroy(core_, waiting_, kType)) return;
  if (GRIDLOCK_LIKELY(waiting_.load() == 0)) {
    leave_mark(core_, waiting_);
    return;
  }
  if (is_static(this)) return;
  report_misuse(Kind::kMisuseDestroyHeld, this_thread(), Op::kDestroy, id_of(core_, kType), 0);
}

void AtomicWaiters::wait(bool (*changed)(const void* what) noexcept, const void* what,
                         bool could_wait) {
  const void* const frame = __builtin_frame_address(0);
  if (!may_use(core_, waiting_, kType, Op::kWait, caller_of(frame))) return;
  const bool at_once = changed(what);
  if (at_once && !could_wait) return;
  Request request({kType, Op::kWait, id_of(core_, kType), &core_.word, kNoTimeout}, frame);
  request.receives(change_of(request.object()));
  if (!at_once) {
    waiting_.fetch_add(1);
    const WaitResult result = request.wait([&](u32& expected) {
      expected = core_.word.load();
      return changed(what) ? Look::kGranted : Look::kHeld;
    });
    waiting_.fetch_sub(1);
    if (result != WaitResult::kGranted) throw_deadlock("gridlock::Atomic::wait");
  }
  request.granted();
  after_receive(request.state(), change_of(request.object()));
  note_cleared(request.state(), change_of(request.object()));
}

void AtomicWaiters::changes() noexcept {
  if (GRIDLOCK_UNLIKELY(is_destroyed(waiting_))) return;
  ThreadState* const state = this_thread();
  before_signal(state, change_of(id_of(core_, kType)));
}

void AtomicWaiters::notify(bool all) noexcept {
  const Op op = all ? Op::kNotifyAll : Op::kNotify;
  if (!may_use(core_, waiting_, kType, op)) return;
  const Release release({kType, op, id_of(core_, kType), nullptr, 0}, __builtin_return_address(0));
  core_.word.fetch_add(1);
  wake_waiters(core_.word, all ? kAll : 1);
}

}  // namespace gridlock::internal
