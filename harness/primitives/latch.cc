// SPDX-License-Identifier: Apache-2.0
//
// The last count sets the word, which is 0 before; its highest bit says that somebody may sleep. What is left
// stands beside it, so that the word of a waiter changes once only: a count that is not the last ends no wait.
// Setting the word is one read-modify-write, after which only the address is used: a waiter may destroy the
// latch as soon as the word is set, and whoever counted before the last touches it no more.
#include <gridlock/latch.h>

#include "harness/primitives/throw.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/operation.h"

namespace gridlock {

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

namespace {

constexpr ObjectType kType = ObjectType::kLatch;

constexpr u32 kZero = 1;

GRIDLOCK_INLINE bool is_zero(u32 word) noexcept { return (word & kZero) != 0; }

GRIDLOCK_INLINE u32 as_count(std::ptrdiff_t n) noexcept {
  if (n <= 0) return 0;
  return static_cast<u32>(n < Latch::max() ? n : Latch::max());
}

void note_zero(Core& core, ThreadState* state, ObjectId object) noexcept {
  after_latch(state, object);
  tsan_acquire(&core);
}

GRIDLOCK_NOINLINE WaitResult wait_on(Core& core, std::atomic<u32>& waiting, u64 nanoseconds,
                                     const void* frame) noexcept {
  if (!may_use(core, waiting, kType, Op::kWait, caller_of(frame))) return WaitResult::kGranted;
  Request request({kType, Op::kWait, id_of(core, kType), &core.word, nanoseconds}, frame);
  if (request.no_timeout()) before_latch(request.state(), request.object());
  if (!is_zero(core.word.load(std::memory_order_acquire))) {
    if (nanoseconds == 0) return WaitResult::kTimedOut;
    waiting.fetch_add(1);
    const WaitResult result = request.wait([&](u32& expected) {
      u32 seen = core.word.load();
      if (is_zero(seen)) return Look::kGranted;
      expected = kWaitersBit;
      const bool marked = seen == expected || core.word.compare_exchange_weak(seen, expected);
      return marked ? Look::kHeld : Look::kChanged;
    });
    waiting.fetch_sub(1);
    if (result != WaitResult::kGranted) return result;
  }
  request.granted();
  note_zero(core, request.state(), request.object());
  return WaitResult::kGranted;
}

}  // namespace

Latch::Latch(std::ptrdiff_t expected, std::string_view name, CallSite where) noexcept
    : core_(as_count(expected) == 0 ? kZero : 0, where), left_(as_count(expected)) {
  register_named(core_, kType, name);
}

Latch::~Latch() {
  if (!may_destroy(core_, waiting_, kType)) return;
  const bool somebody_waits = waiting_.load() != 0 && !is_zero(core_.word.load());
  if (GRIDLOCK_LIKELY(!somebody_waits)) {
    leave_mark(core_, waiting_);
    return;
  }
  if (is_static(this)) return;
  report_misuse(Kind::kMisuseDestroyHeld, this_thread(), Op::kDestroy, id_of(core_, kType), 0);
}

void Latch::count_down(std::ptrdiff_t n) noexcept {
  if (n <= 0 || !may_use(core_, waiting_, kType, Op::kCountDown)) return;
  const u32 count = as_count(n);
  const Release release({kType, Op::kCountDown, id_of(core_, kType), nullptr, 0},
                        __builtin_return_address(0));
  before_count_down(release.state(), release.object());
  tsan_release(&core_);
  u32 left = left_.load(std::memory_order_relaxed);
  while (!left_.compare_exchange_weak(left, left > count ? left - count : 0)) {
  }
  if (left < count) {
    report_misuse(Kind::kMisuseReleaseOverBound, release.state(), Op::kCountDown, release.object(),
                  0);
  }
  if (left == 0 || left > count) return;
  if (core_.word.exchange(kZero) != 0) wake_waiters(core_.word, kAll);
}

bool Latch::try_wait() const noexcept {
  if (!may_use(core_, waiting_, kType, Op::kWait)) return false;
  if (!is_zero(core_.word.load(std::memory_order_acquire))) return false;
  note_zero(core_, this_thread(), id_of(core_, kType));
  return true;
}

void Latch::wait() const {
  if (wait_on(core_, waiting_, kNoTimeout, __builtin_frame_address(0)) == WaitResult::kDeadlock)
    throw_deadlock("gridlock::Latch::wait");
}

bool Latch::wait_nanoseconds(std::uint64_t nanoseconds) const noexcept {
  return wait_on(core_, waiting_, nanoseconds, __builtin_frame_address(0)) == WaitResult::kGranted;
}

void Latch::arrive_and_wait(std::ptrdiff_t n) {
  count_down(n);
  if (wait_on(core_, waiting_, kNoTimeout, __builtin_frame_address(0)) == WaitResult::kDeadlock)
    throw_deadlock("gridlock::Latch::arrive_and_wait");
}

}  // namespace gridlock
