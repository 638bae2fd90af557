// SPDX-License-Identifier: Apache-2.0
//
// Two surveys. Each lists which process has which pipe open, follows the sleepers from the wait on,
// and asks find_stuck(), with this process as the one that never moves. Both have to say that the
// wait is stuck, and each sleeper that the second one relies on has to be in the first with the
// same call and the same count of switches: then it slept from the one look to the other. So at one
// moment in between all of them slept, and none can have started a process or handed on a
// descriptor that the second survey did not see.
#include "harness/runtime/programs/outside.h"

#include <sys/syscall.h>

#include "harness/analysis/wait_for_graph.h"
#include "harness/platform/pages.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/core/lasting_refusal.h"
#include "harness/runtime/core/notices.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMaxThreads = 4096;
constexpr u32 kMaxProcesses = 1u << 17;
constexpr u32 kMaxEnds = 1u << 17;

constexpr u32 kMaxInherited = 64;

// The pipes that were open when this process made its first ones. Older processes may have their
// other ends.
struct Inherited {
  u64 pipes[kMaxInherited];
  u32 count;
  bool known;
  bool incomplete;  // any pipe may be one
};
Inherited g_inherited;  // guarded by the wait mutex

struct Process {
  int pid;
  int parent;
  u32 first_end, ends;        // in g_ends
  u32 first_thread, threads;  // in g_threads, once it is involved
  bool involved;
  bool unknown;  // what one of its descriptors is
};

struct End {
  int fd;
  PipeEnd end;
};

enum class Sleep : u8 { kNone, kReads, kWrites, kWaitsForChild };

struct Sleeper {
  int pid;
  int tid;
  Sleep sleep;
  u64 pipe;
  ThreadMoment moment;
};

// What one survey has found.
struct Survey {
  Table<Sleeper> threads;
  Table<Waiter> waiters;  // of threads, then of the wait, then of this process
};

Table<Process> g_processes;  // but this one
Process g_own;               // this one, with its ends; guarded by the wait mutex
Table<End> g_ends;
Table<u32> g_queue;  // involved processes, in the order in which they came in
Table<WaiterIndex> g_sets;
Survey g_surveys[2];

LastingRefusal g_refused;  // of these tables; guarded by the wait mutex

bool tables_ready() noexcept {
  static bool ready = false;  // guarded by the wait mutex
  if (!ready) {
    ready = g_processes.reserve_all(kMaxProcesses) && g_ends.reserve_all(kMaxEnds) &&
            g_queue.reserve_all(kMaxProcesses) && g_sets.reserve_all(kMaxThreads * 64);
    for (Survey& survey : g_surveys) {
      ready = ready && survey.threads.reserve_all(kMaxThreads) &&
              survey.waiters.reserve_all(kMaxThreads + 2);
    }
  }
  return ready;
}

// --- open pipes ---

struct Listing {
  int own_pid;
  ProcStatus own;
  bool complete;
};

// There is a process whose open descriptors cannot be read.
bool g_outsiders;  // guarded by the wait mutex

bool list_end(int fd, void* process) noexcept {
  auto& of = *static_cast<Process*>(process);
  const PipeEnd end = pipe_end(of.pid, fd);
  if (end.unknown) of.unknown = true;
  if (end.pipe == 0) return true;
  if (g_ends.full()) return false;
  g_ends[g_ends.add()] = {fd, end};
  ++of.ends;
  return true;
}

bool is_older(int pid, const ProcStatus& facts, const Listing& listing) noexcept {
  if (facts.start_time != listing.own.start_time) return facts.start_time < listing.own.start_time;
  return pid < listing.own_pid;
}

// What this process opens reaches others only by inheritance. So a process that may not be looked at
// (it has another user, or capabilities that this one lacks) has none of it if it is older, or
// neither a child nor of this session; it may have what this process inherited. If nothing at
// all can be read of a process, that is not known either.
bool list_process(int pid, void* argument) noexcept {
  auto& listing = *static_cast<Listing*>(argument);
  if (pid == listing.own_pid) {
    g_own = {pid, listing.own.parent, g_ends.size(), 0, 0, 0, false, false};
    return visit_numbers("/proc/self/fd", &list_end, &g_own) && !g_own.unknown;
  }
  const ProcStatus facts = proc_status(pid);
  if (facts.unreadable) return listing.complete = false;
  if (facts.state == 0 || facts.state == 'Z' || facts.state == 'X') return true;
  if (g_processes.full()) return listing.complete = false;
  Process& process = g_processes[g_processes.add()];
  process = {pid, facts.parent, g_ends.size(), 0, 0, 0, false, false};
  const bool readable =
      visit_numbers(ProcPath("/proc/").number(pid).text("/fd").path(), &list_end, &process);
  if (g_ends.full()) return listing.complete = false;
  if (readable && !process.unknown) return true;
  g_outsiders = true;
  const bool ours = facts.parent == listing.own_pid || facts.session == listing.own.session;
  if (ours && !is_older(pid, facts, listing)) listing.complete = false;
  return listing.complete;
}

