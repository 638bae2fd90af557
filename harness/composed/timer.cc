// SPDX-License-Identifier: Apache-2.0
//
// A thread that waits at an event with a time limit. One word, which both sides change from
// kWaiting, decides whether it fires or is cancelled. It has no memory order: a cancel that comes
// too late must not hide a race between the function and the thread that believed to have stopped
// it. Compiled like user code, because it calls the user's.
#include <gridlock/timer.h>

#include <cerrno>

#include "harness/platform/tsan.h"
#include "harness/primitives/throw.h"

namespace gridlock {

Timer::~Timer() {
  cancel();
  thread_ = Thread{};  // joins, and by its own function is a finding: a destructor cannot throw
  internal::tsan_ended_by_user(this);
}

void Timer::start(CallSite where) {
  internal::tsan_touched_by_user(this);
  if (started_) internal::throw_error(EINVAL, "gridlock::Timer::start");
  started_ = true;
  if (state_.load(std::memory_order_relaxed) == State::kCancelled) return;
  thread_ = Thread{ThreadOptions{.name = name_}, [this] { run(); }, where};
}

void Timer::run() {
  if (cancelled_.wait_for(std::chrono::nanoseconds(nanoseconds_))) return;
  State expected = State::kWaiting;
  if (state_.compare_exchange_strong(expected, State::kFired, std::memory_order_relaxed))
    function_->run();
}

bool Timer::cancel() noexcept {
  internal::tsan_touched_by_user(this);
  State found = State::kWaiting;
  if (!state_.compare_exchange_strong(found, State::kCancelled, std::memory_order_relaxed))
    return found == State::kCancelled;
  cancelled_.set();
  return true;
}

void Timer::join() {
  internal::tsan_touched_by_user(this);
  if (thread_.joinable()) thread_.join();
}

bool Timer::fired() const noexcept {
  internal::tsan_touched_by_user(this);
  return state_.load(std::memory_order_relaxed) == State::kFired;
}

}  // namespace gridlock
