// SPDX-License-Identifier: Apache-2.0
//
// One word says everything about who holds it (wait.h); writers_ counts the writers that wait.
//   take:    add one to the readers, or put the owner in, by compare-and-swap; who cannot sets
//            kWaitersBit, publishes the wait, and sleeps while the word is what it saw
//   release: take out; whoever leaves something to take clears the bit and wakes everybody
//   a reader that lets writers go first sets the bit and only then looks at writers_; the last
//            writer that gives up counts down and only then clears the bit, so none sleeps for ever
// A thread that holds it shared is counted once in the word, and its recursion in its held set.
#include <gridlock/shared_lock.h>

#include "harness/primitives/throw.h"
#include "harness/runtime/all_at_once.h"
#include "harness/runtime/findings.h"
#include "harness/runtime/hooks.h"
#include "harness/runtime/lifetime.h"
#include "harness/runtime/wait.h"

namespace gridlock {

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

namespace {

constexpr ObjectType kType = ObjectType::kSharedLock;

enum class Way : u8 { kExclusive, kShared, kUpgrade };

// The parts of a SharedLock, so that what follows need not be members.
struct Parts {
  Core& core;
  std::atomic<u32>& writers;
  bool behind_writers;  // readers wait behind waiting writers
};

struct Request {
  Way mode;
  Op op;
  ObjectId object;
  Held* held;  // prepared by before_request(), or the shared hold that there is already
  bool waits;  // for ever if need be
  bool again;  // a further shared hold of this thread
};

GRIDLOCK_INLINE bool is_exclusive(u32 word) noexcept { return (word & kExclusiveBit) != 0; }
GRIDLOCK_INLINE bool is_free(u32 word) noexcept {
  return (word & (kExclusiveBit | kSharedMask)) == 0;
}

GRIDLOCK_INLINE bool owned_by(const Core& core, const ThreadState* state) noexcept {
  const u32 word = core.word.load(std::memory_order_relaxed);
  return is_exclusive(word) && (word & kSharedMask) == state->slot_word;
}

// The thread's shared hold, nullptr if it has none. Object 0 (out of table space) stands for many.
GRIDLOCK_INLINE Held* shared_hold(ThreadState* state, ObjectId object) noexcept {
  Held* const held = find_held(state, object);
  return held != nullptr && is_shared(*held) ? held : nullptr;
}

// Everything that the lock-order graph hears of a request.
GRIDLOCK_INLINE void note_request(ThreadState* state, ObjectId object, Way mode,
                                  bool behind_writers) noexcept {
  if (mode == Way::kShared) {
    check_order(state, object, behind_writers ? Ask::kReadAfterWrite : Ask::kRead);
  } else {
    check_order(state, object, behind_writers ? Ask::kWriteFirst : Ask::kWrite);
  }
}

// Takes it if that is possible for somebody who sees `seen`; false with a new `seen` otherwise.
GRIDLOCK_INLINE bool may_take(const Parts& lock, const Request& request, u32 seen) noexcept {
  switch (request.mode) {
    case Way::kExclusive:
      return is_free(seen);
    case Way::kShared:
      return !is_exclusive(seen) && (!lock.behind_writers || lock.writers.load() == 0);
    case Way::kUpgrade:
      return !is_exclusive(seen) && (seen & kSharedMask) == 1;
  }
  return false;
}

GRIDLOCK_INLINE bool try_take(const Parts& lock, const ThreadState* state,
                              const Request& request) noexcept {
  u32 seen = lock.core.word.load(std::memory_order_relaxed);
  while (may_take(lock, request, seen)) {
    if (request.again) return true;  // the word has it already
    const u32 next = request.mode == Way::kShared
                         ? seen + 1
                         : (seen & kWaitersBit) | kExclusiveBit | state->slot_word;
    if (!lock.core.word.compare_exchange_weak(seen, next)) continue;
    if (request.mode == Way::kShared && GRIDLOCK_UNLIKELY((seen & kWaitersBit) != 0) &&
        lock.writers.load(std::memory_order_relaxed) != 0) {
      note_overtaking(request.object);
    }
    return true;
  }
  return false;
}

void wake_everybody(Core& core) noexcept { wake_waiters(core.word, kAll); }

// A writer no longer waits and has not got it: readers may have been waiting behind it.
void writer_gave_up(const Parts& lock) noexcept {
  if (lock.writers.fetch_sub(1) != 1) return;
  if ((lock.core.word.fetch_and(~kWaitersBit) & kWaitersBit) != 0) wake_everybody(lock.core);
}

GRIDLOCK_NOINLINE WaitResult wait_to_take(const Parts& lock, ThreadState* state,
                                          const Request& request, u64 deadline) noexcept {
  const bool reader = request.mode == Way::kShared;
  const WaitFor what{kType, request.op, request.object, &lock.core.word,
                     reader && lock.behind_writers ? 1u : 0u};
  const u32 bits = kWaitersBit | (request.mode == Way::kUpgrade ? kUpgradeBit : 0);
  prepare_wait(state);
  const u64 since = time_now();
  u64 overtakings = 0;
  if (!reader) {
    overtakings = note_writer_waits(state, request.object, since);
    lock.writers.fetch_add(1);
  }
  Wake woken = Wake::kLookAgain;
  while (woken == Wake::kLookAgain) {
    if (try_take(lock, state, request)) {
      if (!reader) {
        lock.writers.fetch_sub(1);
        note_writer_done(state, request.object, since, overtakings);
      }
      return WaitResult::kGranted;
    }
    u32 seen = lock.core.word.load();
    const bool marked = (seen & bits) == bits;
    if (!marked && !lock.core.word.compare_exchange_weak(seen, seen | bits)) continue;
    seen |= bits;
    if (may_take(lock, request, seen)) continue;
    woken = sleep_on(state, what, seen, deadline);
  }
  if (!reader) {
    writer_gave_up(lock);
    note_writer_done(state, request.object, since, overtakings);
  }
  return result_of(woken);
}

// The held set and ThreadSanitizer, after any acquisition.
void note_taken(const Parts& lock, ThreadState* state, const Request& request) noexcept {
  const void* const caller = reinterpret_cast<const void*>(request.held->frames[0]);
  state->ring.grant();
  if (request.again) {
    ++request.held->amount;
    return;
  }
  if (request.mode == Way::kUpgrade) {
    request.held->amount &= ~kSharedHold;
    sign_again(state, static_cast<u32>(request.held - state->held));
    tsan_unlocking_shared(&lock.core, caller);
    tsan_locked(&lock.core, caller);
    return;
  }
  if (request.mode == Way::kShared) request.held->amount |= kSharedHold;
  push_held(state, request.object, request.held);
  if (request.mode == Way::kExclusive) return tsan_locked(&lock.core, caller);
  tsan_locked_shared(&lock.core, caller);
}

// `nanoseconds`: kNoTimeout for lock() and its like, 0 for the try forms.
GRIDLOCK_NOINLINE WaitResult acquire(const Parts& lock, Way mode, Op op, u64 nanoseconds,
                                     const void* frame, const void* site) noexcept {
  if (!is_usable(lock.core, lock.writers, kType, op, caller_of(frame)))
    return nanoseconds == kNoTimeout ? WaitResult::kDeadlock : WaitResult::kTimedOut;
  ThreadState* const state = this_thread();
  Request request{mode, op, id_of(lock.core, kType), nullptr, nanoseconds == kNoTimeout, false};
  Held* const prepared = before_request(state, frame, site);
  Held* const mine = request.object != 0 ? shared_hold(state, request.object) : nullptr;
  request.again = mode == Way::kShared && mine != nullptr;
  request.held = request.again ? mine : prepared;
  state->ring.add(op, request.object, prepared->frames[0], 0);
  if (request.waits) note_request(state, request.object, mode, lock.behind_writers);
  if (!try_take(lock, state, request)) {
    tsan_touched(&lock.core.word, caller_of(frame));
    if (nanoseconds == 0) return WaitResult::kTimedOut;
    const u64 since = time_now();
    const WaitResult result =
        wait_to_take(lock, state, request, request.waits ? kNoTimeout : since + nanoseconds);
    note_wait(state, request.object, since);
    if (result != WaitResult::kGranted) return result;
  }
  note_taken(lock, state, request);
  return WaitResult::kGranted;
}

GRIDLOCK_INLINE void report_not_held(Core& core, ThreadState* state, Op op,
                                     ObjectId object) noexcept {
  tsan_touched(&core.word);
  const u32 word = core.word.load(std::memory_order_relaxed);
  state->ring.add(op, object, 0, 0);
  report_misuse(is_free(word) ? Kind::kMisuseUnlockFree : Kind::kMisuseUnlockNotOwner, state, op,
                object, is_exclusive(word) ? word & kSharedMask : 0);
}

// One reader fewer. After the exchange only the address is used.
void leave_readers(Core& core) noexcept {
  u32 seen = core.word.load(std::memory_order_relaxed);
  u32 next = 0;
  bool wake = false;
  do {
    const u32 left = (seen & kSharedMask) - 1;
    const bool lets_somebody_in = left == 0 || (left == 1 && (seen & kUpgradeBit) != 0);
    next = lets_somebody_in ? left : seen - 1;
    wake = lets_somebody_in && (seen & kWaitersBit) != 0;
  } while (!core.word.compare_exchange_weak(seen, next));
  if (wake) wake_everybody(core);
}

// A lock that an ended thread left held was reported when that thread ended.
bool held_by_ended_thread(ObjectId object) noexcept {
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    ThreadState* const state = thread_in_slot(slot);
    if (state->phase.load() == ThreadPhase::kEnded && find_held(state, object) != nullptr)
      return true;
  }
  return false;
}

GRIDLOCK_NOINLINE void report_destroy_held(Core& core, u32 word) noexcept {
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core, kType);
  if (held_by_ended_thread(object)) return;
  report_misuse(Kind::kMisuseDestroyHeld, state, Op::kDestroy, object,
                is_exclusive(word) ? word & kSharedMask : 0);
  Held* const held = find_held(state, object);
  if (held == nullptr) return;
  // As in lock.cc: ThreadSanitizer would report the same once more.
  if (is_shared(*held)) {
    tsan_unlocking_shared(&core);
  } else {
    tsan_unlocking(&core);
  }
  drop_held(state, held);
  if (is_exclusive(word) || (word & kSharedMask) == 1) tsan_destroyed(&core);
}

}  // namespace

