// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/core/releasing_signals.h"

#include <signal.h>

#include <initializer_list>

#include "harness/platform/proc.h"
#include "harness/platform/proc_text.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/signal_block.h"
#include "harness/runtime/core/options.h"

namespace gridlock::internal {
namespace {

u64 signals_that_release_nothing() noexcept {
  u64 mask = signal_bit(kTreeEndSignal) | signal_bit(32) | signal_bit(33);
  for (const int signal : {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS})
    mask |= signal_bit(signal);
  if (options().dump_signal != 0) mask |= signal_bit(static_cast<int>(options().dump_signal));
  return mask;
}

}  // namespace

u64 releasing_signals(int pid) noexcept {
  char text[4096];
  const ProcPath path = pid == process_id() ? ProcPath("/proc/self/status")
                                            : ProcPath("/proc/").number(pid).text("/status");
  if (read_file(path.path(), &text[0], sizeof text) <= 0) return ~u64{0};
  const char* handled = behind(&text[0], "\nSigCgt:");
  if (handled == nullptr) return ~u64{0};
  handled = skip_blanks(handled);
  return take_hex(handled) & ~signals_that_release_nothing();
}

}  // namespace gridlock::internal
