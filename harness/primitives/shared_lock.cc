// SPDX-License-Identifier: Apache-2.0
//
// One word says everything about the holders (wait.h); writers_ counts the writers that wait.
//   take:    add one to the readers, or put the owner in, by compare-and-swap; if that fails, set
//            kWaitersBit, publish the wait, and sleep while the word is what was seen
//   release: take out; if that leaves something to take, clear the bit and wake all waiters
//   a reader that lets writers go first sets the bit and only then looks at writers_; the last
//            writer that gives up counts down and only then clears the bit, so none sleeps forever
// A thread that holds it shared is counted once in the word, and its recursion in its held set.
#include <gridlock/shared_lock.h>

#include "harness/primitives/throw.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/operation.h"
#include "harness/runtime/orders/all_at_once.h"

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

struct Taking {
  Way way;
  Held* hold;  // of the request, or the shared hold that there is already
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

GRIDLOCK_INLINE bool is_upgradeable(Lock& upgrader, const ThreadState* state) noexcept {
  const u32 word = LockAccess::core(upgrader).word.load(std::memory_order_relaxed);
  return (word & kOwnerMask) == state->slot_word;
}

GRIDLOCK_INLINE Ask ask_for(Way way, bool behind_writers) noexcept {
  if (way == Way::kShared) return behind_writers ? Ask::kSharedBehindWriters : Ask::kRead;
  return behind_writers ? Ask::kExclusivePreferred : Ask::kWrite;
}

// Takes it if that is possible for somebody who sees `seen`; false with a new `seen` otherwise.
GRIDLOCK_INLINE bool may_take(const Parts& lock, const Taking& taking, u32 seen) noexcept {
  switch (taking.way) {
    case Way::kExclusive:
      return is_free(seen);
    case Way::kShared:
      return !is_exclusive(seen) && (!lock.behind_writers || lock.writers.load() == 0);
    case Way::kUpgrade:
      return !is_exclusive(seen) && (seen & kSharedMask) == 1;
  }
  return false;
}

GRIDLOCK_INLINE bool try_take(const Parts& lock, const Request& request,
                              const Taking& taking) noexcept {
  u32 seen = lock.core.word.load(std::memory_order_relaxed);
  while (may_take(lock, taking, seen)) {
    if (taking.again) return true;  // the word has it already
    const u32 next = taking.way == Way::kShared
                         ? seen + 1
                         : (seen & kWaitersBit) | kExclusiveBit | request.state()->slot_word;
    if (!lock.core.word.compare_exchange_weak(seen, next)) continue;
    if (taking.way == Way::kShared && GRIDLOCK_UNLIKELY((seen & kWaitersBit) != 0) &&
        lock.writers.load(std::memory_order_relaxed) != 0) {
      note_overtaking(request.object());
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

GRIDLOCK_NOINLINE WaitResult wait_to_take(const Parts& lock, Request& request,
                                          const Taking& taking) noexcept {
  const bool reader = taking.way == Way::kShared;
  request.aims_at(reader && lock.behind_writers ? 1 : 0);
  const u32 bits = kWaitersBit | (taking.way == Way::kUpgrade ? kUpgradeBit : 0);
  u64 overtakings = 0;
  if (!reader) {
    overtakings = note_writer_waits(request.state(), request.object(), time_now());
    lock.writers.fetch_add(1);
  }
  const WaitResult result = request.wait([&](u32& expected) {
    if (try_take(lock, request, taking)) return Look::kGranted;
    u32 seen = lock.core.word.load();
    const bool marked = (seen & bits) == bits;
    if (!marked && !lock.core.word.compare_exchange_weak(seen, seen | bits)) return Look::kChanged;
    expected = seen | bits;
    return may_take(lock, taking, expected) ? Look::kChanged : Look::kHeld;
  });
  if (reader) return result;
  if (result == WaitResult::kGranted) {
    lock.writers.fetch_sub(1);
  } else {
    writer_gave_up(lock);
  }
  note_writer_done(request.state(), request.object(), request.waited(), overtakings);
  return result;
}

// The held set and ThreadSanitizer, after any acquisition.
void note_taken(const Parts& lock, const Request& request, const Taking& taking) noexcept {
  request.granted();
  if (taking.again) {
    ++taking.hold->amount;
    recount(request.state());
    return;
  }
  if (taking.way == Way::kUpgrade) {
    taking.hold->amount &= ~kSharedHold;
    hash_held_again(request.state(), static_cast<u32>(taking.hold - request.state()->held));
    tsan_unlocking_shared(&lock.core, request.caller());
    tsan_locked(&lock.core, request.caller());
    return;
  }
  if (taking.way == Way::kShared) taking.hold->amount |= kSharedHold;
  request.holds();
  if (taking.way == Way::kExclusive) return tsan_locked(&lock.core, request.caller());
  tsan_locked_shared(&lock.core, request.caller());
}

WaitResult take(const Parts& lock, Request& request, const Taking& taking) noexcept {
  request.orders(ask_for(taking.way, lock.behind_writers));
  if (!try_take(lock, request, taking)) {
    tsan_touched(&lock.core.word, request.caller());
    if (request.operation().nanoseconds == 0) return WaitResult::kTimedOut;
    const WaitResult result = wait_to_take(lock, request, taking);
    if (result != WaitResult::kGranted) return result;
  }
  note_taken(lock, request, taking);
  return WaitResult::kGranted;
}

// `nanoseconds`: kNoTimeout for lock() and its like, 0 for the try forms.
GRIDLOCK_NOINLINE WaitResult acquire(const Parts& lock, Way way, Op op, u64 nanoseconds,
                                     const void* frame, const void* site) noexcept {
  if (!is_usable(lock.core, lock.writers, kType, op, caller_of(frame)))
    return nanoseconds == kNoTimeout ? WaitResult::kDeadlock : WaitResult::kTimedOut;
  Request request({kType, op, id_of(lock.core, kType), &lock.core.word, nanoseconds}, frame, site);
  Held* const mine = request.object() != 0 && way == Way::kShared
                         ? shared_hold(request.state(), request.object())
                         : nullptr;
  return take(lock, request, {way, mine != nullptr ? mine : request.held(), mine != nullptr});
}

// The caller reads. The hold is looked for again: there may be a new array of held entries.
WaitResult upgrade(const Parts& lock, u64 nanoseconds, const void* frame) noexcept {
  Request request({kType, Op::kUpgrade, id_of(lock.core, kType), &lock.core.word, nanoseconds},
                  frame);
  Held* const hold = shared_hold(request.state(), request.object());
  return take(lock, request, {Way::kUpgrade, hold, false});
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

SharedLock::SharedLock(std::string_view name, CallSite where) noexcept
    : core_(0, where), upgrader_(where) {
  register_named(core_, kType, name);
}

SharedLock::SharedLock(std::string_view name, Prefer prefer, CallSite where) noexcept
    : core_(0, where), prefer_(prefer), upgrader_(where) {
  register_named(core_, kType, name);
}

SharedLock::~SharedLock() {
  if (!may_destroy(core_, writers_, kType)) return;
  if (known_id(LockAccess::core(upgrader_)) != 0) upgrader_.~Lock();
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
  const Ask ask = behind_writers ? Ask::kExclusivePreferred : Ask::kWrite;
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
  const Release release({kType, Op::kUnlock, object, nullptr, 0}, __builtin_return_address(0));
  release.drops();
  tsan_unlocking(&core_);
  if (GRIDLOCK_UNLIKELY(is_upgradeable(upgrader_, state))) upgrader_.unlock();
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
  const Release release({kType, Op::kUnlockShared, object, nullptr, 0},
                        __builtin_return_address(0));
  if (count_of(*held) > 1) {
    --held->amount;
    recount(state);
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
  if (shared_hold(state, object) == nullptr)
    return report_not_held(core_, state, Op::kUpgrade, object);
  if (gridlock::upgrade({core_, writers_, prefer_ == Prefer::kWriters}, kNoTimeout,
                        __builtin_frame_address(0)) != WaitResult::kGranted) {
    throw_deadlock("gridlock::SharedLock::upgrade");
  }
}

bool SharedLock::try_upgrade() noexcept {
  if (!is_usable(core_, writers_, kType, Op::kUpgrade)) return false;
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  if (shared_hold(state, object) == nullptr) {
    report_not_held(core_, state, Op::kUpgrade, object);
    return false;
  }
  return gridlock::upgrade({core_, writers_, prefer_ == Prefer::kWriters}, 0,
                           __builtin_frame_address(0)) == WaitResult::kGranted;
}

void SharedLock::downgrade() noexcept {
  if (!is_usable(core_, writers_, kType, Op::kUnlock)) return;
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kType);
  if (!owned_by(core_, state)) return report_not_held(core_, state, Op::kUnlock, object);
  const Release release({kType, Op::kUnlock, object, nullptr, 0}, __builtin_return_address(0));
  if (Held* const held = find_held(state, object)) {
    // Readers get it from here on.
    if ((held->amount & kAcross) != 0) release_held_across(state, held);
    held->amount |= kSharedHold;
    hash_held_again(state, static_cast<u32>(held - state->held));
  }
  tsan_unlocking(&core_);
  tsan_locked_shared(&core_);
  if ((core_.word.exchange(1) & kWaitersBit) != 0) wake_everybody(core_);
}

}  // namespace gridlock
