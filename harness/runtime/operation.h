// SPDX-License-Identifier: Apache-2.0
//
// How a primitive tells of one operation. Everything else hangs behind these two classes, in this
// order and no other:
//
//   Request   the held entry with the caller's frames, the record, Control::point
//             orders(), receives() ...     what prediction and the declared order hear
//             wait()                       looks at the word, and sleeps until a look grants it
//             granted(), holds()           the record, the held set
//             the primitive tells ThreadSanitizer and prediction of what it received
//   Release   the record, Control::point
//             the held set, prediction, ThreadSanitizer
//             the primitive changes its word; then only wake_waiters() follows, because the
//             thread that gets the object may destroy it
//
// The fast path of Lock is Request and holds() unrolled (lock.cc); it is off wherever something else
// than the kernel decides.
#pragma once

#include "harness/runtime/orders/hooks.h"
#include "harness/runtime/orders/signals.h"
#include "harness/runtime/registry/contention.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {

/// What one look at the object said.
enum class Look : u8 {
  kGranted,  ///< the caller has it now
  kHeld,     ///< it has to wait while the word is `expected`
  kChanged,  ///< something changed meanwhile: look again
};

GRIDLOCK_INLINE void reach_point(ThreadState* state, const Operation& operation) noexcept {
  const Control& decides = control();
  if (GRIDLOCK_UNLIKELY(decides.point != nullptr)) decides.point(state, operation);
}

/// An operation that may wait. On the stack of the calling thread.
class Request {
 public:
  /// `frame` is __builtin_frame_address(0) of the public function; `site` what the caller said of its
  /// place, or nullptr.
  GRIDLOCK_INLINE Request(const Operation& operation, const void* frame,
                          const void* site = nullptr) noexcept
      : state_(this_thread()),
        operation_(operation),
        held_(before_request(state_, frame, site)),
        caller_(held_->frames[0]) {
    state_->ring.add(operation.op, operation.object, caller_, 0);
    reach_point(state_, operation);
  }

  GRIDLOCK_INLINE ThreadState* state() const noexcept { return state_; }
  GRIDLOCK_INLINE const Operation& operation() const noexcept { return operation_; }
  GRIDLOCK_INLINE ObjectId object() const noexcept { return operation_.object; }
  GRIDLOCK_INLINE Held* held() const noexcept { return held_; }
  GRIDLOCK_INLINE bool no_timeout() const noexcept { return operation_.nanoseconds == kNoTimeout; }
  /// For ThreadSanitizer: where the public function was called.
  GRIDLOCK_INLINE const void* caller() const noexcept {
    return reinterpret_cast<const void*>(caller_);
  }

  /// A lock is asked for. Only a request without a timeout can be part of a cycle.
  GRIDLOCK_INLINE void orders(Ask ask) const noexcept {
    if (no_timeout()) check_order(state_, operation_.object, ask);
  }
  /// A signal is waited for.
  GRIDLOCK_INLINE void receives(const Signal& signal) const noexcept {
    if (no_timeout()) before_receive(state_, signal);
  }
  /// The holder of this word is looked for behind its guard (WaitFor::guard).
  GRIDLOCK_INLINE void guarded_by(const RobustWord& guard) noexcept { what_.guard = &guard; }
  /// WaitFor::target and WaitFor::stack.
  GRIDLOCK_INLINE void aims_at(u32 target, u32 stack = 0) noexcept {
    what_.target = target;
    what_.stack = stack;
  }

  /// Sleeps until look(expected) is kGranted, the time is over, or the wait is the victim of a
  /// deadlock. A try looks once. After a time-out it looks once more: the object may have become free
  /// in the last moment.
  template <typename LookAt>
  GRIDLOCK_INLINE WaitResult wait(LookAt look) noexcept {
    u64 since = 0;
    u64 deadline = 0;
    Wake wake = operation_.nanoseconds == 0 ? Wake::kTimedOut : Wake::kLookAgain;
    for (;;) {
      u32 expected = 0;
      const Look seen = look(expected);
      if (seen == Look::kChanged) continue;
      if (seen == Look::kGranted || wake == Wake::kTimedOut) {
        if (since != 0) note_end_of_wait(since);
        return seen == Look::kGranted ? WaitResult::kGranted : WaitResult::kTimedOut;
      }
      if (since == 0) {
        since = time_now();
        deadline = no_timeout() ? kNoTimeout : since + operation_.nanoseconds;
        prepare_wait(state_);
      }
      wake = sleep_on(state_, what_, expected, deadline);
      if (wake != Wake::kDeadlock) continue;
      note_end_of_wait(since);
      return WaitResult::kDeadlock;
    }
  }

  /// Nanoseconds that wait() slept; 0 if it did not.
  GRIDLOCK_INLINE u64 waited() const noexcept { return waited_; }

  GRIDLOCK_INLINE void granted() const noexcept { state_->ring.grant(); }
  /// The object is a lock, and held from now on.
  GRIDLOCK_INLINE void holds() const noexcept { push_held(state_, operation_.object, held_); }

 private:
  GRIDLOCK_INLINE void note_end_of_wait(u64 since) noexcept {
    waited_ = time_now() - since;
    note_wait(state_, operation_.object, waited_);
  }

  ThreadState* state_;
  Operation operation_;
  WaitFor what_{operation_.type, operation_.op, operation_.object, operation_.word};
  Held* held_;
  uptr caller_;
  u64 waited_ = 0;
};

/// An operation that never waits, and may let others go on.
class Release {
 public:
  /// `granted` 0: granted() follows, or what is done turns out to be misuse.
  GRIDLOCK_INLINE Release(const Operation& operation, const void* caller,
                          u64 granted = kGrantedBit) noexcept
      : state_(this_thread()), object_(operation.object) {
    state_->ring.add(operation.op, object_, reinterpret_cast<uptr>(caller), granted);
    reach_point(state_, operation);
  }

  GRIDLOCK_INLINE ThreadState* state() const noexcept { return state_; }
  GRIDLOCK_INLINE ObjectId object() const noexcept { return object_; }
  GRIDLOCK_INLINE void granted() const noexcept { state_->ring.grant(); }
  /// A lock: it is no longer held.
  GRIDLOCK_INLINE void drops() const noexcept {
    if (Held* const held = find_held(state_, object_)) drop_held(state_, held);
  }
  GRIDLOCK_INLINE void signals(const Signal& signal) const noexcept {
    before_signal(state_, signal);
  }

 private:
  ThreadState* state_;
  ObjectId object_;
};

}  // namespace gridlock::internal
