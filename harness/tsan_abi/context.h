// SPDX-License-Identifier: Apache-2.0
//
// Going on as another thread without the kernel: the registers that a call keeps, the stack pointer, and
// the base of FS, behind which thread-local storage lies. About 30 ns; where the processor or the kernel has
// no wrfsbase, a system call more.
#pragma once

#include "harness/platform/base.h"

extern "C" {
/// Keeps the registers of the caller on its stack, stores where that is, and goes on where `to` was stored.
void gridlock_switch_context(void** from, void* to);
/// The first return address on a new stack: calls gridlock_fiber_main with what was put on it.
void gridlock_fiber_start();
}

namespace gridlock::internal::controlled {

/// What lies on a stack that does not run, from its stack pointer up.
struct SavedContext {
  u32 mxcsr;
  u32 fpu_control;
  u64 r15, r14, r13, r12, rbx;
  u64 rbp;
  u64 rip;
};

/// A stack that begins with gridlock_fiber_main(argument) when something switches to it.
void* new_context(uptr stack_top, void* argument) noexcept;

/// To be called before the others, once.
void find_out_about_fs() noexcept;
extern bool g_has_wrfsbase;
void set_fs_by_kernel(uptr base) noexcept;

GRIDLOCK_INLINE uptr fs_base() noexcept {
  uptr base = 0;
  asm volatile("movq %%fs:0, %0" : "=r"(base));  // the ABI keeps the address of the block there
  return base;
}
GRIDLOCK_INLINE void set_fs_base(uptr base) noexcept {
  if (GRIDLOCK_LIKELY(g_has_wrfsbase)) {
    asm volatile("wrfsbase %0" : : "r"(base) : "memory");
  } else {
    set_fs_by_kernel(base);
  }
}

}  // namespace gridlock::internal::controlled
