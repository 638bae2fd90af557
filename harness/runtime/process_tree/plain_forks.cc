// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/process_tree/plain_forks.h"

#include "harness/platform/proc.h"
#include "harness/platform/processes.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/process_tree/followed.h"
#include "harness/runtime/process_tree/tables.h"

namespace gridlock::internal {
namespace {

// ForkRecord::who. Bits 0-22: the process, or the one that forks it; from bit 23 on when it began, or
// the number of the fork. Ticks of 10 ms in 39 bits are 174 years.
constexpr u64 kAnnounced = u64{1} << 63;
constexpr u64 kForked = u64{1} << 62;
constexpr u32 kPidBits = 23;

u64 who(int pid, u64 more) noexcept {
  return (static_cast<u64>(pid) | (more << kPidBits)) & (kForked - 1);
}
int pid_of(u64 who) noexcept { return static_cast<int>(who & ((1u << kPidBits) - 1)); }
u64 start_of(u64 who) noexcept { return (who & (kForked - 1)) >> kPidBits; }
bool is_there(u64 who) noexcept { return (who & (kAnnounced | kForked)) == 0; }

// Written with all mutexes of the runtime held (fork.cc), and so the same in the child.
ForkRecord* g_record = nullptr;  // of the fork that is being made
u64 g_announced = 0;             // what is in it
u64 g_own_start = 0;             // of a process that is such a fork

u64 own_start() noexcept {
  return this_process() != 0 ? tree_process(this_process()).start_time.load() : g_own_start;
}

bool is_known(int pid) noexcept {
  for (u32 number = 1; number <= process_count(); ++number) {
    if (tree_process(number).pid.load() == pid && alive(tree_process(number))) return true;
  }
  for (const ForkRecord& fork : tree_tables()->forks) {
    const u64 seen = fork.who.load();
    if (is_there(seen) && pid_of(seen) == pid && process_runs(pid, start_of(seen))) return true;
  }
  return false;
}

struct Search {
  int parent;
  bool found;
};

bool look_for_unknown_child(int pid, void* argument) noexcept {
  auto* const search = static_cast<Search*>(argument);
  const ProcStatus seen = proc_status(pid);
  search->found = seen.unreadable || (seen.state != 0 && seen.parent == search->parent &&
                                      process_runs(pid, 0) && !is_known(pid));
  return !search->found;
}

// A child that has not run yet is known by its parent, which may end during the search: so the
// parent is checked again afterwards.
bool may_come(u64 seen, const ForkRecord& fork) noexcept {
  if ((seen & kForked) == 0) return true;
  Search search{pid_of(seen), false};
  if (!visit_numbers("/proc", &look_for_unknown_child, &search) || search.found) return true;
  return !process_runs(search.parent, fork.forker_start.load());
}

bool may_run(u64 seen, const ForkRecord& fork) noexcept {
  return is_there(seen) ? process_runs(pid_of(seen), start_of(seen)) : may_come(seen, fork);
}

bool claim(ForkRecord& fork, u64 seen) noexcept {
  if (!fork.who.compare_exchange_strong(seen, g_announced)) return false;
  fork.forker_start.store(own_start());
  g_record = &fork;
  return true;
}

}  // namespace

void plain_fork_begins() noexcept {
  g_record = nullptr;
  TreeTables* const tables = tree_tables();
  if (tables == nullptr || forks_into_tree() || is_followed_tree()) return;
  g_announced = who(process_id(), tables->forks_begun.fetch_add(1) + 1) | kAnnounced;
  for (ForkRecord& fork : tables->forks) {
    if (fork.who.load() == 0 && claim(fork, 0)) return;
  }
  for (ForkRecord& fork : tables->forks) {
    const u64 seen = fork.who.load();
    if (!may_run(seen, fork) && claim(fork, seen)) return;
  }
  tables->forks_lost.store(1);
}

// The child may have run already.
void plain_fork_is_past() noexcept {
  if (g_record == nullptr) return;
  u64 expected = g_announced;
  g_record->who.compare_exchange_strong(expected, g_announced | kForked);
}

void plain_fork_is_here() noexcept {
  if (tree_tables() == nullptr || is_followed_tree()) return;
  g_own_start = process_start_time(process_id());
  if (g_record != nullptr) g_record->who.store(who(process_id(), g_own_start));
}

bool plain_forks_run() noexcept {
  if (tree_tables()->forks_lost.load() != 0) return true;
  for (ForkRecord& fork : tree_tables()->forks) {
    u64 seen = fork.who.load();
    if (seen == 0) continue;
    if (may_run(seen, fork)) return true;
    // The child has run meanwhile, or the record belongs to another fork.
    if (!fork.who.compare_exchange_strong(seen, 0)) return true;
  }
  return false;
}

u64 plain_forks_begun() noexcept { return tree_tables()->forks_begun.load(); }

}  // namespace gridlock::internal
