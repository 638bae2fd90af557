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
  bool owed;     // it was not changed back: `before` is what the program had
  u64 before;
};
__thread Blocked tls_blocked __attribute__((tls_model("initial-exec")));

}  // namespace

bool change_signal_mask(int how, u64 signals, u64* before) noexcept {
  constexpr int kAttempts = 3;
  for (int i = 0; i < kAttempts; ++i) {
    if (raw_syscall(SYS_rt_sigprocmask, how, as_argument(&signals), as_argument(before),
                    kSignalMaskBytes) == 0) {
      return true;
    }
  }
  return false;
}

void block_signals() noexcept {
  Blocked& mine = tls_blocked;
  if (mine.depth == 0 && !mine.owed) {
    u64 before = 0;
    mine.refused = !change_signal_mask(SIG_BLOCK, kBlocked, &before);
    mine.before = before;
  }
  ++mine.depth;
}

void unblock_signals() noexcept {
  Blocked& mine = tls_blocked;
  if (--mine.depth != 0 || mine.refused) return;
  mine.owed = !change_signal_mask(SIG_SETMASK, mine.before, nullptr);
}

bool signals_are_blocked() noexcept { return tls_blocked.depth != 0; }

}  // namespace gridlock::internal