SharedLock::SharedLock(std::string_view name, CallSite where) noexcept : core_(0, where) {
  register_named(core_, kType, name);
}

SharedLock::SharedLock(std::string_view name, Prefer prefer, CallSite where) noexcept
    : core_(0, where), prefer_(prefer) {
  register_named(core_, kType, name);
}

SharedLock::~SharedLock() {
  if (!may_destroy(core_, writers_, kType)) return;
  const u32 word = core_.word.load(std::memory_order_relaxed);
  if (GRIDLOCK_LIKELY(is_free(word))) {
    tell_lock_end(core_);
    set_mark(core_, writers_);
  } else if (!is_static(this)) {
    report_destroy_held(core_, word);
  }
}

void SharedLock::lock() {
  if (acquire({core_, writers_, prefer_ == Prefer::kWriters}, Way::kExclusive, Op::kLock,
              kNoTimeout, __builtin_frame_address(0), nullptr) != WaitResult::kGranted) {
    throw_deadlock("gridlock::SharedLock::lock");
  }
}

void SharedLock::lock(CallSite where) {
  if (acquire({core_, writers_, prefer_ == Prefer::kWriters}, Way::kExclusive, Op::kLock,
              kNoTimeout, __builtin_frame_address(0),
              __builtin_bit_cast(const void*, where)) != WaitResult::kGranted) {
    throw_deadlock("gridlock::SharedLock::lock");
  }
}

