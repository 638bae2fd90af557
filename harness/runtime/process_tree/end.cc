// SPDX-License-Identifier: Apache-2.0
//
// Every process but P1 is killed. P1 must exit with its own code, which nobody else can give it: a
// signal makes its handler exit. Without a handler, or if it does not run in time, SIGKILL follows.
#include "harness/runtime/process_tree/end.h"

#include <signal.h>

#include "harness/platform/futex.h"
#include "harness/platform/proc.h"
#include "harness/platform/processes.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/signal_block.h"
#include "harness/platform/signals.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/findings/ending.h"
#include "harness/runtime/process_tree/tables.h"
#include "harness/runtime/waits/other_processes.h"

namespace gridlock::internal {
namespace {

constexpr u64 kPatienceNs = 500'000'000;
constexpr u64 kStepNs = 2'000'000;

bool g_watched = false;         // inherited by the fork, as the handler is
std::atomic<u32> g_claimed{0};  // by a thread of this process

void pause_for(u64 nanoseconds) noexcept {
  std::atomic<u32> nobody_wakes{0};
  futex_wait(&nobody_wakes, 0, now_ns() + nanoseconds);
}

void kill_processes() noexcept {
  for (u32 number = 2; number <= process_count(); ++number) {
    TreeProcess& other = tree_process(number);
    if (number == this_process() || other.pid.load() == 0 || !alive(other)) continue;
    signal_process(other.pid.load(), SIGKILL);
  }
}

// The process may have ended before, without anybody having waited for it.
int status_after_kill(const TreeProcess& other) noexcept {
  const ProcStatus now = proc_status(other.pid.load());
  const bool same = now.state != 0 && now.start_time == other.start_time.load();
  if (!same) return kStatusUnknown;
  return now.state == 'Z' ? now.wait_status : SIGKILL;
}

// Only the process that found the deadlock can still say how the others ended: their parents end
// with them.
void write_their_ends() noexcept {
  for (u32 number = 2; number <= process_count(); ++number) {
    TreeProcess& other = tree_process(number);
    if (other.pid.load() == 0 || other.now() == ProcessState::kEnded) continue;
    other.wait_status.store(static_cast<u32>(status_after_kill(other)));
    write_process_record(other, true);
  }
}

bool is_gone(const TreeProcess& other) noexcept {
  const int pid = other.pid.load();
  if (pid == 0 || other.now() == ProcessState::kEnded) return true;
  return reap_child(pid, 0).ended && signal_process(pid, 0) != 0;
}

// Leaves no zombie where the system's first process does not reap. Orphans of P1's children become
// children of P1.
void reap_processes() noexcept {
  const u64 deadline = now_ns() + kPatienceNs;
  for (u32 number = 2; number <= process_count(); ++number) {
    while (!is_gone(tree_process(number)) && now_ns() < deadline) pause_for(kStepNs / 4);
  }
}

// By P1, in a signal handler, too.
void end_processes() noexcept {
  become_subreaper();
  kill_processes();
  reap_processes();
}

[[noreturn]] void leave() noexcept {
  if (this_process() == 1) end_processes();
  if (options().on_deadlock == OnDeadlock::kAbort) signal_thread(thread_os_id(), SIGABRT);
  exit_now(exit_code_of_the_stuck());
}

void on_end_signal(int, siginfo_t*, void*) noexcept {
  if (tree_ends_elsewhere()) leave();
}

void end_first() noexcept {
  const TreeProcess& first = tree_process(1);
  if (!g_watched) {
    signal_process(first.pid.load(), SIGKILL);
    return;
  }
  signal_process(first.pid.load(), kTreeEndSignal);
  const u64 deadline = now_ns() + kPatienceNs;
  while (now_ns() < deadline && alive(first)) pause_for(kStepNs);
  if (alive(first)) signal_process(first.pid.load(), SIGKILL);
}

}  // namespace

bool claim_tree_end() noexcept {
  TreeTables* const tables = tree_tables();
  if (tables == nullptr || this_process() == 0) return true;
  u32 nobody = 0;
  return g_claimed.exchange(1) == 0 &&
         tables->ending.compare_exchange_strong(nobody, this_process());
}

bool tree_ends_elsewhere() noexcept {
  TreeTables* const tables = tree_tables();
  if (tables == nullptr || this_process() == 0) return false;
  const u32 who = tables->ending.load();
  return who != 0 && who != this_process();
}

// The process that ends the tree may be killed before it is done.
void wait_for_tree_end() noexcept {
  pause_for(kPatienceNs);
  leave();
}

void stay_if_tree_ends() noexcept {
  if (tree_ends_elsewhere()) wait_for_tree_end();
  stay_if_process_ends();
}

void end_other_processes() noexcept {
  if (tree_tables() == nullptr || this_process() == 0) return;
  u32 nobody = 0;
  tree_tables()->ending.compare_exchange_strong(nobody, this_process());
  kill_processes();
  write_their_ends();
  if (this_process() == 1) return end_processes();
  end_first();
}

void watch_for_tree_end() noexcept {
  struct sigaction before{};
  if (!set_signal_action(kTreeEndSignal, nullptr, &before) || before.sa_handler != SIG_DFL) return;
  struct sigaction action{};
  action.sa_sigaction = &on_end_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  g_watched = set_signal_action(kTreeEndSignal, &action, nullptr);
}

}  // namespace gridlock::internal