bool list_processes() noexcept {
  g_processes.resize(0);
  g_ends.resize(0);
  g_queue.resize(0);
  g_outsiders = false;
  const int own = process_id();
  const ProcStatus self = proc_status(own);
  // Process 1 always exists: if it is not visible, others are hidden, too (hidepid).
  if (self.state == 0 || proc_status(1).state == 0) return false;
  Listing listing{own, self, true};
  return visit_numbers("/proc", &list_process, &listing) && listing.complete;
}

bool note_inherited(int fd, void*) noexcept {
  const PipeEnd end = pipe_end(0, fd);
  if (end.unknown) g_inherited.incomplete = true;
  if (end.pipe == 0) return true;
  if (g_inherited.count == kMaxInherited) g_inherited.incomplete = true;
  if (g_inherited.incomplete) return false;
  g_inherited.pipes[g_inherited.count++] = end.pipe;
  return true;
}

// A process that cannot be looked at may have its other end.
bool is_for_outsiders(u64 pipe) noexcept {
  if (!g_outsiders || g_inherited.incomplete) return g_outsiders;
  for (u32 i = 0; i < g_inherited.count; ++i) {
    if (g_inherited.pipes[i] == pipe) return true;
  }
  return false;
}

bool has_end(const Process& process, u64 pipe, u8 which) noexcept {
  for (u32 i = 0; i < process.ends; ++i) {
    const PipeEnd& end = g_ends[process.first_end + i].end;
    if (end.pipe == pipe && (end.ends & which) != 0) return true;
  }
  return false;
}

u64 pipe_of(const Process& process, u64 fd) noexcept {
  for (u32 i = 0; i < process.ends; ++i) {
    const End& end = g_ends[process.first_end + i];
    if (static_cast<u64>(end.fd) == fd) return end.end.pipe;
  }
  return 0;
}

// --- sleeping threads ---

Sleep sleep_of(i64 call) noexcept {
  switch (call) {
    case SYS_read:
    case SYS_readv:
      return Sleep::kReads;
    case SYS_write:
    case SYS_writev:
      return Sleep::kWrites;
    case SYS_wait4:
    case SYS_waitid:
      return Sleep::kWaitsForChild;
    default:
      return Sleep::kNone;
  }
}

struct Visit {
  Survey* survey;
  Process* process;
};

bool add_thread(int tid, void* argument) noexcept {
  const Visit& visit = *static_cast<Visit*>(argument);
  Table<Sleeper>& threads = visit.survey->threads;
  if (threads.full()) return false;
  Sleeper& sleeper = threads[threads.add()];
  sleeper = {visit.process->pid, tid, Sleep::kNone, 0, thread_moment(visit.process->pid, tid)};
  ++visit.process->threads;
  const ThreadMoment& moment = sleeper.moment;
  if (!moment.known || !moment.in_call || moment.has_alarm) return true;
  const Sleep sleep = sleep_of(moment.call);
  if (sleep == Sleep::kReads || sleep == Sleep::kWrites) {
    sleeper.pipe = pipe_of(*visit.process, moment.argument);
    // A terminal, a socket, a FIFO: somebody else can wake it.
    if (sleeper.pipe == 0 || is_for_outsiders(sleeper.pipe)) return true;
  }
  sleeper.sleep = sleep;
  return true;
}

bool involve(Survey& survey, Process& process) noexcept {
  if (process.involved) return true;
  process.involved = true;
  process.first_thread = survey.threads.size();
  g_queue[g_queue.add()] = static_cast<u32>(&process - g_processes.data());
  Visit visit{&survey, &process};
  return visit_numbers(ProcPath("/proc/").number(process.pid).text("/task").path(), &add_thread,
                       &visit) &&
         !survey.threads.full();
}

// Does `process` have to do something before this sleeper, or the wait, can go on?
bool wakes(const Process& process, const Sleeper& sleeper) noexcept {
  switch (sleeper.sleep) {
    case Sleep::kReads:
      return has_end(process, sleeper.pipe, kWriteEnd);
    case Sleep::kWrites:
      return has_end(process, sleeper.pipe, kReadEnd);
    case Sleep::kWaitsForChild:
      return process.parent == sleeper.pid;
    case Sleep::kNone:
      break;
  }
  return false;
}

bool wakes(const Process& process, const OutsideWait& wait) noexcept {
  if (wait.for_end && process.pid == wait.program) return true;
  for (u32 i = 0; i < wait.pipe_count; ++i) {
    const u8 other = wait.pipes[i].ends == kWriteEnd ? kReadEnd : kWriteEnd;
    if (has_end(process, wait.pipes[i].pipe, other)) return true;
  }
  return false;
}

template <typename Wait>
GRIDLOCK_INLINE bool involve_wakers(Survey& survey, const Wait& wait) noexcept {
  for (u32 i = 0; i < g_processes.size(); ++i) {
    if (wakes(g_processes[i], wait) && !involve(survey, g_processes[i])) return false;
  }
  return true;
}

