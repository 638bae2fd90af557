// SPDX-License-Identifier: Apache-2.0
//
// The word is the number of permits left, and a bit that says that somebody may sleep.
//   acquire: take one by compare-and-swap; a thread that finds none counts itself in waiting_, sets the
//            bit, and sleeps while there is the bit and nothing else
//   release: add one, and wake one if the bit was there. Then only the address is used: the thread that
//            got the permit may destroy the semaphore
// The last to leave clears the bit. A thread that came meanwhile, and may have seen it set, is
// woken to look again.
#include <gridlock/semaphore.h>

#include "harness/primitives/throw.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/operation.h"

namespace gridlock {

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

namespace {

GRIDLOCK_INLINE bool take_permit(Core& core) noexcept {
  u32 seen = core.word.load(std::memory_order_relaxed);
  while ((seen & ~kWaitersBit) != 0) {
    if (core.word.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire,
                                        std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

void leave(Core& core, std::atomic<u32>& waiting) noexcept {
  if (waiting.fetch_sub(1) != 1) return;
  core.word.fetch_and(~kWaitersBit);
  if (waiting.load() == 0) return;
  core.word.fetch_or(kWaitersBit);
  wake_waiters(core.word, kAll);
}

GRIDLOCK_NOINLINE WaitResult wait_for_permit(Core& core, std::atomic<u32>& waiting,
                                             Request& request) noexcept {
  waiting.fetch_add(1);
  const WaitResult result = request.wait([&](u32& expected) {
    if (take_permit(core)) return Look::kGranted;
    u32 none = 0;
    core.word.compare_exchange_strong(none, kWaitersBit);
    expected = kWaitersBit;
    return Look::kHeld;
  });
  leave(core, waiting);
  return result;
}

Signal signal_of(ObjectId object, u32 first_permits) noexcept {
  return {object, Channel::kSignal, Rule::kCounted, first_permits};
}

// Any that began with permits may be used as a lock, of one holder or of several; all but those that
// began with one may hand over signals.
WaitResult acquire_permit(Core& core, std::atomic<u32>& waiting, const Operation& operation,
                          u32 first_permits, const void* frame) noexcept {
  Request request(operation, frame);
  const Signal signal = signal_of(operation.object, first_permits);
  if (first_permits != 1) request.receives(signal);
  if (request.no_timeout()) before_permit(request.state(), operation.object, first_permits);
  if (!take_permit(core)) {
    if (operation.nanoseconds == 0) return WaitResult::kTimedOut;
    const WaitResult result = wait_for_permit(core, waiting, request);
    if (result != WaitResult::kGranted) return result;
  }
  after_acquire(request.state(), operation.object,
                may_be_lock(operation.object, first_permits) ? kLockLike : 0);
  if (first_permits != 1) after_receive(request.state(), signal);
  tsan_acquire(&core);
  return WaitResult::kGranted;
}

}  // namespace

Semaphore::Semaphore(std::uint32_t permits, std::string_view name, CallSite where) noexcept
    : Semaphore(permits, 0x7fffffff, ObjectType::kSemaphore, name, where) {}

Semaphore::Semaphore(std::uint32_t permits, std::uint32_t bound, ObjectType type,
                     std::string_view name, CallSite where) noexcept
    : core_(permits, where), bound_(bound), first_permits_(permits), type_(type) {
  register_named(core_, type, name);
}

Semaphore::~Semaphore() {
  if (!may_destroy(core_, waiting_, type_)) return;
  if (waiting_.load(std::memory_order_relaxed) == 0) {
    leave_mark(core_, waiting_);
    return;
  }
  if (is_static(this)) return;
  report_misuse(Kind::kMisuseDestroyHeld, this_thread(), Op::kDestroy, id_of(core_, type_), 0);
}

void Semaphore::acquire() {
  if (!may_use(core_, waiting_, type_, Op::kAcquire)) return;
  const Operation acquire{type_, Op::kAcquire, id_of(core_, type_), &core_.word, kNoTimeout};
  if (acquire_permit(core_, waiting_, acquire, first_permits_, __builtin_frame_address(0)) !=
      WaitResult::kGranted) {
    throw_deadlock("gridlock::Semaphore::acquire");
  }
}

bool Semaphore::try_acquire() noexcept {
  if (!may_use(core_, waiting_, type_, Op::kTryAcquire)) return false;
  const Operation attempt{type_, Op::kTryAcquire, id_of(core_, type_), &core_.word, 0};
  return acquire_permit(core_, waiting_, attempt, first_permits_, __builtin_frame_address(0)) ==
         WaitResult::kGranted;
}

bool Semaphore::try_acquire_nanoseconds(std::uint64_t nanoseconds) noexcept {
  if (!may_use(core_, waiting_, type_, Op::kTryAcquire)) return false;
  const Operation attempt{type_, Op::kTryAcquire, id_of(core_, type_), &core_.word, nanoseconds};
  return acquire_permit(core_, waiting_, attempt, first_permits_, __builtin_frame_address(0)) ==
         WaitResult::kGranted;
}

bool Semaphore::release_one() noexcept {
  u32 seen = core_.word.load(std::memory_order_relaxed);
  do {
    if ((seen & ~kWaitersBit) >= bound_) return false;
  } while (!core_.word.compare_exchange_weak(seen, seen + 1));
  if ((seen & kWaitersBit) != 0) wake_waiters(core_.word, 1);
  return true;
}

void Semaphore::release(std::uint32_t count) noexcept {
  if (!may_use(core_, waiting_, type_, Op::kRelease)) return;
  const Operation one{type_, Op::kRelease, id_of(core_, type_), nullptr, 0};
  for (std::uint32_t i = 0; i < count; ++i) {
    const Release release(one, __builtin_return_address(0), 0);
    ThreadState* const state = release.state();
    // Before the thread that takes the permit makes its next request: by then it is known whether
    // this semaphore behaves as a lock.
    const Held* const held = find_held(state, one.object);
    const bool own = held != nullptr && count_of(*held) >= count - i;
    before_release(state, one.object);
    if (first_permits_ != 1) release.signals(signal_of(one.object, first_permits_));
    note_permit_released(state, one.object, first_permits_, own);
    tsan_release(&core_);
    if (release_one()) {
      release.granted();
    } else {
      report_misuse(Kind::kMisuseReleaseOverBound, state, Op::kRelease, one.object, 0);
    }
  }
}

}  // namespace gridlock
