// SPDX-License-Identifier: Apache-2.0
//
// Can another thread know a lock at all yet? Not while the thread that made it has released nothing
// since: whoever hands an object over to others, through a lock, a queue or the start of a thread,
// releases something after he has made it. A lock that is held by its maker in that time makes nobody
// wait. (An object that is put into a structure which others read under a lock, and that is locked
// before it is put there, is the usual case.)
#pragma once

#include "harness/runtime/threads.h"

namespace gridlock::internal {

bool init_publication(u32 objects) noexcept;
/// The object gets its id; `stamp` is what its constructor left in its place, 0 if nothing.
void note_made(ObjectId object, u32 stamp) noexcept;
/// Whatever has been made is published. No other thread may run.
void forget_made() noexcept;
/// A thread that nobody saw start may know things in ways that nobody saw: from now on everything
/// counts as published.
void note_stranger() noexcept;
/// The entry `index` of what the thread holds. True only if the thread itself made the lock and has
/// done nothing since but acquire it, and others after it.
bool is_unpublished(const ThreadState* state, u32 index) noexcept;

}  // namespace gridlock::internal
