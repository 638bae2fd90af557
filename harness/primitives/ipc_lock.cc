// SPDX-License-Identifier: Apache-2.0
//
// As lock.cc, with two differences. The word holds process and slot of the owner, so that a thread
// killed at any instruction is the owner or is not. And a sleeper looks every 50 ms whether the
// owner's process lives; if it does not, the first to exchange the word has the lock, and only that
// one reports it. What the owner writes of itself into the lock is complete when `token` says so;
// an owner that was killed before that is known by its word alone.
#include <gridlock/ipc_lock.h>

#include <errno.h>

#include "harness/primitives/throw.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/operation.h"
#include "harness/runtime/process_tree/findings.h"
#include "harness/runtime/process_tree/shared_objects.h"

namespace gridlock {

namespace internal {

struct IpcLockState {
  IpcObject object;
  std::atomic<u32> abandoned;
  std::atomic<u32> token;  // whose `owner` is
  IpcOwner owner;
};

}  // namespace internal

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

namespace {

constexpr ObjectType kType = ObjectType::kIpcLock;

GRIDLOCK_INLINE std::atomic<u32>& word_of(IpcLockState& lock) noexcept {
  return lock.object.core.word;
}

GRIDLOCK_INLINE bool try_word(IpcLockState& lock, const ThreadState* state) noexcept {
  u32 free = 0;
  return word_of(lock).compare_exchange_strong(free, token_of(state), std::memory_order_acquire,
                                               std::memory_order_relaxed);
}

GRIDLOCK_INLINE bool owned_by(IpcLockState& lock, const ThreadState* state) noexcept {
  return (word_of(lock).load(std::memory_order_relaxed) & kTokenMask) == token_of(state);
}

IpcOwner owner_of(const IpcLockState& lock, u32 word) noexcept {
  IpcOwner owner{};
  if (lock.token.load(std::memory_order_acquire) == (word & kTokenMask)) owner = lock.owner;
  owner.process = process_of_token(word);
  return owner;
}

// Takes the lock from an owner that is gone; false if it is not, or somebody else was faster.
bool take_from_dead(IpcLockState& lock, const Request& request, u32 seen) noexcept {
  ThreadState* const state = request.state();
  const IpcOwner owner = owner_of(lock, seen);
  const OwnerFate fate = fate_of_owner(seen);
  if (fate == OwnerFate::kLives) return false;
  if (!word_of(lock).compare_exchange_strong(seen, token_of(state) | (seen & kWaitersBit),
                                             std::memory_order_acquire,
                                             std::memory_order_relaxed)) {
    return false;
  }
  lock.abandoned.store(1, std::memory_order_relaxed);
  if (fate == OwnerFate::kDied) report_owner_died(state, request.object(), owner);
  return true;
}

WaitResult wait_for_word(IpcLockState& lock, Request& request) noexcept {
  std::atomic<u32>& word = word_of(lock);
  ThreadState* const state = request.state();
  const bool got = spin([&] {
    const u32 seen = word.load(std::memory_order_relaxed);
    if (seen == 0 && try_word(lock, state)) return Spin::kGot;
    return (seen & kWaitersBit) != 0 || owned_by(lock, state) ? Spin::kStop : Spin::kAgain;
  });
  if (got) return WaitResult::kGranted;
  bool slept = false;  // before that the owner is taken to live: it costs a look into /proc
  return request.wait([&](u32& expected) {
    u32 seen = word.load(std::memory_order_relaxed);
    if ((seen & kTokenMask) == 0) {
      const bool mine =
          word.compare_exchange_weak(seen, token_of(state) | kWaitersBit, std::memory_order_acquire,
                                     std::memory_order_relaxed);
      return mine ? Look::kGranted : Look::kChanged;
    }
    // Also when the time is over: it may be shorter than a slice, and the lock of the dead is free.
    if (slept && take_from_dead(lock, request, seen)) return Look::kGranted;
    expected = seen | kWaitersBit;
    if (seen != expected &&
        !word.compare_exchange_weak(seen, expected, std::memory_order_relaxed)) {
      return Look::kChanged;
    }
    slept = true;
    return Look::kHeld;
  });
}

void acquired(IpcLockState& lock, const Request& request) noexcept {
  ThreadState* const state = request.state();
  IpcOwner& owner = lock.owner;
  const Held& held = *request.held();
  request.granted();
  owner.process = this_process();
  owner.thread = state->number;
  owner.os_id = state->os_id;
  for (u32 i = 0; i < kSiteFrames; ++i) owner.frames[i] = i < g_site_frames ? held.frames[i] : 0;
  owner.has_site = has_site(held);
  if (owner.has_site) owner.site = site_of(held);
  lock.token.store(token_of(state), std::memory_order_release);
  request.holds();
  tsan_locked(&lock.object.core);
}

WaitResult acquire(IpcLockState& lock, const Operation& operation, const void* frame,
                   const void* site = nullptr) noexcept {
  Request request(operation, frame, site);
  request.orders(Ask::kLock);
  if (!try_word(lock, request.state())) {
    if (operation.nanoseconds == 0) {
      const u32 seen = word_of(lock).load(std::memory_order_relaxed);
      if (!take_from_dead(lock, request, seen)) return WaitResult::kTimedOut;
    } else {
      const WaitResult result = wait_for_word(lock, request);
      if (result != WaitResult::kGranted) return result;
    }
  }
  acquired(lock, request);
  return WaitResult::kGranted;
}

bool try_acquire(IpcLockState& lock, u32 number, ObjectId object, const void* frame,
                 u64 nanoseconds) noexcept {
  if (is_ended(lock.object, number, this_thread(), Op::kTryLock, object)) return false;
  const Operation attempt{kType, Op::kTryLock, object, &word_of(lock), nanoseconds};
  return acquire(lock, attempt, frame) == WaitResult::kGranted;
}

void acquire_or_throw(IpcLockState& lock, u32 number, ObjectId object, const void* frame,
                      const void* site) {
  if (is_ended(lock.object, number, this_thread(), Op::kLock, object)) return;
  const Operation request{kType, Op::kLock, object, &word_of(lock), kNoTimeout};
  if (acquire(lock, request, frame, site) != WaitResult::kGranted)
    throw_deadlock("gridlock::IpcLock::lock");
}

void report_bad_unlock(const IpcLockState& lock, ThreadState* state, ObjectId object,
                       u32 word) noexcept {
  state->ring.add(Op::kUnlock, object, 0, 0);
  const u32 token = word & kTokenMask;
  if (token == 0) return report_misuse(Kind::kMisuseUnlockFree, state, Op::kUnlock, object, 0);
  if (process_of_token(word) == this_process() || this_process() == 0)
    return report_misuse(Kind::kMisuseUnlockNotOwner, state, Op::kUnlock, object,
                         process_of_token(word) == this_process() ? slot_word_of_token(word) : 0);
  report_foreign_unlock(state, object, owner_of(lock, word));
}

// False: it stays, because somebody holds it.
bool may_go(IpcLockState& lock, ThreadState* state, ObjectId object) noexcept {
  const u32 seen = word_of(lock).load(std::memory_order_relaxed);
  const OwnerFate fate = fate_of_owner(seen);
  if ((seen & kTokenMask) == 0 || fate == OwnerFate::kEnded) return true;
  if (fate == OwnerFate::kDied) {
    report_owner_died(state, object, owner_of(lock, seen));
    return true;
  }
  const bool own = process_of_token(seen) == this_process();
  report_misuse(Kind::kMisuseDestroyHeld, state, Op::kDestroy, object,
                own ? slot_word_of_token(seen) : 0);
  if (!owned_by(lock, state)) return false;
  if (Held* const held = find_held(state, object)) drop_held(state, held);
  tsan_unlocking(&lock.object.core);
  return (seen & kWaitersBit) == 0;
}

}  // namespace

IpcLock::IpcLock(std::string_view name, CallSite where)
    : state_(reinterpret_cast<IpcLockState*>(
          make_ipc_object(kType, 0, sizeof(IpcLockState), name, where))) {
  if (state_ == nullptr) throw_error(ENOMEM, "gridlock::IpcLock");
  number_ = state_->object.number.load(std::memory_order_relaxed);
  id_ = known_id(state_->object.core);
}

IpcLock::~IpcLock() {
  tsan_touched(this);
  if (!may_end_ipc_object(&state_->object) || is_static(this)) return;
  ThreadState* const state = this_thread();
  if (is_ended(state_->object, number_, state, Op::kDestroy, id_)) return;
  if (!may_go(*state_, state, id_)) return;
  tsan_destroyed(&state_->object.core);
  tsan_ended(this);
  end_ipc_object(&state_->object, sizeof(IpcLockState));
}

void IpcLock::lock() {
  tsan_touched(this);
  acquire_or_throw(*state_, number_, id_, __builtin_frame_address(0), nullptr);
}

void IpcLock::lock(CallSite where) {
  tsan_touched(this);
  acquire_or_throw(*state_, number_, id_, __builtin_frame_address(0),
                   __builtin_bit_cast(const void*, where));
}

bool IpcLock::try_lock() noexcept {
  tsan_touched(this);
  return try_acquire(*state_, number_, id_, __builtin_frame_address(0), 0);
}

bool IpcLock::try_lock_nanoseconds(std::uint64_t nanoseconds) noexcept {
  tsan_touched(this);
  return try_acquire(*state_, number_, id_, __builtin_frame_address(0), nanoseconds);
}

void IpcLock::unlock() noexcept {
  tsan_touched(this);
  ThreadState* const state = this_thread();
  if (is_ended(state_->object, number_, state, Op::kUnlock, id_)) return;
  const u32 seen = word_of(*state_).load(std::memory_order_relaxed);
  if (!owned_by(*state_, state)) return report_bad_unlock(*state_, state, id_, seen);
  const Release release({kType, Op::kUnlock, id_, nullptr, 0}, __builtin_return_address(0));
  release.drops();
  state_->abandoned.store(0, std::memory_order_relaxed);
  tsan_unlocking(&state_->object.core);
  std::atomic<u32>& word = word_of(*state_);
  if ((word.exchange(0, std::memory_order_release) & kWaitersBit) != 0)
    wake_shared_waiters(word, 1);
}

bool IpcLock::abandoned() const noexcept {
  tsan_touched(this);
  return state_->abandoned.load(std::memory_order_relaxed) != 0;
}

}  // namespace gridlock
