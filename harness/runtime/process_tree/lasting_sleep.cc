// SPDX-License-Identifier: Apache-2.0
//
// Memory that processes share without a name (mmap with MAP_SHARED and MAP_ANONYMOUS) has only those that a fork gave it to: each is
// found in /proc, and no other one can come. Each of their threads has to be asleep at a futex, without a limit, or in a wait
// for a child that is one of these processes; whoever can reach a shared futex that one sleeps at belongs to them as
// well. None of them wakes another one, because it sleeps itself. Two looks that see the same prove it: a thread that
// has not been scheduled between them slept in the moment between, as all others did.
//
// A thread that waits for what followed processes share sleeps in slices, so it is scheduled all the time. Of such a one the sequence of
// its wait is compared instead; it does nothing between its slices but look.
#include "harness/runtime/process_tree/lasting_sleep.h"

#include <sys/syscall.h>

#include "harness/platform/mappings.h"
#include "harness/platform/proc.h"
#include "harness/platform/processes.h"
#include "harness/runtime/core/host.h"
#include "harness/runtime/core/releasing_signals.h"
#include "harness/runtime/process_tree/tables.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMaxMemories = 16;
constexpr u32 kLine = 256;
constexpr u64 kBySequence = u64{1} << 63;

struct Sleeper {
  int pid;
  int tid;
  u64 moment;  // the same in both looks
};

// Guarded by the TreeGuard, as everything here.
struct Look {
  const ThreadState* self;
  u64 begin;  // of the program, in ticks: what began earlier has no memory of it
  bool fails;
  Reachers reachers;
  u64 memories[kMaxMemories];
  u32 memory_count;
  Sleeper sleepers[kMaxSleepers];
  u32 sleeper_count;
  bool waits_for_children;  // one of them
  u32 expanded;             // so many of the processes have their children among them
  int pid;                  // that is looked at
};
Look g_looks[2];

// "7f00-7f10 rw-s 00000000 00:01 1234      /dev/zero (deleted)": 1234; 0: another mapping.
u64 nameless_memory(const Mapping& mapping, const char* line) noexcept {
  if (!mapping.shared || behind(line, " /dev/zero (deleted)") == nullptr) return 0;
  for (u32 column = 0; column < 4; ++column) {
    line = behind(line, " ");
    if (line == nullptr) return 0;
  }
  return take_number(line);
}

void add_reacher(Look& look, int pid) noexcept {
  for (u32 i = 0; i < look.reachers.count; ++i)
    if (look.reachers.pids[i] == pid) return;
  if (look.reachers.count == kMaxReachers) {
    look.fails = true;
    return;
  }
  look.reachers.pids[look.reachers.count++] = pid;
}

void add_memory(Look& look, u64 memory) noexcept {
  for (u32 i = 0; i < look.memory_count; ++i)
    if (look.memories[i] == memory) return;
  if (look.memory_count == kMaxMemories) {
    look.fails = true;
    return;
  }
  look.memories[look.memory_count++] = memory;
}

int open_maps(int pid) noexcept {
  return open_read(ProcPath("/proc/").number(pid).text("/maps").path());
}

// A thread that nobody of the program has started: of the kernel, or of somebody who was there before.
bool is_foreign(const Look& look, int pid) noexcept {
  constexpr int kKernelThreads = 2;
  const ProcStatus seen = proc_status(pid);
  if (seen.state == 0 && !seen.unreadable) return true;  // gone
  return !seen.unreadable && (seen.parent == kKernelThreads || seen.start_time < look.begin);
}

bool look_who_maps(int pid, void* argument) noexcept {
  Look& look = *static_cast<Look*>(argument);
  const u64 memory = look.memories[look.memory_count - 1];
  const int maps = open_maps(pid);
  if (maps < 0) {
    look.fails = look.fails || !is_foreign(look, pid);
    return !look.fails;
  }
  const bool has_it = find_mapping_in<kLine>(maps, [&](const Mapping& mapping, const char* line) {
    return nameless_memory(mapping, line) == memory;
  });
  close_fd(maps);
  if (has_it) add_reacher(look, pid);
  return !look.fails;
}

// Whoever can reach the memory that is behind this address in that process. Memory of its own is reached by its threads alone.
void reach_from(Look& look, int pid, u64 address) noexcept {
  const int maps = open_maps(pid);
  bool is_private = false;
  u64 memory = 0;
  if (maps >= 0) {
    find_mapping_in<kLine>(maps, [&](const Mapping& mapping, const char* line) {
      if (address < mapping.first || address >= mapping.last) return false;
      is_private = !mapping.shared;
      memory = nameless_memory(mapping, line);
      return true;
    });
    close_fd(maps);
  }
  if (is_private) return;
  if (memory == 0) {
    look.fails = true;
    return;
  }
  const u32 before = look.memory_count;
  add_memory(look, memory);
  if (look.memory_count != before && !visit_numbers("/proc", &look_who_maps, &look))
    look.fails = true;
}

bool look_for_child(int pid, void* argument) noexcept {
  Look& look = *static_cast<Look*>(argument);
  const ProcStatus seen = proc_status(pid);
  if (seen.state == 0 || seen.parent != look.pid) return true;
  if (seen.state == 'Z') look.fails = true;
  add_reacher(look, pid);
  return !look.fails;
}

