// SPDX-License-Identifier: Apache-2.0
//
// The word is the owner (slot + 1) and a bit that says that somebody may be asleep.
//   lock:   0 -> owner by compare-and-swap; else set the bit, publish the wait, sleep, try again
//   unlock: exchange to 0; if the bit was set, wake one. The exchange is two plain instructions where the
//           kernel can be asked to keep them together (restartable.h), which a waiter that sets the bit does
// A sleeper that was woken takes the lock with the bit set, because others may still sleep
// (Drepper, "Futexes are tricky", 2011). Everything here is compiled without ThreadSanitizer, which
// is told what was acquired and released instead.
#include <gridlock/lock.h>

#include "harness/platform/restartable.h"
#include "harness/platform/signal_block.h"
#include "harness/primitives/throw.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/acts.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/operation.h"
#include "harness/runtime/orders/all_at_once.h"
#include "harness/runtime/orders/order_news.h"

namespace gridlock {

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

namespace {

constexpr ObjectType kLockType = ObjectType::kLock;
constexpr ObjectType kRLockType = ObjectType::kRLock;

GRIDLOCK_INLINE bool try_word(Core& core, ThreadState* state) noexcept {
  u32 free = 0;
  return core.word.compare_exchange_strong(free, state->slot_word, std::memory_order_acquire,
                                           std::memory_order_relaxed);
}

GRIDLOCK_INLINE bool owned_by(const Core& core, const ThreadState* state) noexcept {
  return (core.word.load(std::memory_order_relaxed) & kOwnerMask) == state->slot_word;
}

// False for a lock that lives. One that was destroyed is reported and is then as good as new: the
// program goes on as it would have. Not for static storage: at exit it is destroyed under the feet of
// daemons and of other static objects, and its memory stays.
GRIDLOCK_NOINLINE bool used_after_destroy(Core& core, ObjectType type, Op op) noexcept {
  u32 destroyed = core.word.load(std::memory_order_relaxed);
  if (destroyed != kDestroyedWord) return false;  // a contended word is not to be written to
  if (!core.word.compare_exchange_strong(destroyed, 0, std::memory_order_relaxed)) return false;
  if (!is_static(&core)) {
    report_misuse(Kind::kMisuseUseAfterDestroy, this_thread(), op, id_of(core, type), 0);
  }
  return true;
}

// The lock is held by somebody.
GRIDLOCK_NOINLINE WaitResult wait_for_word(Core& core, Request& request) noexcept {
  ThreadState* const state = request.state();
  tsan_touched(&core.word, request.caller());  // it may be released by nobody
  const bool got = spin([&] {
    const u32 seen = core.word.load(std::memory_order_relaxed);
    if (seen == 0 && try_word(core, state)) return Spin::kGot;
    return (seen & kWaitersBit) != 0 || owned_by(core, state) ? Spin::kStop : Spin::kAgain;
  });
  if (got) return WaitResult::kGranted;
  return request.wait([&](u32& expected) {
    u32 seen = core.word.load(std::memory_order_relaxed);
    if ((seen & kOwnerMask) == 0) {
      const bool mine =
          core.word.compare_exchange_weak(seen, state->slot_word | kWaitersBit,
                                          std::memory_order_acquire, std::memory_order_relaxed);
      return mine ? Look::kGranted : Look::kChanged;
    }
    const Operation& what = request.operation();
    if (seen == kDestroyedWord && used_after_destroy(core, what.type, what.op))
      return Look::kChanged;
    expected = seen | kWaitersBit;
    if (seen == expected) return Look::kHeld;
    if (!core.word.compare_exchange_weak(seen, expected)) return Look::kChanged;
    // Either the owner will see the bit, or its store that wiped it out is seen here. A second
    // sleeper need not do the same: if the bit is wiped out after all, the first one takes the lock
    // with the bit set, and gives the second his turn.
    interrupt_restartable();
    return core.word.load() == expected ? Look::kHeld : Look::kChanged;
  });
}

GRIDLOCK_INLINE void acquired(Core& core, const Request& request) noexcept {
  request.granted();
  request.holds();
  tsan_locked(&core, request.caller());
}

// A lock that has no id yet goes to two mutexes of the runtime, and signals are kept away once for both; not where
// somebody may hold the thread at its point.
GRIDLOCK_INLINE Request ask_for(Core& core, ObjectType type, const void* frame,
                                const void* site) noexcept {
  const bool is_new = !is_id(core.id.load(std::memory_order_relaxed));
  const BlockedSignals guard(is_new && control().point == nullptr);
  const Request request({type, Op::kLock, id_of(core, type), &core.word, kNoTimeout}, frame, site);
  request.orders(Ask::kLock);
  return request;
}

// lock() in full, by a thread that does not hold it already if it is an RLock.
GRIDLOCK_NOINLINE WaitResult acquire_lock(Core& core, ObjectType type, const void* frame,
                                          const void* site) noexcept {
  Request request = ask_for(core, type, frame, site);
  if (!try_word(core, request.state())) {
    const WaitResult result = wait_for_word(core, request);
    if (result != WaitResult::kGranted) return result;
  }
  acquired(core, request);
  return WaitResult::kGranted;
}

GRIDLOCK_NOINLINE void tell_tsan_locked(Core& core, const void* caller) noexcept {
  tsan_locked(&core, caller);
}

// The same when nothing is out of the ordinary: the thread, the lock and this way of nesting are
// known, and the lock is free. No calls but the last, so no registers to save. False leaves
// everything as it was.
template <typename IsKnown>
GRIDLOCK_INLINE bool acquired_fast(Core& core, const void* frame, const void* site,
                                   IsKnown is_known) noexcept {
  ThreadState* const state = tls_thread;
  const ObjectId object = core.id.load(std::memory_order_relaxed);
  if (GRIDLOCK_UNLIKELY(state == nullptr || !is_id(object))) return false;
  Held* const held = state->next_held;
  if (GRIDLOCK_UNLIKELY(held >= state->fast_limit)) return false;
  const u64 held_hash = hash_with(held[-1].held_hash, object);
  if (GRIDLOCK_UNLIKELY(!is_known(state, object, held_hash | 1))) return false;
  if (GRIDLOCK_UNLIKELY(!try_word(core, state))) return false;
  walk_two_frames(frame, state->stack_top, &held->frames[0]);
  if (site != nullptr) held->site = site;
  set_held(held, object, site != nullptr ? kHasSite | 1 : 1);
  held->held_hash = held_hash;
  state->next_held = held + 1;
  state->ring.add_alone(Op::kLock, object, held->frames[0], kGrantedBit);
  if (GRIDLOCK_UNLIKELY(tsan_present())) tell_tsan_locked(core, caller_of(frame));
  return true;
}

GRIDLOCK_INLINE bool acquired_fast(Core& core, const void* frame, const void* site) noexcept {
  return acquired_fast(core, frame, site, [](const ThreadState*, ObjectId, u64 key) noexcept {
    return order_seen_at_once(key);
  });
}

// Functions of their own, so that the plain one has no calls and no registers to save: this way of nesting is new, but
// nothing comes of it. Here as well the call comes last.
GRIDLOCK_NOINLINE bool acquired_as_before(Core& core, const void* frame,
                                          const void* site) noexcept {
  u64 key = 0;
  const bool acquired = acquired_fast(
      core, frame, site, [&key](const ThreadState* state, ObjectId object, u64 this_way) {
        key = this_way;
        return was_no_order_news(state, object, Ask::kLock);
      });
  if (!acquired) return false;
  ++tls_thread->misses;
  if (GRIDLOCK_UNLIKELY(is_worth_remembering(tls_thread, key))) remember_order_unlocked(key);
  return true;
}

GRIDLOCK_NOINLINE bool acquired_without_news(Core& core, const void* frame,
                                             const void* site) noexcept {
  return acquired_fast(core, frame, site, [](ThreadState* state, ObjectId object, u64 key) {
    if (!no_order_news(state, object, Ask::kLock)) {
      state->looked_up = key;
      return false;
    }
    if (GRIDLOCK_UNLIKELY(is_worth_remembering(state, key))) remember_order_unlocked(key);
    ++tls_thread->misses;
    return true;
  });
}

GRIDLOCK_NOINLINE void lock_in_full(Core& core, ObjectType type, const void* frame,
                                    const void* site) {
  if (acquired_as_before(core, frame, site)) return;
  if (acquired_without_news(core, frame, site)) return;
  if (acquire_lock(core, type, frame, site) != WaitResult::kGranted)
    throw_deadlock("gridlock::Lock::lock");
}

// try_lock() and the timed forms: no edge in the lock-order graph, because they cannot wait
// forever.
GRIDLOCK_INLINE bool try_acquire_lock(Core& core, ObjectType type, const void* frame,
                                      u64 nanoseconds) noexcept {
  Request request({type, Op::kTryLock, id_of(core, type), &core.word, nanoseconds}, frame);
  ThreadState* const state = request.state();
  if (GRIDLOCK_UNLIKELY(!try_word(core, state)) &&
      !(used_after_destroy(core, type, Op::kTryLock) && try_word(core, state))) {
    if (nanoseconds == 0) {
      tsan_touched(&core.word);
      return false;
    }
    if (wait_for_word(core, request) != WaitResult::kGranted) return false;
  }
  acquired(core, request);
  return true;
}

// try_lock(), which std::lock calls, too.
GRIDLOCK_INLINE bool try_lock_for_std(Core& core, ObjectType type, ThreadState* state,
                                      const void* frame, CallSite caller) noexcept {
  const u32 held_before = held_before_std_lock(state, caller);
  if (!try_acquire_lock(core, type, frame, 0)) return false;
  if (GRIDLOCK_UNLIKELY(held_before != 0))
    note_found_free(state, known_id(core), Ask::kLock, held_before);
  return true;
}

GRIDLOCK_NOINLINE void report_bad_unlock(Core& core, ObjectType type, ThreadState* state,
                                         ObjectId object, const void* caller) noexcept {
  tsan_touched(&core.word, caller);
  state->ring.add(Op::kUnlock, object, 0, 0);
  if (used_after_destroy(core, type, Op::kUnlock)) return;
  const u32 owner = core.word.load(std::memory_order_relaxed) & kOwnerMask;
  report_misuse(owner == 0 ? Kind::kMisuseUnlockFree : Kind::kMisuseUnlockNotOwner, state,
                Op::kUnlock, object, owner);
}

GRIDLOCK_INLINE void release_word(Core& core, const ThreadState* state) noexcept {
  if (GRIDLOCK_LIKELY(state->restartable != nullptr) &&
      GRIDLOCK_LIKELY(clear_if_still(core.word, state->slot_word, state->restartable))) {
    return;
  }
  // After the exchange the lock may be another thread's, and its memory gone: only the address is
  // used.
  if (GRIDLOCK_UNLIKELY((core.word.exchange(0, std::memory_order_release) & kWaitersBit) != 0))
    wake_waiters(core.word, 1);
}

// The caller owns it. ThreadSanitizer hears of the release before it happens, as it heard of the
// acquisition after.
GRIDLOCK_INLINE void release_lock(Core& core, const Release& release, const void* caller) noexcept {
  release.drops();
  tsan_unlocking(&core, caller);
  release_word(core, release.state());
}

GRIDLOCK_NOINLINE void unlock_in_full(Core& core, ObjectType type, const void* caller) noexcept {
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core, type);
  if (!owned_by(core, state)) return report_bad_unlock(core, type, state, object, caller);
  release_lock(core, Release({type, Op::kUnlock, object, nullptr, 0}, caller), caller);
}

// unlock() of the lock that was taken last, which is owned by this thread. False leaves everything as it
// was.
GRIDLOCK_INLINE bool released_fast(Core& core, const void* caller, bool tell_tsan) noexcept {
  ThreadState* const state = tls_thread;
  if (GRIDLOCK_UNLIKELY(state == nullptr || !owned_by(core, state))) return false;
  Held* const last = state->next_held - 1;  // it owns a lock, so it holds something
  const ObjectId object = core.id.load(std::memory_order_relaxed);
  if (GRIDLOCK_UNLIKELY(last->object != object || last >= state->fast_limit)) return false;
  state->next_held = last;
  state->ring.add_alone(Op::kUnlock, object, reinterpret_cast<uptr>(caller), kGrantedBit);
  if (tell_tsan) tsan_unlocking(&core, caller);
  release_word(core, state);
  return true;
}

// A function of its own, so that the plain path has no calls and no registers to save.
GRIDLOCK_NOINLINE bool released_fast_and_told(Core& core, const void* caller) noexcept {
  return released_fast(core, caller, true);
}

// Destroyed while held. ThreadSanitizer would report the same again ("destroy of a locked mutex"),
// so it is told of a release first if that is this thread's to tell, and of nothing otherwise.
GRIDLOCK_NOINLINE void report_destroy_held(Core& core, ObjectType type, u32 owner) noexcept {
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core, type);
  // A thread that ended while holding it was reported for that: one defect, one finding.
  if (owner <= slot_count() && thread_in_slot(owner - 1)->phase.load() == ThreadPhase::kEnded)
    return;
  report_misuse(Kind::kMisuseDestroyHeld, state, Op::kDestroy, object, owner);
  if (owner != state->slot_word) return;
  if (Held* const held = find_held(state, object)) drop_held(state, held);
  tsan_unlocking(&core);
  tsan_destroyed(&core);
}

