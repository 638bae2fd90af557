// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/context.h"

#include <asm/prctl.h>
#include <sys/auxv.h>

#include "harness/platform/syscall.h"

// The layout is SavedContext's. Nothing says where a new fiber came from, so that unwinders stop there.
asm(R"(
.text
.p2align 4
.globl gridlock_switch_context
.hidden gridlock_switch_context
.type gridlock_switch_context, @function
gridlock_switch_context:
  .cfi_startproc
  pushq %rbp
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset rbp, 0
  pushq %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset rbx, 0
  pushq %r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset r12, 0
  pushq %r13
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset r13, 0
  pushq %r14
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset r14, 0
  pushq %r15
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset r15, 0
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  popq %r15
  .cfi_adjust_cfa_offset -8
  popq %r14
  .cfi_adjust_cfa_offset -8
  popq %r13
  .cfi_adjust_cfa_offset -8
  popq %r12
  .cfi_adjust_cfa_offset -8
  popq %rbx
  .cfi_adjust_cfa_offset -8
  popq %rbp
  .cfi_adjust_cfa_offset -8
  ret
  .cfi_endproc
.size gridlock_switch_context, .-gridlock_switch_context

.p2align 4
.globl gridlock_fiber_start
.hidden gridlock_fiber_start
.type gridlock_fiber_start, @function
gridlock_fiber_start:
  .cfi_startproc
  .cfi_undefined rip
  movq %rbx, %rdi
  xorl %ebp, %ebp
  call gridlock_fiber_main
  ud2
  .cfi_endproc
.size gridlock_fiber_start, .-gridlock_fiber_start
)");

namespace gridlock::internal::controlled {

bool g_has_wrfsbase = false;

void find_out_about_fs() noexcept {
  constexpr u64 kFsgsbase = 2;  // HWCAP2_FSGSBASE: the kernel lets programs use the instructions
  g_has_wrfsbase = (getauxval(AT_HWCAP2) & kFsgsbase) != 0;
}

void set_fs_by_kernel(uptr base) noexcept {
  raw_syscall(SYS_arch_prctl, ARCH_SET_FS, static_cast<i64>(base));
}

void* new_context(uptr stack_top, void* argument) noexcept {
  // The stack pointer is a multiple of 16 when gridlock_fiber_start begins.
  const uptr top = stack_top & ~uptr{15};
  auto* saved = reinterpret_cast<SavedContext*>(top - sizeof(SavedContext));
  __builtin_memset(saved, 0, sizeof(SavedContext));
  asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(saved->mxcsr), "=m"(saved->fpu_control));
  saved->rbx = reinterpret_cast<uptr>(argument);
  saved->rip = reinterpret_cast<uptr>(&gridlock_fiber_start);
  return saved;
}

}  // namespace gridlock::internal::controlled
