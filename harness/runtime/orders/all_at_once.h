// SPDX-License-Identifier: Apache-2.0
//
// std::lock and std::scoped_lock wait for one of their locks and try the others; if one of those is not
// free, all are given back and that one is waited for. So with something else held, each lock that was
// found free is one that the thread would have waited for. A try alone does not say that, so the call is
// recognised, by three things together:
//   - the standard library's own code makes the try: std::lock calls std::unique_lock::try_lock;
//   - the thread's last operation was to wait for, or to take at once, another lock that it still holds;
//   - or it was such a try itself.
// For locks of one type this recognises libstdc++'s std::lock, whichever lock it begins with. Not recognised, and
// seen only when it waits: locks of several types in one call, a wrapper of the user's around a lock, and
// a loop of the user's own that tries and backs off.
#pragma once

#include "harness/runtime/orders/order.h"

namespace gridlock::internal {

/// Before a try: how many things the thread held before it called std::lock; 0: nothing, or the caller is
/// not std::lock.
u32 held_before_std_lock(const ThreadState* state, CallSite caller) noexcept;
/// After a try of std::lock that found the lock free: it is held by now.
void note_found_free(ThreadState* state, ObjectId object, Ask ask, u32 held_before) noexcept;

}  // namespace gridlock::internal