// A lock with static storage is destroyed only when the process ends, and a daemon may hold it
// then.
GRIDLOCK_INLINE void destroy_lock(Core& core, ObjectType type) noexcept {
  const u32 word = core.word.load(std::memory_order_relaxed);
  if (GRIDLOCK_LIKELY(word == 0) || used_after_destroy(core, type, Op::kDestroy)) {
    note_destroyed(known_id(core), __builtin_frame_address(0));
    core.word.store(kDestroyedWord, std::memory_order_relaxed);
    tell_lock_end(core);
    return retire(core);
  }
  if (!is_static(&core)) report_destroy_held(core, type, word & kOwnerMask);
}

// An RLock that the caller owns already: one more level. No request, because it cannot wait.
GRIDLOCK_INLINE bool take_again(Core& core, u32& depth, ThreadState* state, Op op) noexcept {
  if (!owned_by(core, state)) return false;
  const ObjectId object = core.id.load(std::memory_order_relaxed);
  state->ring.add(op, object, reinterpret_cast<uptr>(__builtin_return_address(0)), kGrantedBit);
  reach_point(state, {kRLockType, op, object, nullptr, 0});
  ++depth;
  recount(state);
  if (Held* const held = find_held(state, object)) held->amount = (held->amount & ~kCount) | depth;
  return true;
}

}  // namespace

