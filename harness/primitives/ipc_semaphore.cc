// SPDX-License-Identifier: Apache-2.0
//
// As semaphore.cc. A process that is killed while it waits leaves `waiting` one too high, which costs
// a wake-up that nobody needs. Between processes no single signaller can be known, so a permit gives
// no order and no edge of the lock-order graph.
#include <gridlock/ipc_semaphore.h>

#include <errno.h>

#include "harness/primitives/throw.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/operation.h"
#include "harness/runtime/process_tree/shared_objects.h"

namespace gridlock {

namespace internal {

struct IpcSemaphoreState {
  IpcObject object;  // its word: the permits left
  std::atomic<u32> waiting;
};

}  // namespace internal

using namespace internal;  // NOLINT(google-build-using-namespace): this file is the inside of the
                           // wall

namespace {

constexpr ObjectType kType = ObjectType::kIpcSemaphore;

bool take_permit(Core& core) noexcept {
  u32 permits = core.word.load(std::memory_order_relaxed);
  while (permits != 0) {
    if (core.word.compare_exchange_weak(permits, permits - 1, std::memory_order_acquire,
                                        std::memory_order_relaxed))
      return true;
  }
  return false;
}

WaitResult wait_for_permit(IpcSemaphoreState& semaphore, Request& request) noexcept {
  semaphore.waiting.fetch_add(1);
  const WaitResult result = request.wait(
      [&](u32&) { return take_permit(semaphore.object.core) ? Look::kGranted : Look::kHeld; });
  semaphore.waiting.fetch_sub(1);
  return result;
}

WaitResult acquire_permit(IpcSemaphoreState& semaphore, Op op, ObjectId object, const void* frame,
                          u64 nanoseconds) noexcept {
  Core& core = semaphore.object.core;
  Request request({kType, op, object, &core.word, nanoseconds}, frame);
  if (!take_permit(core)) {
    if (nanoseconds == 0) return WaitResult::kTimedOut;
    const WaitResult result = wait_for_permit(semaphore, request);
    if (result != WaitResult::kGranted) return result;
  }
  after_acquire(request.state(), object, 0);
  tsan_acquire(&core);
  return WaitResult::kGranted;
}

}  // namespace

IpcSemaphore::IpcSemaphore(std::uint32_t permits, std::string_view name, CallSite where)
    : state_(reinterpret_cast<IpcSemaphoreState*>(
          make_ipc_object(kType, permits, sizeof(IpcSemaphoreState), name, where))) {
  if (state_ == nullptr) throw_error(ENOMEM, "gridlock::IpcSemaphore");
  number_ = state_->object.number.load(std::memory_order_relaxed);
  id_ = known_id(state_->object.core);
}

// A process that was killed while it waited is still counted; so after a death the memory stays.
IpcSemaphore::~IpcSemaphore() {
  tsan_touched(this);
  if (!may_end_ipc_object(&state_->object) || is_static(this)) return;
  ThreadState* const state = this_thread();
  if (is_ended(state_->object, number_, state, Op::kDestroy, id_)) return;
  if (state_->waiting.load(std::memory_order_relaxed) != 0) {
    if (!some_process_died()) report_misuse(Kind::kMisuseDestroyHeld, state, Op::kDestroy, id_, 0);
    return;
  }
  tsan_ended(this);
  end_ipc_object(&state_->object, sizeof(IpcSemaphoreState));
}

void IpcSemaphore::acquire() {
  tsan_touched(this);
  ThreadState* const state = this_thread();
  if (is_ended(state_->object, number_, state, Op::kAcquire, id_)) return;
  if (acquire_permit(*state_, Op::kAcquire, id_, __builtin_frame_address(0), kNoTimeout) !=
      WaitResult::kGranted)
    throw_deadlock("gridlock::IpcSemaphore::acquire");
}

bool IpcSemaphore::try_acquire() noexcept {
  tsan_touched(this);
  ThreadState* const state = this_thread();
  if (is_ended(state_->object, number_, state, Op::kTryAcquire, id_)) return false;
  return acquire_permit(*state_, Op::kTryAcquire, id_, __builtin_frame_address(0), 0) ==
         WaitResult::kGranted;
}

bool IpcSemaphore::try_acquire_nanoseconds(std::uint64_t nanoseconds) noexcept {
  tsan_touched(this);
  ThreadState* const state = this_thread();
  if (is_ended(state_->object, number_, state, Op::kTryAcquire, id_)) return false;
  return acquire_permit(*state_, Op::kTryAcquire, id_, __builtin_frame_address(0), nanoseconds) ==
         WaitResult::kGranted;
}

void IpcSemaphore::release(std::uint32_t count) noexcept {
  tsan_touched(this);
  ThreadState* const state = this_thread();
  if (is_ended(state_->object, number_, state, Op::kRelease, id_)) return;
  Core& core = state_->object.core;
  const Operation one{kType, Op::kRelease, id_, nullptr, 0};
  for (std::uint32_t i = 0; i < count; ++i) {
    const Release release(one, __builtin_return_address(0));
    before_release(release.state(), id_);
    tsan_release(&core);
    core.word.fetch_add(1);
    if (state_->waiting.load() != 0) wake_shared_waiters(core.word, 1);
  }
}

}  // namespace gridlock
