// SPDX-License-Identifier: Apache-2.0
//
// Which of our threads a pthread_t is.
#pragma once

#include <pthread.h>

#include "harness/platform/base.h"

namespace gridlock::internal {

/// False when there is no memory.
bool init_thread_names() noexcept;
/// By the thread that starts it and by itself, whoever comes first; libc gives the same pthread_t to a later
/// thread, which has a higher number.
void note_thread(pthread_t native, u32 number) noexcept;
/// 0: not known.
u32 number_of(pthread_t native) noexcept;

/// A thread that was cancelled has not ended yet: whatever it waits for, it may go on.
bool cancellation_is_pending() noexcept;
void note_end_of_thread(u32 number) noexcept;

}  // namespace gridlock::internal
