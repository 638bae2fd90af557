// SPDX-License-Identifier: Apache-2.0
//
// Three words to sleep on, all changed under one mutex: a get sleeps while there are 0 items, a put
// while there is room for 0, a join until the number of undone items has become 0 once more (a
// count of that, because it may be above 0 again before the sleeper looks). The first two carry a
// bit that says closed, so that they are never 0 again after it. A sleeper's word therefore keeps
// its value exactly as long as the wait has to last, which is what the look for deadlocks asks.
//
// A put that has to run code of the program's after it was granted room keeps the room (putting_)
// and releases the mutex. A put that was granted before the queue was closed still counts: the word
// of the items gets its bit when the last such put is over, so no get returns empty before.
#include <gridlock/queue_core.h>

#include "harness/platform/futex.h"
#include "harness/primitives/throw.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/operation.h"
#include "harness/runtime/orders/pools.h"

namespace gridlock::internal {
namespace {

constexpr ObjectType kType = ObjectType::kQueue;
constexpr u32 kClosedBit = 0x80000000u;

}  // namespace

// One of the two directions.
struct QueueCore::Side {
  Op op;
  Op try_op;
  Core& word;
  u32& waiting;
  bool limited;   // there may be nothing to take
  Signal signal;  // that is received
  Signal gives;   // by whoever did
  const char* function;
};

QueueCore::QueueCore(std::uint32_t capacity, std::string_view name, CallSite where) noexcept
    : items_(0, where), room_(capacity, where), done_(0, where), capacity_(capacity) {
  register_named(items_, kType, name);
}

QueueCore::~QueueCore() {
  if (is_gone(static_cast<u8>(Op::kDestroy), __builtin_return_address(0))) return;
  lock(__builtin_return_address(0));
  const bool waited_for = getters_ + putters_ + joiners_ != 0;
  unlock(__builtin_return_address(0));
  tsan_destroyed(&mutex_);
  if (!waited_for) {
    leave_mark(items_, mark_);
    return;
  }
  if (is_static(this)) return;
  report_misuse(Kind::kMisuseDestroyHeld, this_thread(), Op::kDestroy, id_of(items_, kType), 0);
}

// It cannot be as good as new: the items are gone as well. Static storage is not reported (lifetime.h).
bool QueueCore::is_gone(std::uint8_t op, const void* caller) const noexcept {
  const u32 mark = mark_.load(std::memory_order_relaxed);
  if (GRIDLOCK_LIKELY((mark & kDestroyedBit) == 0)) return false;
  tsan_touched(&items_.word, caller);
  if (use_after_destroy(items_, mark_, kType, static_cast<Op>(op)))
    mark_.store(mark, std::memory_order_relaxed);
  return true;
}

void QueueCore::lock(const void* caller) noexcept {
  raw_lock(mutex_);
  tsan_locked(&mutex_, caller);
}

void QueueCore::unlock(const void* caller) noexcept {
  tsan_unlocking(&mutex_, caller);
  raw_unlock(mutex_);
}

// The five that follow: with the mutex held.
void QueueCore::take_room(ThreadState* state) noexcept {
  if (capacity_ == 0) return;
  room_.word.fetch_sub(1);
  after_receive(state, {known_id(items_), Channel::kRoom, Rule::kCounted, capacity_});
}

// True: a waiter for room is to be woken.
bool QueueCore::give_room(ThreadState* state) noexcept {
  if (capacity_ == 0) return false;
  if (owed_rooms_ != 0) {
    --owed_rooms_;
    return false;
  }
  before_signal(state, {known_id(items_), Channel::kRoom, Rule::kCounted, capacity_});
  room_.word.fetch_add(1);
  return putters_ != 0;
}

void QueueCore::give_item(ThreadState* state) noexcept {
  before_signal(state, {known_id(items_), Channel::kSignal, Rule::kCounted, 0});
  items_.word.fetch_add(1);
}

// True: from now on no item comes any more, and all waiters for an item are to be woken. Who closes a closed queue
// could have been the first.
bool QueueCore::end_of_items(ThreadState* state) noexcept {
  const bool was_closed = (items_.word.load(std::memory_order_relaxed) & kClosedBit) != 0;
  const bool closes = (room_.word.load(std::memory_order_relaxed) & kClosedBit) != 0;
  if (!closes || putting_ != 0) return false;
  end_waits(state, {known_id(items_), Channel::kSignal, Rule::kCounted, 0});
  if (was_closed) return false;
  items_.word.fetch_or(kClosedBit);
  return true;
}

WaitResult QueueCore::begin(const Side& side, std::uint64_t nanoseconds, const void* frame) {
  const Op op = nanoseconds == kNoTimeout ? side.op : side.try_op;
  Request request({kType, op, side.signal.object, &side.word.word, nanoseconds}, frame);
  if (side.limited) request.receives(side.signal);
  bool closed = false;
  bool counted = false;  // among those that wait
  const WaitResult result = request.wait([&](u32&) {
    lock(request.caller());
    if (counted) --side.waiting;
    counted = false;
    const u32 word = side.word.word.load(std::memory_order_relaxed);
    const bool is_there = !side.limited ? (word & kClosedBit) == 0 : (word & ~kClosedBit) != 0;
    // Items left in a closed queue can be taken, but none can be put.
    if (is_there && (&side.word == &items_ || (word & kClosedBit) == 0)) return Look::kGranted;
    closed = (word & kClosedBit) != 0;
    counted = !closed && nanoseconds != 0;
    if (counted) ++side.waiting;
    unlock(request.caller());
    return closed ? Look::kGranted : Look::kHeld;
  });
  if (counted) {
    lock(request.caller());
    --side.waiting;
    closed = (side.word.word.load(std::memory_order_relaxed) & kClosedBit) != 0;
    unlock(request.caller());
  }
  if (closed) {
    if (side.limited) after_end(request.state(), side.signal);
    if (side.gives.object != 0) comes_too_late(request.state(), side.gives);
    return WaitResult::kClosed;
  }
  if (result == WaitResult::kDeadlock) throw_deadlock(side.function);
  return result;
}

WaitResult QueueCore::begin_put(std::uint64_t nanoseconds) {
  if (is_gone(static_cast<u8>(Op::kPut), __builtin_return_address(0))) return WaitResult::kGone;
  const Signal room{id_of(items_, kType), Channel::kRoom, Rule::kCounted, capacity_};
  const Signal item{room.object, Channel::kSignal, Rule::kCounted, 0};
  const Side side{Op::kPut,       Op::kTryPut, room_, putters_,
                  capacity_ != 0, room,        item,  "gridlock::Queue::put"};
  return begin(side, nanoseconds, __builtin_frame_address(0));
}

void QueueCore::end_put() noexcept {
  ThreadState* const state = this_thread();
  state->ring.grant();
  take_room(state);
  give_item(state);
  ++undone_;
  used_ = true;
  const bool wake = getters_ != 0;
  unlock(__builtin_return_address(0));
  if (wake) wake_waiters(items_.word, 1);
}

void QueueCore::hold_put() noexcept {
  ThreadState* const state = this_thread();
  state->ring.grant();
  take_room(state);
  ++putting_;
  unlock(__builtin_return_address(0));
}

void QueueCore::resume_put() noexcept { lock(__builtin_return_address(0)); }

void QueueCore::end_held_put() noexcept {
  ThreadState* const state = this_thread();
  give_item(state);
  ++undone_;
  used_ = true;
  --putting_;
  const u32 wake = end_of_items(state) ? kAll : getters_ != 0 ? 1 : 0;
  unlock(__builtin_return_address(0));
  if (wake != 0) wake_waiters(items_.word, wake);
}

void QueueCore::cancel_put() noexcept {
  lock(__builtin_return_address(0));
  ThreadState* const state = this_thread();
  --putting_;
  const bool wake_putter = give_room(state);
  const bool wake_getters = end_of_items(state);
  unlock(__builtin_return_address(0));
  if (wake_putter) wake_waiters(room_.word, 1);
  if (wake_getters) wake_waiters(items_.word, kAll);
}

WaitResult QueueCore::begin_get(std::uint64_t nanoseconds) {
  if (is_gone(static_cast<u8>(Op::kGet), __builtin_return_address(0))) return WaitResult::kGone;
  const Signal item{id_of(items_, kType), Channel::kSignal, Rule::kCounted, 0};
  const Signal room{capacity_ != 0 ? item.object : 0, Channel::kRoom, Rule::kCounted, capacity_};
  const Side side{Op::kGet, Op::kTryGet, items_, getters_,
                  true,     item,        room,   "gridlock::Queue::get"};
  return begin(side, nanoseconds, __builtin_frame_address(0));
}

void QueueCore::end_get() noexcept {
  ThreadState* const state = this_thread();
  state->ring.grant();
  items_.word.fetch_sub(1);
  after_receive(state, {known_id(items_), Channel::kSignal, Rule::kCounted, 0});
  const bool wake = give_room(state);
  unlock(__builtin_return_address(0));
  if (wake) wake_waiters(room_.word, 1);
}

void QueueCore::begin_return() noexcept { lock(__builtin_return_address(0)); }

void QueueCore::end_return() noexcept {
  ThreadState* const state = this_thread();
  if (capacity_ != 0) {
    const bool is_room = (room_.word.load(std::memory_order_relaxed) & ~kClosedBit) != 0;
    if (is_room) {
      take_room(state);
    } else {
      ++owed_rooms_;
    }
  }
  give_item(state);
  const bool wake = getters_ != 0;
  unlock(__builtin_return_address(0));
  if (wake) wake_waiters(items_.word, 1);
}

void QueueCore::task_done() noexcept {
  const void* const caller = __builtin_return_address(0);
  if (is_gone(static_cast<u8>(Op::kTaskDone), caller)) return;
  const Release release({kType, Op::kTaskDone, id_of(items_, kType), nullptr, 0}, caller, 0);
  lock(caller);
  if (undone_ == 0) {
    unlock(caller);
    report_misuse(Kind::kMisuseReleaseOverBound, release.state(), Op::kTaskDone, release.object(),
                  0);
    return;
  }
  release.granted();
  release.signals({release.object(), Channel::kDone, Rule::kItems});
  bool wake = false;
  if (--undone_ == 0) {
    done_.word.fetch_add(1);
    wake = joiners_ != 0;
  }
  unlock(caller);
  if (wake) wake_waiters(done_.word, kAll);
}

// A join needs a signal only if there was ever something to do.
void QueueCore::join() {
  const void* const caller = __builtin_return_address(0);
  if (is_gone(static_cast<u8>(Op::kJoin), caller)) return;
  Request request({kType, Op::kJoin, id_of(items_, kType), &done_.word, kNoTimeout},
                  __builtin_frame_address(0));
  const Signal signal{request.object(), Channel::kDone, Rule::kItems};
  lock(caller);
  const bool used = used_;
  unlock(caller);
  if (used) request.receives(signal);
  lock(caller);
  const u32 before = done_.word.load(std::memory_order_relaxed);
  const bool waits = undone_ != 0;
  if (waits) ++joiners_;
  unlock(caller);
  if (waits) {
    const WaitResult result = request.wait([&](u32& expected) {
      expected = before;
      return done_.word.load() != before ? Look::kGranted : Look::kHeld;
    });
    lock(caller);
    --joiners_;
    unlock(caller);
    if (result == WaitResult::kDeadlock) throw_deadlock("gridlock::Queue::join");
  }
  request.granted();
  if (used) after_receive(request.state(), signal);
}

void QueueCore::close() noexcept {
  if (is_gone(static_cast<u8>(Op::kClear), __builtin_return_address(0))) return;
  ThreadState* const state = this_thread();
  const ObjectId object = id_of(items_, kType);
  reach_point(state, {kType, Op::kClear, object, nullptr, 0});
  lock(__builtin_return_address(0));
  room_.word.fetch_or(kClosedBit);
  const bool wake_getters = end_of_items(state);
  if (capacity_ != 0) end_waits(state, {object, Channel::kRoom, Rule::kCounted, capacity_});
  unlock(__builtin_return_address(0));
  if (wake_getters) wake_waiters(items_.word, kAll);
  wake_waiters(room_.word, kAll);
}

void QueueCore::emptied_by(std::uint32_t pool) noexcept {
  pool_empties_queue(id_of(items_, kType), pool);
}

bool QueueCore::closed() const noexcept {
  tsan_touched(&items_.word);
  if (is_gone(static_cast<u8>(Op::kGet), __builtin_return_address(0))) return true;
  return (room_.word.load(std::memory_order_relaxed) & kClosedBit) != 0;
}

std::uint32_t QueueCore::size() const noexcept {
  tsan_touched(&items_.word);
  if (is_gone(static_cast<u8>(Op::kGet), __builtin_return_address(0))) return 0;
  return items_.word.load(std::memory_order_relaxed) & ~kClosedBit;
}

}  // namespace gridlock::internal
