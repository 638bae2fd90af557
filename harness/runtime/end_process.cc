// SPDX-License-Identifier: Apache-2.0
//
// The end of a process that cannot go on (core/notices.h): all rooms have something to do with it.
#include <signal.h>

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

void end_process_after_deadlock() noexcept {
  host_cannot_go_on();
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

}  // namespace gridlock::internal
