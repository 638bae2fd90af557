// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/signals.h"

#include <ucontext.h>

#include "harness/platform/pages.h"
#include "harness/platform/syscall.h"

// glibc's sigaction under the name that nobody intercepts.
// NOLINTNEXTLINE(readability-identifier-naming,bugprone-reserved-identifier): glibc's name
extern "C" int __sigaction(int, const struct sigaction*, struct sigaction*) noexcept;

namespace gridlock::internal {

bool set_signal_action(int signal, const struct sigaction* action, struct sigaction* old) noexcept {
  return __sigaction(signal, action, old) == 0;
}

void ensure_signal_stack() noexcept {
  stack_t current{};
  raw_syscall(SYS_sigaltstack, 0, as_argument(&current));
  if ((current.ss_flags & SS_DISABLE) == 0) return;
  constexpr u64 kSize = 64 * 1024;
  stack_t mine{};
  mine.ss_sp = reserve_pages(kSize);
  mine.ss_size = kSize;
  if (mine.ss_sp != nullptr) raw_syscall(SYS_sigaltstack, as_argument(&mine), 0);
}

Interrupted interrupted_at(const void* ucontext) noexcept {
  const auto* context = static_cast<const ucontext_t*>(ucontext);
#if defined(__x86_64__)
  return {static_cast<uptr>(context->uc_mcontext.gregs[REG_RIP]),
          static_cast<uptr>(context->uc_mcontext.gregs[REG_RBP])};
#elif defined(__aarch64__)
  return {static_cast<uptr>(context->uc_mcontext.pc),
          static_cast<uptr>(context->uc_mcontext.regs[29])};
#endif
}

}  // namespace gridlock::internal
