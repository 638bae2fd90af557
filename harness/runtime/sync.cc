// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/sync.h"

namespace gridlock::internal {

void before_signal(ThreadState*, const Signal&) noexcept {}
void before_receive(ThreadState*, const Signal&) noexcept {}
void after_receive(ThreadState*, const Signal&) noexcept {}
void retract_signal(ThreadState*, ObjectId) noexcept {}
void before_arrive(ThreadState*, ObjectId, u32) noexcept {}
void after_depart(ThreadState*, ObjectId, u32) noexcept {}
void once_body_begins(ThreadState*, ObjectId) noexcept {}
void once_body_ended(ThreadState*, ObjectId) noexcept {}
void after_once(ThreadState*, ObjectId) noexcept {}
void note_permit_released(ThreadState*, ObjectId, bool) noexcept {}

}  // namespace gridlock::internal