Lock::Lock(std::string_view name, CallSite where) noexcept : LockBase(where) {
  register_named(core_, kLockType, name);
}

Lock::~Lock() { destroy_lock(core_, kLockType); }

void Lock::lock() {
  const void* const frame = __builtin_frame_address(0);
  if (GRIDLOCK_LIKELY(acquired_fast(core_, frame, nullptr))) return;
  lock_in_full(core_, kLockType, frame, nullptr);
}

void Lock::lock(CallSite where) {
  const void* const frame = __builtin_frame_address(0);
  const void* const site = __builtin_bit_cast(const void*, where);
  if (GRIDLOCK_LIKELY(acquired_fast(core_, frame, site))) return;
  lock_in_full(core_, kLockType, frame, site);
}

bool Lock::try_lock(CallSite caller) noexcept {
  ThreadState* const state = this_thread();
  return try_lock_for_std(core_, kLockType, state, __builtin_frame_address(0), caller);
}

bool Lock::try_lock_nanoseconds(std::uint64_t nanoseconds) noexcept {
  return try_acquire_lock(core_, kLockType, __builtin_frame_address(0), nanoseconds);
}

void Lock::unlock() noexcept {
  const void* const caller = __builtin_return_address(0);
  const bool released = GRIDLOCK_UNLIKELY(tsan_present()) ? released_fast_and_told(core_, caller)
                                                          : released_fast(core_, caller, false);
  if (GRIDLOCK_UNLIKELY(!released)) unlock_in_full(core_, kLockType, caller);
}

