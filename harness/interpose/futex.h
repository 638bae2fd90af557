// SPDX-License-Identifier: Apache-2.0
//
// Waits by the system call futex itself, through libc's syscall(): the waits of std::atomic, latch, barrier, semaphore and future,
// and the locks of other libraries and languages.
#pragma once

namespace gridlock::internal {

/// The calling thread is in the C++ library for a once flag whose wait is published already.
extern __thread bool tls_waits_inside __attribute__((tls_model("initial-exec")));

/// A thread waits where another process may wake it.
bool may_be_woken_from_outside() noexcept;

}  // namespace gridlock::internal
