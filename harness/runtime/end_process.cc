// SPDX-License-Identifier: Apache-2.0
//
// The end of a process that cannot go on (core/notices.h): all rooms have something to do with it.
#include <signal.h>

#include <atomic>

#include "harness/platform/futex.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/signals.h"
#include "harness/runtime/core/host.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/findings/end_records.h"
#include "harness/runtime/findings/ending.h"
#include "harness/runtime/process_tree/end.h"
#include "harness/runtime/programs/reaper.h"

namespace gridlock::internal {
namespace {

std::atomic<int> g_pid{0};     // that ends; a fork has a copy
std::atomic<int> g_thread{0};  // that ends it

}  // namespace

void end_process_after_deadlock() noexcept {
  host_cannot_go_on();
  g_thread.store(thread_os_id());
  g_pid.store(process_id());
  write_end_records();
  end_other_processes();
  reaper_ends();
  findings_are_complete();
  say_end_of_the_stuck();
  if (options().on_deadlock == OnDeadlock::kAbort) {
    signal_thread(thread_os_id(), SIGABRT);
    exit_now(128 + SIGABRT);  // the program caught it and came back
  }
  exit_now(exit_code_of_the_stuck());
}

// The thread that ends it may come here in a handler of SIGABRT.
void stay_if_process_ends() noexcept {
  if (GRIDLOCK_LIKELY(g_pid.load() == 0) || g_pid.load() != process_id()) return;
  if (g_thread.load() == thread_os_id()) return;
  std::atomic<u32> nobody_wakes{0};
  for (;;) futex_wait(&nobody_wakes, 0, kNoTimeout);
}

}  // namespace gridlock::internal
