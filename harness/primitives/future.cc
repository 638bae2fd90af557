// SPDX-License-Identifier: Apache-2.0
//
// The word is 0 while the result is pending and 1 afterwards; a thread that finds 0 counts itself
// in waiting_ and sleeps on it. The count of references is kept here, unseen by ThreadSanitizer: a
// thread that lets go is ordered with the one that destroys, and with nobody else.
#include <gridlock/future_state.h>

#include <errno.h>

#include "harness/primitives/throw.h"
#include "harness/runtime/findings/lifetime.h"
#include "harness/runtime/operation.h"
#include "harness/runtime/orders/pools.h"

namespace gridlock::internal {
namespace {

constexpr ObjectType kType = ObjectType::kFuture;

GRIDLOCK_INLINE Signal fulfilment(ObjectId object) noexcept {
  return {object, Channel::kSignal, Rule::kOnce};
}

WaitResult wait_while_pending(Core& core, std::atomic<u32>& waiting, Request& request) noexcept {
  waiting.fetch_add(1);
  const WaitResult result =
      request.wait([&](u32&) { return core.word.load() != 0 ? Look::kGranted : Look::kHeld; });
  waiting.fetch_sub(1);
  return result;
}

FutureWatch* no_more_watches() noexcept {
  static FutureWatch mark;  // constant initialised; only its address counts
  return &mark;
}

WaitResult wait_for_value(Core& core, std::atomic<u32>& waiting, const Operation& operation,
                          const void* frame) noexcept {
  Request request(operation, frame);
  request.receives(fulfilment(operation.object));
  if (core.word.load() == 0) {
    if (operation.nanoseconds == 0) return WaitResult::kTimedOut;
    const WaitResult result = wait_while_pending(core, waiting, request);
    if (result != WaitResult::kGranted) return result;
  }
  request.granted();
  after_receive(request.state(), fulfilment(operation.object));
  tsan_acquire(&core);
  return WaitResult::kGranted;
}

GRIDLOCK_INLINE void wait_or_throw(Core& core, std::atomic<u32>& waiting, Op op, const void* frame,
                                   const char* function) {
  if (!may_use(core, waiting, kType, op, caller_of(frame))) throw_error(EINVAL, function);
  const Operation wait{kType, op, id_of(core, kType), &core.word, kNoTimeout};
  if (wait_for_value(core, waiting, wait, frame) != WaitResult::kGranted) throw_deadlock(function);
}

}  // namespace

FutureState::FutureState(std::string_view name, CallSite where) noexcept : core_(0, where) {
  register_named(core_, kType, name);
}

void FutureState::keep() noexcept {
  tsan_touched(&core_.word);
  references_.fetch_add(1, std::memory_order_relaxed);
}

// A reference that is destroyed twice lets go twice, the second time of memory that is given back.
bool FutureState::let_go() noexcept {
  if (!is_usable(core_, waiting_, kType, Op::kDestroy)) return false;
  tsan_release(&references_);
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return false;
  tsan_acquire(&references_);
  leave_mark(core_, waiting_);
  return true;
}

void FutureState::get() {
  wait_or_throw(core_, waiting_, Op::kGet, __builtin_frame_address(0), "gridlock::Future::get");
}

void FutureState::wait() {
  wait_or_throw(core_, waiting_, Op::kWait, __builtin_frame_address(0), "gridlock::Future::wait");
}

bool FutureState::wait_nanoseconds(std::uint64_t nanoseconds) noexcept {
  if (!may_use(core_, waiting_, kType, Op::kWait)) return false;
  const Operation wait{kType, Op::kWait, id_of(core_, kType), &core_.word, nanoseconds};
  return wait_for_value(core_, waiting_, wait, __builtin_frame_address(0)) == WaitResult::kGranted;
}

bool FutureState::claim() noexcept {
  return may_use(core_, waiting_, kType, Op::kFulfil) && !claimed_.exchange(true);
}
void FutureState::unclaim() noexcept { claimed_.store(false); }

void FutureState::fulfil() noexcept {
  const Release release({kType, Op::kFulfil, id_of(core_, kType), nullptr, 0},
                        __builtin_return_address(0));
  release.signals(fulfilment(release.object()));
  tsan_release(&core_);
  core_.word.store(1);  // seq_cst, as is the count: one of both sides sees the other
  if (waiting_.load() != 0) wake_waiters(core_.word, kAll);
  FutureWatch* watch = watches_.exchange(no_more_watches());
  tsan_acquire(&watches_);
  while (watch != nullptr) {
    FutureWatch* const next = watch->next;
    watch->call(watch);
    watch = next;
  }
}

void FutureState::queued_in(std::uint32_t pool) noexcept {
  const ObjectId object = id_of(core_, kType);
  made_by_callers(object, __builtin_frame_address(0));  // the code that submits the task
  task_queued(this_thread(), object, pool);
}

std::uint32_t FutureState::task_begins() noexcept {
  return task_begun(this_thread(), id_of(core_, kType));
}

void FutureState::task_over(std::uint32_t before) noexcept { task_ended(this_thread(), before); }

// The thread that fulfils takes the whole list at once and leaves a mark, which later watches find.
bool FutureState::watch(FutureWatch* watch) noexcept {
  FutureWatch* head = watches_.load();
  do {
    if (head == no_more_watches()) return false;
    watch->next = head;
    tsan_release(&watches_);
  } while (!watches_.compare_exchange_weak(head, watch));
  return true;
}

}  // namespace gridlock::internal
