// SPDX-License-Identifier: Apache-2.0
//
// What the observer keeps away from itself by system calls where threads really run at once. Here one runs at a time,
// and it is switched nowhere within the observer.
#include "harness/platform/restartable.h"
#include "harness/platform/signal_block.h"
#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

__thread u32 tls_depth __attribute__((tls_model("initial-exec"))) = 0;

}  // namespace

// A signal is not under control, and ends the execution where it is one of ours.
void block_signals() noexcept { ++tls_depth; }
void unblock_signals() noexcept { --tls_depth; }
bool signals_are_blocked() noexcept { return tls_depth != 0; }
bool change_signal_mask(int how, u64 signals, u64* before) noexcept {
  return raw_syscall(SYS_rt_sigprocmask, how, as_argument(&signals), as_argument(before),
                     kSignalMaskBytes) == 0;
}

// The kernel looks after the thread that it runs, and that is always the same.
void init_restartable() noexcept {}
u64* restartable_slot() noexcept { return nullptr; }
void interrupt_restartable() noexcept {}

}  // namespace gridlock::internal
