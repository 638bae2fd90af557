// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/signal_block.h"

#include <signal.h>

#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

constexpr int kLibcsFirst = 32;   // of pthread_cancel(3)
constexpr int kLibcsSecond = 33;  // of setuid(2) in all threads, which waits for each
constexpr u64 kBlocked =
    ~(signal_bit(SIGSEGV) | signal_bit(SIGBUS) | signal_bit(SIGILL) | signal_bit(SIGFPE) |
      signal_bit(SIGTRAP) | signal_bit(SIGABRT) | signal_bit(SIGSYS) | signal_bit(SIGKILL) |
      signal_bit(SIGSTOP) | signal_bit(kLibcsFirst) | signal_bit(kLibcsSecond) |
      signal_bit(kTreeEndSignal));

// __thread and not thread_local, as tls_thread. A handler runs before the first or after the last of
// these changes, or not at all: what it does is undone when it returns.
struct Blocked {
  u32 depth;
  bool refused;  // the kernel changes no mask
  u64 before;
};
__thread Blocked tls_blocked __attribute__((tls_model("initial-exec")));

}  // namespace

void block_signals() noexcept {
  Blocked& mine = tls_blocked;
  if (mine.depth == 0) {
    u64 before = 0;
    const i64 result = raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, as_argument(&kBlocked),
                                   as_argument(&before), kSignalMaskBytes);
    mine.refused = result != 0;
    mine.before = before;
  }
  ++mine.depth;
}

void unblock_signals() noexcept {
  Blocked& mine = tls_blocked;
  if (--mine.depth != 0 || mine.refused) return;
  const u64 before = mine.before;
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, as_argument(&before), 0, kSignalMaskBytes);
}

bool signals_are_blocked() noexcept { return tls_blocked.depth != 0; }

}  // namespace gridlock::internal