bool SharedLock::try_lock(CallSite caller) noexcept {
  const bool behind_writers = prefer_ == Prefer::kWriters;
  const u32 held_before = held_before_std_lock(this_thread(), caller);
  if (acquire({core_, writers_, behind_writers}, Way::kExclusive, Op::kTryLock, 0,
              __builtin_frame_address(0), nullptr) != WaitResult::kGranted) {
    return false;
  }
  const Ask ask = behind_writers ? Ask::kWriteFirst : Ask::kWrite;
  if (held_before != 0) note_found_free(this_thread(), known_id(core_), ask, held_before);
  return true;
}

bool SharedLock::try_lock_nanoseconds(std::uint64_t nanoseconds) noexcept {
  return acquire({core_, writers_, prefer_ == Prefer::kWriters}, Way::kExclusive, Op::kTryLock,
                 nanoseconds, __builtin_frame_address(0), nullptr) == WaitResult::kGranted;
}

void SharedLock::unlock() noexcept {
  if (!is_usable(core_, writers_, kType, Op::kUnlock)) return;
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  if (GRIDLOCK_UNLIKELY(!owned_by(core_, state)))
    return report_not_held(core_, state, Op::kUnlock, object);
  state->ring.add(Op::kUnlock, object, reinterpret_cast<uptr>(__builtin_return_address(0)),
                  kGranted);
  if (Held* const held = find_held(state, object)) drop_held(state, held);
  tsan_unlocking(&core_);
  if ((core_.word.exchange(0) & kWaitersBit) != 0) wake_everybody(core_);
}

