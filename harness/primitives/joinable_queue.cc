// SPDX-License-Identifier: Apache-2.0
//
// Three counters are the whole state: how many items were put, taken and done. Each operation copies
// its item first and then changes one counter with one store, so a process killed in between has
// done all of it or nothing. The words that others sleep on are made from the counters, by each
// operation and by the process that inherits the mutex from a dead one.
#include <gridlock/joinable_queue_core.h>

#include <errno.h>

#include "harness/primitives/throw.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/operation.h"
#include "harness/runtime/process_tree/shared_objects.h"

namespace gridlock::internal {

struct JoinableQueueState {
  IpcObject object;  // its word: how many items there are
  Core room;         // word: how many more go in
  Core done;         // word: how often the last item that was not done became done
  RobustWord mutex;  // guards what follows, and changes of the words
  u32 capacity;
  u32 item_bytes;
  u64 bytes;  // of all of this
  std::atomic<u64> put;
  std::atomic<u64> taken;
  std::atomic<u64> finished;
  std::atomic<u32> getters;  // that wait; too high once one of them was killed
  std::atomic<u32> putters;
  std::atomic<u32> joiners;
};

namespace {

constexpr ObjectType kType = ObjectType::kJoinableQueue;

// Not atomic in themselves: only the holder of the mutex reads and writes them.
GRIDLOCK_INLINE u64 value(const std::atomic<u64>& counter) noexcept {
  return counter.load(std::memory_order_relaxed);
}
// One store, after the item was copied.
GRIDLOCK_INLINE void count(std::atomic<u64>& counter) noexcept {
  counter.store(value(counter) + 1, std::memory_order_release);
}

u32 items_of(const JoinableQueueState& queue) noexcept {
  return static_cast<u32>(value(queue.put) - value(queue.taken));
}

bool all_done(const JoinableQueueState& queue) noexcept {
  return value(queue.put) == value(queue.finished);
}

void set_words(JoinableQueueState& queue) noexcept {
  queue.object.core.word.store(items_of(queue));
  queue.room.word.store(queue.capacity - items_of(queue));
}

void wake_everybody(JoinableQueueState& queue) noexcept {
  for (Core* const core : {&queue.object.core, &queue.room, &queue.done})
    wake_shared_waiters(core->word, kAll);
}

void lock(JoinableQueueState& queue) noexcept {
  const bool inherited = robust_lock(queue.mutex);
  tsan_locked(&queue.mutex);
  if (!inherited) return;
  set_words(queue);
  if (all_done(queue)) queue.done.word.fetch_add(1);
  wake_everybody(queue);
}

void unlock(JoinableQueueState& queue) noexcept {
  tsan_unlocking(&queue.mutex);
  robust_unlock(queue.mutex);
}

char* place_of(JoinableQueueState& queue, u64 item) noexcept {
  return reinterpret_cast<char*>(&queue + 1) + (item % queue.capacity) * queue.item_bytes;
}

void copy(const char* from, char* to, u32 bytes) noexcept {
  for (u32 i = 0; i < bytes; ++i) to[i] = from[i];
}

// One of the two directions.
struct Side {
  Core& word;
  std::atomic<u32>& waiting;
  const char* function;
};

// Waits until the side's word is not 0. True: it is so, and the mutex is held.
bool begin(JoinableQueueState& queue, Request& request, const Side& side) {
  request.guarded_by(queue.mutex);
  bool counted = false;  // among those that wait
  const WaitResult result = request.wait([&](u32&) {
    lock(queue);
    if (counted) side.waiting.fetch_sub(1);
    counted = side.word.word.load(std::memory_order_relaxed) == 0;
    if (!counted) return Look::kGranted;
    side.waiting.fetch_add(1);
    unlock(queue);
    return Look::kHeld;
  });
  if (result == WaitResult::kGranted) return true;
  side.waiting.fetch_sub(1);
  if (result == WaitResult::kDeadlock) throw_deadlock(side.function);
  return false;
}

}  // namespace

JoinableQueueCore::JoinableQueueCore(std::uint32_t capacity, std::uint32_t item_bytes,
                                     std::string_view name, CallSite where) {
  if (capacity == 0 || capacity > (1u << 30)) throw_error(EINVAL, "gridlock::JoinableQueue");
  const u64 bytes = sizeof(JoinableQueueState) + u64{capacity} * item_bytes;
  state_ = reinterpret_cast<JoinableQueueState*>(make_ipc_object(kType, 0, bytes, name, where));
  if (state_ == nullptr) throw_error(ENOMEM, "gridlock::JoinableQueue");
  state_->capacity = capacity;
  state_->item_bytes = item_bytes;
  state_->bytes = bytes;
  set_words(*state_);
  number_ = state_->object.number.load(std::memory_order_relaxed);
  id_ = known_id(state_->object.core);
}

// A process that was killed while it waited is still counted; so after a death the memory stays.
JoinableQueueCore::~JoinableQueueCore() {
  tsan_touched(this);
  if (!may_end_ipc_object(&state_->object) || is_static(this)) return;
  ThreadState* const state = this_thread();
  if (is_ended(state_->object, number_, state, Op::kDestroy, id_)) return;
  tsan_ended(this);  // before the mutex orders it with what others did
  lock(*state_);
  const bool waited_for =
      state_->getters.load() + state_->putters.load() + state_->joiners.load() != 0;
  unlock(*state_);
  if (waited_for) {
    if (!some_process_died()) report_misuse(Kind::kMisuseDestroyHeld, state, Op::kDestroy, id_, 0);
    return;
  }
  tsan_destroyed(&state_->mutex);
  end_ipc_object(&state_->object, state_->bytes);
}

bool JoinableQueueCore::put(const void* item, std::uint64_t nanoseconds) {
  tsan_touched(this);
  ThreadState* const state = this_thread();
  const Op op = nanoseconds == kNoTimeout ? Op::kPut : Op::kTryPut;
  if (is_ended(state_->object, number_, state, op, id_)) return false;
  Request request({kType, op, id_, &state_->room.word, nanoseconds}, __builtin_frame_address(0));
  const Side side{state_->room, state_->putters, "gridlock::JoinableQueue::put"};
  if (!begin(*state_, request, side)) return false;
  request.granted();
  copy(static_cast<const char*>(item), place_of(*state_, value(state_->put)), state_->item_bytes);
  count(state_->put);
  set_words(*state_);
  const bool wake = state_->getters.load() != 0;
  std::atomic<u32>& word = state_->object.core.word;
  unlock(*state_);
  if (wake) wake_shared_waiters(word, 1);
  return true;
}

bool JoinableQueueCore::get(void* item, std::uint64_t nanoseconds) {
  tsan_touched(this);
  ThreadState* const state = this_thread();
  const Op op = nanoseconds == kNoTimeout ? Op::kGet : Op::kTryGet;
  if (is_ended(state_->object, number_, state, op, id_)) return false;
  Request request({kType, op, id_, &state_->object.core.word, nanoseconds},
                  __builtin_frame_address(0));
  const Side side{state_->object.core, state_->getters, "gridlock::JoinableQueue::get"};
  if (!begin(*state_, request, side)) return false;
  request.granted();
  copy(place_of(*state_, value(state_->taken)), static_cast<char*>(item), state_->item_bytes);
  count(state_->taken);
  set_words(*state_);
  const bool wake = state_->putters.load() != 0;
  std::atomic<u32>& word = state_->room.word;
  unlock(*state_);
  if (wake) wake_shared_waiters(word, 1);
  return true;
}

void JoinableQueueCore::task_done() noexcept {
  tsan_touched(this);
  ThreadState* const state = this_thread();
  if (is_ended(state_->object, number_, state, Op::kTaskDone, id_)) return;
  const Release release({kType, Op::kTaskDone, id_, nullptr, 0}, __builtin_return_address(0), 0);
  lock(*state_);
  if (all_done(*state_)) {
    unlock(*state_);
    return report_misuse(Kind::kMisuseReleaseOverBound, state, Op::kTaskDone, id_, 0);
  }
  release.granted();
  count(state_->finished);
  bool wake = false;
  if (all_done(*state_)) {
    state_->done.word.fetch_add(1);
    wake = state_->joiners.load() != 0;
  }
  std::atomic<u32>& word = state_->done.word;
  unlock(*state_);
  if (wake) wake_shared_waiters(word, kAll);
}

void JoinableQueueCore::join() {
  tsan_touched(this);
  ThreadState* const state = this_thread();
  if (is_ended(state_->object, number_, state, Op::kJoin, id_)) return;
  Request request({kType, Op::kJoin, id_, &state_->done.word, kNoTimeout},
                  __builtin_frame_address(0));
  lock(*state_);
  const u32 before = state_->done.word.load(std::memory_order_relaxed);
  const bool waits = !all_done(*state_);
  if (waits) state_->joiners.fetch_add(1);
  unlock(*state_);
  if (waits) {
    request.guarded_by(state_->mutex);
    const WaitResult result = request.wait([&](u32& expected) {
      lock(*state_);  // if inherited, it puts the word right
      unlock(*state_);
      expected = before;
      return state_->done.word.load() != before ? Look::kGranted : Look::kHeld;
    });
    state_->joiners.fetch_sub(1);
    if (result == WaitResult::kDeadlock) throw_deadlock("gridlock::JoinableQueue::join");
  }
  request.granted();
}

std::uint32_t JoinableQueueCore::size() const noexcept {
  tsan_touched(this);
  return state_->object.core.word.load(std::memory_order_relaxed);
}

std::uint32_t JoinableQueueCore::capacity() const noexcept {
  tsan_touched(this);
  return state_->capacity;
}

}  // namespace gridlock::internal
