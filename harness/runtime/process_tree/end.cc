// SPDX-License-Identifier: Apache-2.0
//
// Members other than P1 are killed. P1 must exit with its code, which nobody else can give it: a
// signal of which the handler does that, and SIGKILL where no handler is there, or does not run in
// time.
#include "harness/runtime/process_tree/end.h"

#include <signal.h>

#include "harness/platform/futex.h"
#include "harness/platform/proc.h"
#include "harness/platform/processes.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/signal_block.h"
#include "harness/platform/signals.h"
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

void kill_members() noexcept {
  for (u32 number = 2; number <= member_count(); ++number) {
    Member& other = member(number);
    if (number == this_process() || other.pid.load() == 0 || !alive(other)) continue;
    signal_process(other.pid.load(), SIGKILL);
  }
}

// Some had ended before, and nobody has waited for them yet.
int status_after_kill(const Member& other) noexcept {
  const ProcStatus now = proc_status(other.pid.load());
  const bool same = now.state != 0 && now.start_time == other.start_time.load();
  if (!same) return kStatusUnknown;
  return now.state == 'Z' ? now.wait_status : SIGKILL;
}

// The finder is the last who can say how they ended: their parents end with them.
void write_their_ends() noexcept {
  for (u32 number = 2; number <= member_count(); ++number) {
    Member& other = member(number);
    if (other.pid.load() == 0 || other.now() == MemberState::kEnded) continue;
    other.wait_status.store(static_cast<u32>(status_after_kill(other)));
    write_member_record(other, true);
  }
}

bool is_gone(const Member& other) noexcept {
  const int pid = other.pid.load();
  if (pid == 0 || other.now() == MemberState::kEnded) return true;
  return reap_child(pid, 0).ended && signal_process(pid, 0) != 0;
}

// So that no zombie stays where the system's first process does not look after them. What P1's
// children leave behind becomes its own.
void bury_members() noexcept {
  const u64 deadline = now_ns() + kPatienceNs;
  for (u32 number = 2; number <= member_count(); ++number) {
    while (!is_gone(member(number)) && now_ns() < deadline) pause_for(kStepNs / 4);
  }
}

// Of P1. Also in a signal handler.
void end_members() noexcept {
  become_subreaper();
  kill_members();
  bury_members();
}

[[noreturn]] void leave() noexcept {
  if (this_process() == 1) end_members();
  if (options().on_deadlock == OnDeadlock::kAbort) signal_thread(thread_os_id(), SIGABRT);
  exit_now(exit_code_of_the_stuck());
}

void on_end_signal(int, siginfo_t*, void*) noexcept {
  if (family_ends_elsewhere()) leave();
}

void end_first() noexcept {
  const Member& first = member(1);
  if (!g_watched) {
    signal_process(first.pid.load(), SIGKILL);
    return;
  }
  signal_process(first.pid.load(), kFamilyEndSignal);
  const u64 deadline = now_ns() + kPatienceNs;
  while (now_ns() < deadline && alive(first)) pause_for(kStepNs);
  if (alive(first)) signal_process(first.pid.load(), SIGKILL);
}

}  // namespace

bool claim_family_end() noexcept {
  FamilyTables* const tables = family_tables();
  if (tables == nullptr || this_process() == 0) return true;
  u32 nobody = 0;
  return g_claimed.exchange(1) == 0 &&
         tables->ending.compare_exchange_strong(nobody, this_process());
}

bool family_ends_elsewhere() noexcept {
  FamilyTables* const tables = family_tables();
  if (tables == nullptr || this_process() == 0) return false;
  const u32 who = tables->ending.load();
  return who != 0 && who != this_process();
}

// Whoever ends the family may be killed before it has done so.
void wait_for_family_end() noexcept {
  pause_for(kPatienceNs);
  leave();
}

void end_other_members() noexcept {
  if (family_tables() == nullptr || this_process() == 0) return;
  u32 nobody = 0;
  family_tables()->ending.compare_exchange_strong(nobody, this_process());
  kill_members();
  write_their_ends();
  if (this_process() == 1) return end_members();
  end_first();
}

void watch_for_family_end() noexcept {
  struct sigaction before{};
  if (!set_signal_action(kFamilyEndSignal, nullptr, &before) || before.sa_handler != SIG_DFL)
    return;
  struct sigaction action{};
  action.sa_sigaction = &on_end_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  g_watched = set_signal_action(kFamilyEndSignal, &action, nullptr);
}

}  // namespace gridlock::internal
