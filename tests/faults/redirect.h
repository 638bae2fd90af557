// SPDX-License-Identifier: Apache-2.0
//
// Comes before each file of the observer in the build for fault injection, and only there: its
// system calls go through a function that counts them and can let one fail. The observer's own files
// are the same as ever.
#pragma once

#include "harness/platform/syscall.h"

namespace gridlock::internal {

/// raw_syscall(), except for the call whose number the environment has (faulty_syscall.cc).
i64 faulty_syscall(i64 call, i64 a = 0, i64 b = 0, i64 c = 0, i64 d = 0, i64 e = 0,
                   i64 f = 0) noexcept;

}  // namespace gridlock::internal

// NOLINTNEXTLINE(readability-identifier-naming): it takes the place of a function
#define raw_syscall ::gridlock::internal::faulty_syscall
