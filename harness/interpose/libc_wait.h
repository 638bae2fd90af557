// SPDX-License-Identifier: Apache-2.0
//
// A wait that libc does: it is published to the other threads around the call that sleeps.
#pragma once

#include <errno.h>
#include <time.h>

#include "harness/interpose/watch.h"
#include "harness/runtime/waits/hang.h"

namespace gridlock::internal {

class LibcWait {
 public:
  /// Before the first sleep of an operation.
  GRIDLOCK_INLINE LibcWait(ThreadState* state, const WaitFor& what, bool timed) noexcept
      : state_(state), what_(what), timed_(timed), since_(time_now()) {
    // One with a limit closes no deadlock, and programs that poll do it often.
    const bool keeps_stack = !timed || hang_slice_ns() != kNoTimeout;
    if (keeps_stack) prepare_wait(state);
    if (!keeps_stack) state->wait.stack_size = 0;
  }
  LibcWait(const LibcWait&) = delete;
  LibcWait& operator=(const LibcWait&) = delete;
  GRIDLOCK_INLINE ~LibcWait() { note_wait(state_, what_.object, time_now() - since_); }

  /// Publishes it: the thread waits while the word is what load() says (of a word whose value is given to one waiter: what
  /// keeps it waiting, and not what is there). If that changes meanwhile it is tried
  /// again, try_now(), whose result is returned unless it is EBUSY. EBUSY: go to sleep.
  template <typename Load, typename Try>
  GRIDLOCK_INLINE int begin(Load load, Try try_now) noexcept {
    constexpr u32 kMaxLooks = 16;  // where others come and go all the time
    for (u32 looks = 1;; ++looks) {
      const u32 expected = load();
      if (GRIDLOCK_UNLIKELY(is_published())) end_wait(state_);
      published_ = begin_wait(state_, what_, expected, timed_) != Wake::kDeadlock;
      if (!published_ || what_.word->load() == expected || looks == kMaxLooks) return EBUSY;
      end();
      const int error = try_now();
      if (error != EBUSY) return error;
    }
  }
  GRIDLOCK_INLINE void end() noexcept {
    if (published_ && GRIDLOCK_LIKELY(is_published())) end_wait(state_);
    published_ = false;
  }

  /// Between the two. With the option `hang` the call is made in slices, sleep_until(clock, end of the slice)
  /// that returns ETIMEDOUT, and it is looked between them whether the wait can still end; sleep() is the call
  /// without a limit.
  template <typename Sleep, typename SleepUntil>
  GRIDLOCK_INLINE int sleep(Sleep sleep, SleepUntil sleep_until) noexcept {
    const u64 slice = hang_slice_ns();
    if (slice == kNoTimeout) return sleep();
    return sleep_in_slices(slice, slice, sleep, sleep_until,
                           [&] { return look_for_hang(state_, since_); });
  }

  /// The same where each look(), after a slice, is to say whether the wait can still end.
  template <typename Sleep, typename SleepUntil, typename Look>
  GRIDLOCK_INLINE int sleep_and_look(Sleep sleep, SleepUntil sleep_until, Look look) noexcept {
    constexpr u64 kFirstSliceNs = 2'000'000;  // most waits are over before they cost anything
    constexpr u64 kSliceNs = 50'000'000;
    return sleep_in_slices(kFirstSliceNs, kSliceNs, sleep, sleep_until, look);
  }

 private:
  // A first slice, and others until the wait is over or look() says that it cannot end.
  template <typename Sleep, typename SleepUntil, typename Look>
  GRIDLOCK_INLINE int sleep_in_slices(u64 slice, u64 others, Sleep sleep, SleepUntil sleep_until,
                                      Look look) noexcept {
    for (; !timed_ && published_; slice = others) {
      const timespec until = at(time_now() + slice);
      const int error = sleep_until(&until);
      if (error == EINVAL) return sleep();  // libc has no such clock for this object
      if (error != ETIMEDOUT) return error;
      if (look() == Wake::kDeadlock) published_ = false;
    }
    return sleep();
  }

  // A handler of a signal may have left an earlier wait by a jump, or waited itself in the middle of this one.
  GRIDLOCK_INLINE bool is_published() const noexcept {
    return (state_->wait.sequence.load() & 1) != 0;
  }

  GRIDLOCK_INLINE static timespec at(u64 nanoseconds) noexcept {
    constexpr u64 kSecond = 1'000'000'000;
    return {static_cast<time_t>(nanoseconds / kSecond), static_cast<long>(nanoseconds % kSecond)};
  }

  ThreadState* state_;
  WaitFor what_;
  bool timed_;
  bool published_ = false;
  u64 since_;
};

}  // namespace gridlock::internal