RLock::RLock(std::string_view name, CallSite where) noexcept : LockBase(where) {
  register_named(core_, kRLockType, name);
}

RLock::~RLock() { destroy_lock(core_, kRLockType); }

void RLock::lock() {
  ThreadState* const state = this_thread();
  if (take_again(core_, depth_, state, Op::kLock)) return;
  if (acquire_lock(core_, kRLockType, __builtin_frame_address(0), nullptr) !=
      WaitResult::kGranted) {
    throw_deadlock("gridlock::RLock::lock");
  }
  depth_ = 1;
}

void RLock::lock(CallSite where) {
  ThreadState* const state = this_thread();
  if (take_again(core_, depth_, state, Op::kLock)) return;
  if (acquire_lock(core_, kRLockType, __builtin_frame_address(0),
                   __builtin_bit_cast(const void*, where)) != WaitResult::kGranted) {
    throw_deadlock("gridlock::RLock::lock");
  }
  depth_ = 1;
}

bool RLock::try_lock(CallSite caller) noexcept {
  ThreadState* const state = this_thread();
  if (take_again(core_, depth_, state, Op::kTryLock)) return true;
  if (!try_lock_for_std(core_, kRLockType, state, __builtin_frame_address(0), caller)) return false;
  depth_ = 1;
  return true;
}

bool RLock::try_lock_nanoseconds(std::uint64_t nanoseconds) noexcept {
  ThreadState* const state = this_thread();
  if (take_again(core_, depth_, state, Op::kTryLock)) return true;
  if (!try_acquire_lock(core_, kRLockType, __builtin_frame_address(0), nanoseconds)) return false;
  depth_ = 1;
  return true;
}

void RLock::unlock() noexcept {
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(core_, kRLockType);
  if (GRIDLOCK_UNLIKELY(!owned_by(core_, state)))
    return report_bad_unlock(core_, kRLockType, state, object, __builtin_return_address(0));
  const Release release({kRLockType, Op::kUnlock, object, nullptr, 0}, __builtin_return_address(0));
  if (--depth_ != 0) {
    recount(state);
    if (Held* const held = find_held(state, object))
      held->amount = (held->amount & ~kCount) | depth_;
    return;
  }
  release_lock(core_, release, __builtin_return_address(0));
}

}  // namespace gridlock