void SharedLock::lock_shared() {
  if (acquire({core_, writers_, prefer_ == Prefer::kWriters}, Way::kShared, Op::kLockShared,
              kNoTimeout, __builtin_frame_address(0), nullptr) != WaitResult::kGranted) {
    throw_deadlock("gridlock::SharedLock::lock_shared");
  }
}

void SharedLock::lock_shared(CallSite where) {
  if (acquire({core_, writers_, prefer_ == Prefer::kWriters}, Way::kShared, Op::kLockShared,
              kNoTimeout, __builtin_frame_address(0),
              __builtin_bit_cast(const void*, where)) != WaitResult::kGranted) {
    throw_deadlock("gridlock::SharedLock::lock_shared");
  }
}

bool SharedLock::try_lock_shared() noexcept {
  return acquire({core_, writers_, prefer_ == Prefer::kWriters}, Way::kShared, Op::kTryLockShared,
                 0, __builtin_frame_address(0), nullptr) == WaitResult::kGranted;
}

bool SharedLock::try_lock_shared_nanoseconds(std::uint64_t nanoseconds) noexcept {
  return acquire({core_, writers_, prefer_ == Prefer::kWriters}, Way::kShared, Op::kTryLockShared,
                 nanoseconds, __builtin_frame_address(0), nullptr) == WaitResult::kGranted;
}

void SharedLock::unlock_shared() noexcept {
  if (!is_usable(core_, writers_, kType, Op::kUnlockShared)) return;
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  Held* const held = shared_hold(state, object);
  const u32 word = core_.word.load(std::memory_order_relaxed);
  if (GRIDLOCK_UNLIKELY(held == nullptr || is_exclusive(word) || is_free(word)))
    return report_not_held(core_, state, Op::kUnlockShared, object);
  state->ring.add(Op::kUnlockShared, object, reinterpret_cast<uptr>(__builtin_return_address(0)),
                  kGranted);
  if (count_of(*held) > 1) {
    --held->amount;
    return;
  }
  drop_held(state, held);
  tsan_unlocking_shared(&core_);
  leave_readers(core_);
}

void SharedLock::upgrade() {
  if (!is_usable(core_, writers_, kType, Op::kUpgrade)) return;
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  Held* const held = shared_hold(state, object);
  if (held == nullptr) return report_not_held(core_, state, Op::kUpgrade, object);
  const Parts parts{core_, writers_, prefer_ == Prefer::kWriters};
  const Held* const prepared = before_request(state, __builtin_frame_address(0));
  // There may be a new array of held entries now.
  const Request request{Way::kUpgrade, Op::kUpgrade, object, shared_hold(state, object),
                        true,          false};
  state->ring.add(Op::kUpgrade, object, prepared->frames[0], 0);
  note_request(state, object, Way::kUpgrade, parts.behind_writers);
  if (!try_take(parts, state, request)) {
    const u64 since = time_now();
    const WaitResult result = wait_to_take(parts, state, request, kNoTimeout);
    note_wait(state, object, since);
    if (result != WaitResult::kGranted) throw_deadlock("gridlock::SharedLock::upgrade");
  }
  note_taken(parts, state, request);
}

bool SharedLock::try_upgrade() noexcept {
  if (!is_usable(core_, writers_, kType, Op::kUpgrade)) return false;
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  const Request request{Way::kUpgrade, Op::kUpgrade, object, shared_hold(state, object),
                        false,         false};
  if (request.held == nullptr) {
    report_not_held(core_, state, Op::kUpgrade, object);
    return false;
  }
  state->ring.add(Op::kUpgrade, object, reinterpret_cast<uptr>(__builtin_return_address(0)), 0);
  const Parts parts{core_, writers_, prefer_ == Prefer::kWriters};
  if (!try_take(parts, state, request)) return false;
  note_taken(parts, state, request);
  return true;
}

void SharedLock::downgrade() noexcept {
  if (!is_usable(core_, writers_, kType, Op::kUnlock)) return;
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  if (!owned_by(core_, state)) return report_not_held(core_, state, Op::kUnlock, object);
  state->ring.add(Op::kUnlock, object, reinterpret_cast<uptr>(__builtin_return_address(0)),
                  kGranted);
  if (Held* const held = find_held(state, object)) {
    // Readers get it from here on.
    if ((held->amount & kAcross) != 0) release_held_across(state, held);
    held->amount |= kSharedHold;
    sign_again(state, static_cast<u32>(held - state->held));
  }
  tsan_unlocking(&core_);
  tsan_locked_shared(&core_);
  if ((core_.word.exchange(1) & kWaitersBit) != 0) wake_everybody(core_);
}

}  // namespace gridlock
