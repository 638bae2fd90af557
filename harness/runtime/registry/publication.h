// SPDX-License-Identifier: Apache-2.0
//
// Analysis's publication.h for the threads and objects of this process. (An object that is put into a
// structure which others read under a lock, and that is locked before it is put there, is the usual
// case.)
#pragma once

#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

bool init_publication(u32 objects) noexcept;
/// The object gets its id; `stamp` is what its constructor left in its place, 0 if nothing.
void note_made(ObjectId object, u32 stamp) noexcept;
/// Whatever has been made is published. No other thread may run.
void forget_made() noexcept;
/// A thread that nobody saw start may know things in ways that nobody saw: from now on everything
/// counts as published.
void note_untracked_thread() noexcept;
/// Where the thread is, as is_unpublished() wants it.
u32 epoch_of(const ThreadState* state) noexcept;
/// In which epoch of the thread the object was made by it; 0: another thread made it, or nobody knows.
u32 made_by(const ThreadState* state, ObjectId object) noexcept;
/// Something that the thread holds, in its epoch. True only if the thread itself made the lock and has
/// done nothing since but acquire it, and others.
bool is_unpublished(const ThreadState* state, ObjectId object, u32 epoch) noexcept;

}  // namespace gridlock::internal