// Of the first processes, and so on down: a process may be given the children of one that ends.
bool add_children(Look& look, u32 processes) noexcept {
  for (; look.expanded < processes; ++look.expanded) {
    look.pid = look.reachers.pids[look.expanded];
    if (!visit_numbers("/proc", &look_for_child, &look)) return false;
  }
  return !look.fails;
}

// A wait for a child, which is over when one ends: all of them have to sleep. Not one that is over when a child is stopped or goes on,
// which anybody can make it.
bool waits_for_children(const SystemCall& call) noexcept {
  constexpr u64 kStoppedOrContinued = 2 | 8;  // of both calls
  if (!call.sleeps || (call.call != SYS_wait4 && call.call != SYS_waitid)) return false;
  return (call.arguments[call.call == SYS_wait4 ? 2 : 3] & kStoppedOrContinued) == 0;
}

// 0: not published as it is now. Else something that changes when the wait is over.
u64 followed_wait(int pid, int tid) noexcept {
  for (u32 number = 1; number <= process_count(); ++number) {
    const TreeProcess& process = tree_process(number);
    const ProcessTable* const table = table_of(number);
    if (process.pid.load() != pid || process.now() != ProcessState::kRunning || table == nullptr)
      continue;
    for (u32 i = 0; i < table->wait_count; ++i) {
      const PublishedWait& wait = table->waits[i];
      if (wait.os_id == tid && table->sequence[wait.slot].load() == wait.sequence)
        return kBySequence | (u64{number} << 32) | wait.sequence;
    }
  }
  return 0;
}

bool add_sleeper(Look& look, int tid, u64 moment) noexcept {
  if (look.sleeper_count == kMaxSleepers) return false;
  look.sleepers[look.sleeper_count++] = {look.pid, tid, moment};
  return true;
}

bool sleeps_until_woken(Look& look, int tid) noexcept {
  const ThreadMoment moment = thread_moment(look.pid, tid);
  if (!moment.known || !moment.in_call || moment.has_alarm) return false;
  char text[512];
  if (read_file(
          ProcPath("/proc/").number(look.pid).text("/task/").number(tid).text("/syscall").path(),
          &text[0], sizeof text) <= 0)
    return false;
  const SystemCall call = parse_syscall(&text[0]);
  if (waits_for_children(call)) {
    look.waits_for_children = true;
    return add_sleeper(look, tid, moment.switches);
  }
  if (!call.sleeps || call.call != SYS_futex) return false;
  const u64 published = followed_wait(look.pid, tid);
  if (published == 0 && kind_of_sleep(call) != SleepsIn::kFutex) return false;
  if (!add_sleeper(look, tid, published != 0 ? published : moment.switches)) return false;
  reach_from(look, look.pid, call.arguments[0]);
  return !look.fails;
}

bool look_at_thread(int tid, void* argument) noexcept {
  Look& look = *static_cast<Look*>(argument);
  const bool is_self = tid == look.self->os_id && look.pid == process_id();
  const bool sleeps = is_self ? add_sleeper(look, tid, look.self->wait.sequence.load())
                              : sleeps_until_woken(look, tid);
  if (!sleeps) look.fails = true;
  return !look.fails;
}

bool all_sleep(Look& look, const ThreadState* self, const void* address, u64 begin) noexcept {
  look.self = self;
  look.begin = begin;
  look.fails = false;
  look.reachers.count = look.memory_count = look.sleeper_count = look.expanded = 0;
  look.waits_for_children = false;
  add_reacher(look, process_id());  // first, because all others take longer
  for (u32 i = 0; i < look.reachers.count && !look.fails; ++i) {
    look.pid = look.reachers.pids[i];
    if (releasing_signals(look.pid) != 0) return false;
    if (!visit_numbers(ProcPath("/proc/").number(look.pid).text("/task").path(), &look_at_thread,
                       &look) ||
        look.fails)
      return false;
    if (i == 0) reach_from(look, process_id(), reinterpret_cast<uptr>(address));
    if (look.memory_count == 0) return false;  // it is nobody else's
    if (look.waits_for_children && !add_children(look, i + 1)) return false;
  }
  return !look.fails;
}

bool same(const Look& a, const Look& b) noexcept {
  if (a.sleeper_count != b.sleeper_count || a.reachers.count != b.reachers.count) return false;
  for (u32 i = 0; i < a.sleeper_count; ++i) {
    const Sleeper& one = a.sleepers[i];
    const Sleeper& other = b.sleepers[i];
    if (one.pid != other.pid || one.tid != other.tid || one.moment != other.moment) return false;
  }
  return true;
}

}  // namespace

bool sleeps_forever(const ThreadState* self, const void* address, int first_pid,
                    Reachers* out) noexcept {
  const u64 begin = process_start_time(first_pid);
  if (begin == 0 || !all_sleep(g_looks[0], self, address, begin)) return false;
  host_pause();
  if (!all_sleep(g_looks[1], self, address, begin) || !same(g_looks[0], g_looks[1])) return false;
  out->count = g_looks[0].reachers.count;
  for (u32 i = 0; i < out->count; ++i) out->pids[i] = g_looks[0].reachers.pids[i];
  return true;
}

}  // namespace gridlock::internal
