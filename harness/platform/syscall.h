// SPDX-License-Identifier: Apache-2.0
//
// System calls without libc: ThreadSanitizer intercepts libc's wrappers (write and mmap among them)
// and would see synchronisation through file descriptors and memory ranges that the program does
// not have.
#pragma once

#include <sys/syscall.h>

#include "harness/platform/base.h"

namespace gridlock::internal {

/// One system call. Returns what the kernel returns: -errno on failure. errno is not touched.
GRIDLOCK_INLINE i64 raw_syscall(i64 number, i64 a = 0, i64 b = 0, i64 c = 0, i64 d = 0, i64 e = 0,
                                i64 f = 0) noexcept {
#if defined(__x86_64__)
  i64 result;
  register i64 r10 asm("r10") = d;
  register i64 r8 asm("r8") = e;
  register i64 r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register i64 x8 asm("x8") = number;
  register i64 x0 asm("x0") = a;
  register i64 x1 asm("x1") = b;
  register i64 x2 asm("x2") = c;
  register i64 x3 asm("x3") = d;
  register i64 x4 asm("x4") = e;
  register i64 x5 asm("x5") = f;
  asm volatile("svc #0"
               : "+r"(x0)
               : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
               : "memory");
  return x0;
#else
#error "Gridlock knows the system calls of x86-64 and AArch64 Linux only"
#endif
}

template <typename T>
GRIDLOCK_INLINE i64 as_argument(T* pointer) noexcept {
  return static_cast<i64>(reinterpret_cast<uptr>(pointer));
}

}  // namespace gridlock::internal
