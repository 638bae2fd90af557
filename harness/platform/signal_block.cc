// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/signal_block.h"

#include <signal.h>

#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

constexpr u64 bit_of(int signal) noexcept { return u64{1} << (signal - 1); }
constexpr int kLibcsFirst = 32;   // of pthread_cancel(3)
constexpr int kLibcsSecond = 33;  // of setuid(2) in all threads, which waits for each
constexpr u64 kBlocked =
    ~(bit_of(SIGSEGV) | bit_of(SIGBUS) | bit_of(SIGILL) | bit_of(SIGFPE) | bit_of(SIGTRAP) |
      bit_of(SIGABRT) | bit_of(SIGSYS) | bit_of(SIGKILL) | bit_of(SIGSTOP) | bit_of(kLibcsFirst) |
      bit_of(kLibcsSecond) | bit_of(kFamilyEndSignal));
constexpr i64 kMaskSize = 8;

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
                                   as_argument(&before), kMaskSize);
    mine.refused = result != 0;
    mine.before = before;
  }
  ++mine.depth;
}

void unblock_signals() noexcept {
  Blocked& mine = tls_blocked;
  if (--mine.depth != 0 || mine.refused) return;
  const u64 before = mine.before;
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, as_argument(&before), 0, kMaskSize);
}

bool signals_are_blocked() noexcept { return tls_blocked.depth != 0; }

}  // namespace gridlock::internal