template <typename Wait>
GRIDLOCK_INLINE bool fill(Waiter& waiter, const Wait& wait) noexcept {
  waiter = {Needs::kAnyOf, false, g_sets.size(), 0};
  for (u32 i = 0; i < g_queue.size(); ++i) {
    const Process& process = g_processes[g_queue[i]];
    if (!wakes(process, wait)) continue;
    if (g_sets.full(process.threads)) return false;
    for (u32 t = 0; t < process.threads; ++t) g_sets[g_sets.add()] = process.first_thread + t;
    waiter.count += process.threads;
  }
  // Somebody has the other end, or it would not have to wait. If nobody here has, then a process that was not seen, because
  // it came or went during the look: one that is just being started has a copy of what others were given.
  if (waiter.count == 0 && !wakes(g_own, wait)) waiter = Waiter{};
  return true;
}

// This process moves only when one of its threads does, so in no set does it make a difference: it
// is left out, and a thread that needs nobody else has an empty set. The last waiter is the wait
// itself.
bool is_stuck(Survey& survey, const OutsideWait& wait) noexcept {
  survey.threads.resize(0);
  survey.waiters.resize(0);
  g_sets.resize(0);
  if (!list_processes() || !involve_wakers(survey, wait)) return false;
  for (u32 i = 0; i < survey.threads.size(); ++i) {
    if (survey.threads[i].sleep == Sleep::kNone) continue;
    if (!involve_wakers(survey, survey.threads[i])) return false;
  }
  for (u32 i = 0; i < survey.threads.size(); ++i) {
    Waiter& waiter = survey.waiters[survey.waiters.add()];
    waiter = Waiter{};
    const Sleeper& sleeper = survey.threads[i];
    if (sleeper.sleep != Sleep::kNone && !fill(waiter, sleeper)) return false;
  }
  const u32 self = survey.waiters.add();
  if (!fill(survey.waiters[self], wait)) return false;
  find_stuck(survey.waiters.data(), survey.waiters.size(), g_sets.data(), false);
  return survey.waiters[self].stuck;
}

// Nearly always the program itself runs, and then that is all there is to know.
bool runs(int pid) noexcept {
  if (pid == 0) return false;
  const ProcStatus facts = proc_status(pid);
  if (facts.state == 0 || facts.state == 'Z') return false;
  const ThreadMoment moment = thread_moment(pid, pid);
  return !moment.known || !moment.in_call || sleep_of(moment.call) == Sleep::kNone;
}

bool slept_since(const Sleeper& now, const Survey& before) noexcept {
  for (u32 i = 0; i < before.threads.size(); ++i) {
    const Sleeper& then = before.threads[i];
    if (then.pid != now.pid || then.tid != now.tid) continue;
    return before.waiters[i].stuck && then.sleep == now.sleep && then.pipe == now.pipe &&
           then.moment.switches == now.moment.switches;
  }
  return false;
}

bool all_slept_since(const Survey& now, const Survey& before) noexcept {
  for (u32 i = 0; i < now.threads.size(); ++i) {
    if (now.waiters[i].stuck && !slept_since(now.threads[i], before)) return false;
  }
  return true;
}

// With everybody asleep nothing changes any more in a pipe, so this counts for the whole moment.
bool can_go_on(const OutsideWait& wait) noexcept {
  WaitFd fds[OutsideWait::kMax];
  for (u32 i = 0; i < wait.fd_count; ++i) fds[i] = {wait.fds[i].fd, wait.fds[i].events, 0};
  return poll_fds(&fds[0], wait.fd_count, 0) != 0;
}

void choose_sleeper(const Survey& survey, OutsideSleeper* sleeper) noexcept {
  *sleeper = {};
  for (u32 i = 0; i < survey.threads.size(); ++i) {
    const Sleeper& candidate = survey.threads[i];
    if (!survey.waiters[i].stuck || (sleeper->pid != 0 && candidate.pipe == 0)) continue;
    *sleeper = {candidate.pid, candidate.sleep == Sleep::kWrites, candidate.pipe};
    if (candidate.pipe != 0) return;
  }
}

}  // namespace

void note_inherited_pipes() noexcept {
  if (g_inherited.known) return;
  g_inherited.known = true;
  if (!visit_numbers("/proc/self/fd", &note_inherited, nullptr)) g_inherited.incomplete = true;
}

void inherited_pipes_changed() noexcept {
  g_inherited.known = false;
  g_inherited.count = 0;
  g_inherited.incomplete = false;
}

bool outside_waits_for_us(const OutsideWait& wait, OutsideSleeper* sleeper) noexcept {
  const bool ready = tables_ready();
  if (g_refused.lasts(!ready)) report_capacity("address space for waits outside of this process");
  if (!ready) return false;
  if (runs(wait.program) || !is_stuck(g_surveys[0], wait)) return false;
  if (can_go_on(wait) || !is_stuck(g_surveys[1], wait) ||
      !all_slept_since(g_surveys[1], g_surveys[0])) {
    return false;
  }
  choose_sleeper(g_surveys[1], sleeper);
  return true;
}

}  // namespace gridlock::internal
