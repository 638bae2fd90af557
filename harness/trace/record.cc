// SPDX-License-Identifier: Apache-2.0
#include "harness/trace/record.h"

namespace gridlock::internal {

// The caller that the record names is found again by its address; how many of our own frames come
// before it depends on what was inlined.
GRIDLOCK_NOINLINE void Ring::keep_callers(uptr at, uptr address) noexcept {
  Callers* const all = callers();
  u32* const out = &all->low[(at & (kBytes - 1)) / sizeof(Record)][0];
  if (all->stack_top == 0) all->stack_top = gridlock::internal::stack_top();
  constexpr u32 kFrames = 24;
  uptr frames[kFrames];
  const u32 size = walk_callers(__builtin_frame_address(0), all->stack_top, &frames[0], kFrames);
  u32 at_caller = 0;
  while (at_caller < size && frames[at_caller] != address) ++at_caller;
  for (u32 i = 0; i < kCallers; ++i) {
    const u32 next = at_caller + 1 + i;
    out[i] = next < size ? static_cast<u32>(frames[next]) : 0;
  }
}

const char* name_of(Op op) noexcept {
  switch (op) {
    case Op::kNone:
      return "none";
    case Op::kLock:
      return "lock";
    case Op::kTryLock:
      return "try_lock";
    case Op::kUnlock:
      return "unlock";
    case Op::kAcquire:
      return "acquire";
    case Op::kTryAcquire:
      return "try_acquire";
    case Op::kRelease:
      return "release";
    case Op::kCreate:
      return "create";
    case Op::kStart:
      return "start";
    case Op::kJoin:
      return "join";
    case Op::kMeet:
      return "meet";
    case Op::kDestroy:
      return "destroy";
    case Op::kLockShared:
      return "lock_shared";
    case Op::kTryLockShared:
      return "try_lock_shared";
    case Op::kUnlockShared:
      return "unlock_shared";
    case Op::kUpgrade:
      return "upgrade";
    case Op::kWait:
      return "wait";
    case Op::kNotify:
      return "notify";
    case Op::kNotifyAll:
      return "notify_all";
    case Op::kSet:
      return "set";
    case Op::kClear:
      return "clear";
    case Op::kArrive:
      return "arrive";
    case Op::kCallOnce:
      return "call_once";
    case Op::kGet:
      return "get";
    case Op::kTryGet:
      return "try_get";
    case Op::kPut:
      return "put";
    case Op::kTryPut:
      return "try_put";
    case Op::kTaskDone:
      return "task_done";
    case Op::kFulfil:
      return "fulfil";
    case Op::kWrite:
      return "write";
    case Op::kRead:
      return "read";
    case Op::kCommunicate:
      return "communicate";
  }
  return "unknown";
}

}  // namespace gridlock::internal
