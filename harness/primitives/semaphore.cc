// SPDX-License-Identifier: Apache-2.0
//
// The word is the number of permits left, and a bit that says that somebody may sleep.
//   acquire: take one by compare-and-swap; who finds none counts itself in waiting_, sets the bit, and
//            sleeps while there is the bit and nothing else
//   release: add one, and wake one if the bit was there. Then only the address is used: whoever got the
//            permit may destroy the semaphore
// The last to leave clears the bit. Who came meanwhile, and may have seen it set, is woken to look again.
#include <gridlock/semaphore.h>

#include "harness/primitives/throw.h"
#include "harness/runtime/findings.h"
#include "harness/runtime/hooks.h"
#include "harness/runtime/lifetime.h"
#include "harness/runtime/sync.h"
#include "harness/runtime/wait.h"

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
                                             ThreadState* state, const WaitFor& what,
                                             u64 deadline) noexcept {
  prepare_wait(state);
  waiting.fetch_add(1);
  Wake wake = Wake::kLookAgain;
  while (wake == Wake::kLookAgain && !take_permit(core)) {
    u32 none = 0;
    core.word.compare_exchange_strong(none, kWaitersBit);
    wake = sleep_on(state, what, kWaitersBit, deadline);
  }
  leave(core, waiting);
  return result_of(wake);
}

Signal signal_of(ObjectId object, u32 first_permits) noexcept {
  return {object, Channel::kSignal, Rule::kCounted, first_permits};
}

// Any that began with permits may be used as a lock, of one holder or of several; all but those that
// began with one may hand over signals.
void note_acquired(Core& core, ThreadState* state, ObjectId object, u32 first_permits) noexcept {
  after_acquire(state, object, may_be_lock(object, first_permits) ? kLockLike : 0);
  if (first_permits != 1) after_receive(state, signal_of(object, first_permits));
  tsan_acquire(&core);
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
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, type_);
  const Held* const held = before_request(state, __builtin_frame_address(0));
  state->ring.add(Op::kAcquire, object, held->frames[0], 0);
  if (first_permits_ != 1) before_receive(state, signal_of(object, first_permits_));
  before_permit(state, object, first_permits_);
  if (!take_permit(core_) &&
      wait_for_permit(core_, waiting_, state, {type_, Op::kAcquire, object, &core_.word},
                      kNoTimeout) != WaitResult::kGranted) {
    throw_deadlock("gridlock::Semaphore::acquire");
  }
  note_acquired(core_, state, object, first_permits_);
}

bool Semaphore::try_acquire() noexcept {
  if (!may_use(core_, waiting_, type_, Op::kTryAcquire)) return false;
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, type_);
  const Held* const held = before_request(state, __builtin_frame_address(0));
  state->ring.add(Op::kTryAcquire, object, held->frames[0], 0);
  if (!take_permit(core_)) return false;
  note_acquired(core_, state, object, first_permits_);
  return true;
}

bool Semaphore::try_acquire_nanoseconds(std::uint64_t nanoseconds) noexcept {
  if (!may_use(core_, waiting_, type_, Op::kTryAcquire)) return false;
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, type_);
  const Held* const held = before_request(state, __builtin_frame_address(0));
  state->ring.add(Op::kTryAcquire, object, held->frames[0], 0);
  if (!take_permit(core_)) {
    const WaitFor what{type_, Op::kTryAcquire, object, &core_.word};
    if (nanoseconds == 0 || wait_for_permit(core_, waiting_, state, what,
                                            deadline_in(nanoseconds)) != WaitResult::kGranted) {
      return false;
    }
  }
  note_acquired(core_, state, object, first_permits_);
  return true;
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
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, type_);
  const auto caller = reinterpret_cast<uptr>(__builtin_return_address(0));
  for (std::uint32_t i = 0; i < count; ++i) {
    state->ring.add(Op::kRelease, object, caller, 0);
    tsan_release(&core_);
    if (first_permits_ != 1) before_signal(state, signal_of(object, first_permits_));
    // Before whoever takes the permit asks for the next thing: by then it is known whether this
    // semaphore behaves as a lock.
    const Held* const held = find_held(state, object);
    note_permit_released(state, object, first_permits_,
                         held != nullptr && count_of(*held) >= count - i);
    if (!release_one()) {
      report_misuse(Kind::kMisuseReleaseOverBound, state, Op::kRelease, object, 0);
      continue;
    }
    state->ring.grant();
    before_release(state, object);
  }
}

}  // namespace gridlock
