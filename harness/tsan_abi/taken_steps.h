// SPDX-License-Identifier: Apache-2.0
//
// What an execution that is followed did, step by step, with the values that were read and written. A search pays
// nothing for it: the calls below stand where following.h is asked anyhow, behind the limit of the steps and that of
// accesses that are no points.
//
// One thread runs at a time, so between two calls here only one did anything. The value before an operation is what
// memory has when its thread goes on from the point of it; the value behind it, for which a store would have to be seen
// that comes after its announcement, is what memory has at the next call, whoever makes it.
#pragma once

#include "harness/tsan_abi/facts.h"

namespace gridlock::internal::controlled {

void begin_taking(Followed& followed) noexcept;
/// The thread that runs is at its point.
void take_step(const Step& step, u32 what) noexcept;
/// An access that is no point, unless so many were that this one is: then true, and it comes again as a step.
bool take_access(const Step& step, u32 what, uptr place) noexcept;
/// The thread that runs stops for `next`, which may be itself, at its point or (`waits`) because it has to.
void take_stop(ThreadNumber next, bool waits) noexcept;
/// It goes on.
void take_return(bool waited) noexcept;
/// The thread that runs has read another value than the newest one (weak_memory.h).
void take_read(u64 value) noexcept;
/// The thread that runs will change memory without an announcement: what it wrote there is looked at before.
void take_before_free() noexcept;
/// The execution is over, by this failure or by none.
void end_taking(Failure failure) noexcept;

}  // namespace gridlock::internal::controlled
