// SPDX-License-Identifier: Apache-2.0
//
// Giving a word back by a plain store where an atomic exchange would be needed: "is it still as I left
// it? then 0" is two instructions that another thread must not come between. The kernel sees to that
// (restartable sequences, Linux 4.18): a thread that is interrupted between the two is put back before
// the first. A thread that changed the word meanwhile, and relies on its change being seen, asks
// the kernel to interrupt all threads (membarrier, Linux 5.10). So the rare side pays for both, and
// the common one saves an atomic instruction, half the cost of a lock that nobody waits for.
//
// Turner, Hunter, "User-space per-CPU atomics", Linux Plumbers 2013, for the sequences; Dice, Huang,
// Yang, "Asymmetric Dekker synchronization", 2001, for the uneven bargain.
#pragma once

#include <atomic>

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Asks the kernel for both. Once, before the first restartable_slot().
void init_restartable() noexcept;

/// Where the calling thread tells the kernel in which sequence it is. nullptr where that does not work:
/// another processor than x86-64, an older kernel or C library, valgrind.
u64* restartable_slot() noexcept;

/// All threads of this process: a clear_if_still() that has looked but not stored yet begins anew, and
/// none that begins later can miss what the caller wrote before. Microseconds. Nothing if there are no
/// slots. Sequentially consistent with every clear_if_still().
void interrupt_restartable() noexcept;

// The descriptor: from 1 up to 2 (behind the store) the sequence is restarted, by a jump to 4. The
// number before 4 is what the C library registered; the bytes before that make it an instruction (ud1),
// so that a disassembler does not stumble. An x86-64 store is a release. BETWEEN is for the test, which
// waits there.
#if defined(__x86_64__)
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): asm takes a literal
#define GRIDLOCK_CLEAR_IF_STILL(BETWEEN) \
  ".pushsection __rseq_cs, \"aw\"\n"     \
  ".balign 32\n"                         \
  "3: .long 0, 0\n"                      \
  ".quad 1f, 2f - 1f, 4f\n"              \
  ".popsection\n"                        \
  "leaq 3b(%%rip), %%rax\n"              \
  "movq %%rax, (%[slot])\n"              \
  "1: cmpl %[expected], (%[word])\n"     \
  "jne %l[changed]\n" BETWEEN            \
  "movl $0, (%[word])\n"                 \
  "2: movq $0, (%[slot])\n"              \
  ".pushsection __rseq_abort, \"ax\"\n"  \
  ".byte 0x0f, 0xb9, 0x3d\n"             \
  ".long 0x53053053\n"                   \
  "4: jmp %l[changed]\n"                 \
  ".popsection\n"
#endif

/// Sets `word` to 0 if it is `expected`; true if it did. False may also mean that the thread was
/// interrupted: use an exchange. A release, and atomic towards those that call interrupt_restartable()
/// between their own change of the word and their reliance on it. `slot` is the calling thread's.
GRIDLOCK_INLINE bool clear_if_still(std::atomic<u32>& word, u32 expected, u64* slot) noexcept {
#if defined(__x86_64__)
  asm goto volatile(GRIDLOCK_CLEAR_IF_STILL("")
                    :
                    : [word] "r"(&word), [expected] "r"(expected), [slot] "r"(slot)
                    : "rax", "memory", "cc"
                    : changed);
  return true;
changed:
  return false;
#else
  (void)word, (void)expected, (void)slot;
  return false;
#endif
}

}  // namespace gridlock::internal
