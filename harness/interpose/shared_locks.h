// SPDX-License-Identifier: Apache-2.0
//
// What mutexes, read-write locks and semaphores that processes share have in common (PTHREAD_PROCESS_SHARED; runtime/process_tree/followed.h).
// In bytes that glibc leaves alone lies what all processes of one `gridlock exec` know of them: the number with the stamp
// of the run, in the place of the mark that private ones have, and a holder as process and slot. A mark of another run stays:
// such a lock is not watched.
#pragma once

#include "harness/interpose/mark.h"
#include "harness/interpose/watch.h"
#include "harness/runtime/process_tree/followed.h"

namespace gridlock::internal {

inline constexpr ObjectType kSharedType = ObjectType::kProcessLock;

/// Its number in this process; gives it one on first use. 0: it is not watched.
ObjectId id_of_shared(Mark& mark, ObjectType type = kSharedType) noexcept;
/// libc has initialised it, called from the function with this frame.
void note_new_shared(Mark& mark, const void* frame, ObjectType type = kSharedType) noexcept;

/// The calling thread has one more, or one less.
void note_shared_held() noexcept;
void note_shared_left() noexcept;
/// It ends: what it has it leaves behind, which is nothing to tell of.
void leave_shared(ThreadState* state) noexcept;

/// The calling process is one that is watched, and the holder named there is this thread of it.
GRIDLOCK_INLINE bool names(const std::atomic<u32>& token, const ThreadState* state) noexcept {
  return followed_process() != 0 && token.load() == followed_token(state);
}

}  // namespace gridlock::internal
