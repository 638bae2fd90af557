// SPDX-License-Identifier: Apache-2.0
//
// Why a claim is true. Each process resolves the owners of its own locks when it publishes, which
// may be long ago; the owners of shared locks are read here. A claim names only threads whose live
// sequence is the published one, both before and after these reads: they still wait, so they have
// neither acquired nor released anything since, nor started a thread. If one of them needed another
// one of them, it still does. Where any thread of a process or of the tree would do, all of them
// have to be such threads; a thread that came later was started by one that runs.
#include "harness/runtime/process_tree/waits.h"

#include <sys/syscall.h>

#include "harness/platform/pages.h"
#include "harness/platform/proc.h"
#include "harness/platform/processes.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/tsan.h"
#include "harness/runtime/core/lasting_refusal.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/process_tree/end.h"
#include "harness/runtime/process_tree/findings.h"
#include "harness/runtime/process_tree/followed.h"
#include "harness/runtime/process_tree/plain_forks.h"
#include "harness/runtime/process_tree/publish.h"
#include "harness/runtime/process_tree/shared_objects.h"
#include "harness/runtime/waits/other_processes.h"
#include "harness/runtime/waits/releasers.h"

namespace gridlock::internal {
namespace {

constexpr u64 kFirstSliceNs = 2'000'000;  // most waits are over before they cost anything
constexpr u64 kSliceNs = 50'000'000;

constexpr u32 kMaxThreads = 1u << 16;
constexpr u32 kMaxSlotsInAll = 1u << 18;
constexpr u32 kRoom = 1u << 20;

// Guarded by the TreeGuard. What the tables said when they were read.
Table<ProcessNode> g_processes;
Table<WaitingThread> g_threads;
Table<Involved> g_of_thread;
Table<u32> g_slots;
Table<Waiter> g_waiters;
Table<WaiterIndex> g_releasers;
Table<WaiterIndex> g_path;
Table<WaiterIndex> g_scratch;
Table<Involved> g_involved;
Table<u8> g_dead;  // by number: found dead in this look

LastingRefusal g_refused;  // of these tables

bool tables_ready() noexcept {
  static bool ready = false;  // guarded by the TreeGuard; constant initialised
  if (!ready) {
    ready = prepare_descriptions() && g_processes.reserve_all(kMaxTreeProcesses + 1) &&
            g_threads.reserve_all(kMaxThreads) && g_of_thread.reserve_all(kMaxThreads) &&
            g_slots.reserve_all(kMaxSlotsInAll) && g_waiters.reserve_all(kMaxThreads) &&
            g_releasers.reserve_all(kRoom) && g_path.reserve_all(kMaxThreads) &&
            g_scratch.reserve_all(kMaxThreads) && g_involved.reserve_all(kMaxThreads) &&
            g_dead.reserve_all(kMaxTreeProcesses + 1);
    if (ready) g_dead.resize(kMaxTreeProcesses + 1);
  }
  return ready;
}

bool still_waits(const Involved& thread) noexcept {
  const ProcessTable* const table = table_of(thread.process);
  return table != nullptr && table->sequence[thread.wait->slot].load() == thread.wait->sequence;
}

// The word of a shared object says which thread can end a wait for it.
void resolve_shared(WaitingThread& thread, const PublishedWait& wait) noexcept {
  const u32 word = wait.word->load();
  thread.need = TreeNeed::kCanGoOn;
  if (wait.type != ObjectType::kIpcLock) {
    if (word == wait.expected) thread.need = TreeNeed::kTree;
    return;
  }
  // A fork outside the tree may hold it, and goes on.
  if (process_of_token(word) == 0) return;
  thread.need = TreeNeed::kThread;
  thread.other_process = process_of_token(word);
  thread.other_slot = slot_word_of_token(word) - 1;
}

void add_thread(u32 number, const ProcessTable& table, const PublishedWait& wait) noexcept {
  const Involved entry{number, &wait, table.room[wait.slot].description};
  if (g_threads.full() || g_slots.full(wait.count) || entry.description == nullptr) return;
  if (entry.description->sequence != wait.sequence || !still_waits(entry)) return;
  WaitingThread& thread = g_threads[g_threads.add()];
  thread = {number,     wait.slot,          wait.need,      g_slots.size(),
            wait.count, wait.other_process, wait.other_slot};
  for (u32 i = 0; i < wait.count; ++i) g_slots[g_slots.add()] = table.releasers[wait.first + i];
  if (wait.word != nullptr) resolve_shared(thread, wait);
  g_of_thread[g_of_thread.add()] = entry;
}

void add_process(u32 number) noexcept {
  const ProcessTable* const table = table_of(number);
  const bool known = table != nullptr && table->published;
  g_processes[g_processes.add()] = {number, known ? table->main_slot : 0, known ? table->live : 1};
  if (!known) return;
  for (u32 i = 0; i < table->wait_count; ++i) add_thread(number, *table, table->waits[i]);
}

// False: a thread that is in no table runs.
bool read_tables() noexcept {
  g_processes.resize(0);
  g_threads.resize(0);
  g_of_thread.resize(0);
  g_slots.resize(0);
  for (u32 number = 1; number <= process_count(); ++number) {
    const ProcessState state = tree_process(number).now();
    if (state == ProcessState::kEnded || g_dead[number] != 0) continue;
    add_process(number);
  }
  g_waiters.resize(g_threads.size());
  return fill_tree_graph(g_processes.data(), g_processes.size(), g_threads.data(), g_threads.size(),
                         g_slots.data(), g_waiters.data(), g_releasers.data(), kRoom);
}

u32 find_stuck_threads(bool others_run) noexcept {
  return find_stuck(g_waiters.data(), g_waiters.size(), g_releasers.data(), others_run);
}

// A process that was killed leaves its table as it was.
bool drop_dead() noexcept {
  bool found = false;
  for (u32 i = 0; i < g_processes.size(); ++i) {
    const u32 number = g_processes[i].number;
    if (number == published_process() || alive(tree_process(number))) continue;
    g_dead[number] = 1;
    found = true;
  }
  return found;
}

WaiterIndex index_of(const ThreadState* state) noexcept {
  for (u32 i = 0; i < g_threads.size(); ++i) {
    if (g_threads[i].process == published_process() && g_threads[i].slot == state->slot_word - 1)
      return i;
  }
  return kNobody;
}

// The index of `self` if it is stuck without the dead processes. Finding those takes /proc, so it
// is checked first whether they could matter.
WaiterIndex find_self_stuck(const ThreadState* self) noexcept {
  for (u32 number = 0; number <= process_count(); ++number) g_dead[number] = 0;
  for (;;) {
    const bool others_run = read_tables();
    const WaiterIndex index = index_of(self);
    find_stuck_threads(false);
    if (index == kNobody || !g_waiters[index].stuck) return kNobody;
    if (drop_dead()) continue;
    find_stuck_threads(others_run);
    return g_waiters[index].stuck ? index : kNobody;
  }
}

// Untracked threads, ThreadSanitizer's own left out, and processes outside the tree could release
// what any thread can.
bool others_run_anywhere() noexcept {
  if (plain_forks_run()) return true;
  for (u32 i = 0; i < g_processes.size(); ++i) {
    const u32 own = g_processes[i].live + (tsan_present() ? 1u : 0u);
    const u32 threads = process_threads(tree_process(g_processes[i].number).pid.load());
    if (threads == 0 || threads > own) return true;  // 0: not known
  }
  return false;
}

// A fork outside the tree may have released a permit and ended since the words were read.
bool unchanged(const PublishedWait& wait) noexcept {
  return wait.word == nullptr || wait.type == ObjectType::kIpcLock ||
         wait.word->load() == wait.expected;
}

// The process that was to wake the thread died halfway: the thread wakes by itself.
bool is_left_half_done(const Involved& thread) noexcept {
  const RobustWord* const guard = table_of(thread.process)->guard[thread.wait->slot];
  return guard != nullptr && owner_died(*guard);
}

// A signal (as of Process::kill()) may have woken a main thread, which is about to end with its
// process, which somebody joins. A thread that only looks is asleep at the next look. Where the
// state cannot be read, a cycle stands all the same: only its own threads could end it.
bool is_awake(const Involved& thread, bool in_cycle) noexcept {
  if (thread.process == published_process() ||
      thread.wait->slot != table_of(thread.process)->main_slot)
    return false;
  const ProcStatus seen = proc_status(tree_process(thread.process).pid.load());
  if (seen.state == 0) return !in_cycle;
  return seen.state == 'R' || seen.state == 'D' || (seen.state == 'Z' && seen.threads <= 1);
}

bool involved_still_wait(bool in_cycle) noexcept {
  for (u32 i = 0; i < g_involved.size(); ++i) {
    const Involved& each = g_involved[i];
    if (!still_waits(each) || !unchanged(*each.wait) || is_left_half_done(each) ||
        is_awake(each, in_cycle))
      return false;
  }
  return true;
}

bool involve(u32 length, bool in_cycle) noexcept {
  g_involved.resize(0);
  for (u32 i = 0; i < length; ++i) g_involved[g_involved.add()] = g_of_thread[g_path[i]];
  return involved_still_wait(in_cycle);
}

u32 cycle_through(WaiterIndex start) noexcept {
  return find_cycle(g_waiters.data(), g_waiters.size(), g_releasers.data(), start, g_path.data(),
                    g_scratch.data());
}

u32 knot_through(WaiterIndex start) noexcept {
  return find_knot(g_waiters.data(), g_waiters.size(), g_releasers.data(), start, g_path.data(),
                   g_scratch.data());
}

bool path_needs(TreeNeed need, u32 length) noexcept {
  for (u32 i = 0; i < length; ++i) {
    if (g_threads[g_path[i]].need == need) return true;
  }
  return false;
}

bool says_that_it_holds(const Description& description, ThingKey thing) noexcept {
  for (u32 i = 0; i < description.count; ++i) {
    const Piece& piece = description.pieces[i];
    if (piece.kind == PieceKind::kHeldStack && piece.thing == thing) return true;
  }
  return false;
}

// It is there (an exec ends threads without a word), and asleep at that very place. What the kernel does not tell is left out.
bool sleeps_in_libc(const Involved& thread) noexcept {
  constexpr u64 kLockBytes = 64;  // of libc's, at most
  const int pid = tree_process(thread.process).pid.load();
  if (!thread_exists(pid, thread.wait->os_id)) return false;
  if (thread.process == published_process() && thread.wait->os_id == thread_os_id()) return true;
  const ThreadMoment moment = thread_moment(pid, thread.wait->os_id);
  return !moment.known || (moment.in_call && moment.call == SYS_futex &&
                           moment.argument - thread.wait->object < kLockBytes);
}

// Of followed processes. Each waiter has seen the next one hold what it waits for, in the very wait in which that one still
// is; libc names the same thread; and that one says so itself.
bool followed_hold_each_other() noexcept {
  for (u32 i = 0; i < g_involved.size(); ++i) {
    const Involved& waiter = g_involved[i];
    const Involved& holder = g_involved[(i + 1) % g_involved.size()];
    const PublishedWait& wait = *waiter.wait;
    const bool seen =
        wait.need == TreeNeed::kThread && wait.other_sequence == holder.wait->sequence;
    const bool named = wait.other_os_id == holder.wait->os_id || wait.other_os_id == kNotNamed;
    if (!seen || !named || !says_that_it_holds(*holder.description, wait.wants) ||
        !sleeps_in_libc(waiter))
      return false;
  }
  return involved_still_wait(true);
}

// A process reports by itself what concerns only itself (wait.cc).
bool concerns_tree(u32 length) noexcept {
  for (u32 i = 0; i < length; ++i) {
    const TreeNeed need = g_threads[g_path[i]].need;
    if (need == TreeNeed::kTree || need == TreeNeed::kThread || need == TreeNeed::kProcess)
      return true;
  }
  return false;
}

// False if some of them are a cycle or a knot, which their own threads report.
bool involve_starving() noexcept {
  for (u32 i = 0; i < g_waiters.size(); ++i) {
    if (g_waiters[i].stuck && (cycle_through(i) != 0 || knot_through(i) != 0)) return false;
  }
  u32 length = 0;
  for (u32 i = 0; i < g_waiters.size(); ++i) {
    if (g_waiters[i].stuck) g_path[length++] = i;
  }
  return concerns_tree(length) && involve(length, false);
}

enum class Stuck : u8 { kNot, kCycle, kPool, kStarving };

// The number of processes ever begun: if a look does not change it, the look missed no child of a
// process that was about to end.
u64 processes_begun() noexcept { return plain_forks_begun() + process_count(); }

Stuck judge(const ThreadState* self) noexcept {
  const u64 begun = processes_begun();
  const WaiterIndex start = find_self_stuck(self);
  if (start == kNobody) return Stuck::kNot;
  if (is_followed_tree()) {
    const u32 length = cycle_through(start);
    return length != 0 && involve(length, true) && followed_hold_each_other() ? Stuck::kCycle
                                                                              : Stuck::kNot;
  }
  if (const u32 length = cycle_through(start); length != 0)
    return concerns_tree(length) && involve(length, true) ? Stuck::kCycle : Stuck::kNot;
  if (const u32 size = knot_through(start); size != 0) {
    if (!concerns_tree(size)) return Stuck::kNot;
    const bool by_permit = path_needs(TreeNeed::kOwnProcess, size);
    if (by_permit && others_run_anywhere()) return Stuck::kNot;
    if (!involve(size, !by_permit)) return Stuck::kNot;
    return by_permit ? Stuck::kStarving : Stuck::kPool;
  }
  find_stuck_threads(others_run_anywhere());
  const bool same = begun == processes_begun();
  return same && g_waiters[start].stuck && involve_starving() ? Stuck::kStarving : Stuck::kNot;
}

// They end as this one does, when they look next.
void tell_the_others() noexcept {
  for (u32 i = 0; i < g_involved.size() && is_followed_tree(); ++i)
    table_of(g_involved[i].process)->is_stuck.store(1);
}

void report(Stuck stuck) noexcept {
  const Involved* const threads = g_involved.data();
  if (stuck == Stuck::kCycle) report_tree_deadlock(threads, g_involved.size());
  if (stuck == Stuck::kPool) report_tree_pool_deadlock(threads, g_involved.size());
  if (stuck == Stuck::kStarving) report_tree_starvation(threads, g_involved.size());
}

}  // namespace

void prepare_looks() noexcept { tables_ready(); }

bool in_process_tree() noexcept { return own_table() != nullptr && this_process() != 0; }

// The guard makes the victim unique: it takes its publication back before the next thread looks.
Wake look_at_tree(ThreadState* state, const RobustWord* of_word) noexcept {
  {
    const TreeGuard guard;
    if (tree_ends_elsewhere()) wait_for_tree_end();
    describe_own_wait(state);
    if (state->slot_word <= kMaxSlots) own_table()->guard[state->slot_word - 1] = of_word;
    publish_waits();
    const bool ready = tables_ready();
    if (g_refused.lasts(!ready)) report_capacity("address space for waits of several processes");
    const Stuck stuck = ready ? judge(state) : Stuck::kNot;
    if (stuck == Stuck::kNot) return Wake::kLookAgain;
    const bool throws = options().on_deadlock == OnDeadlock::kThrow;
    if (!throws && !claim_tree_end()) wait_for_tree_end();
    report(stuck);
    if (!throws) tell_the_others();
    if (throws) {
      end_wait(state);
      return Wake::kDeadlock;
    }
  }
  end_process_after_deadlock();
}

namespace {

Wake block(ThreadState* state, const WaitFor& what, u32 expected, u64 deadline_ns) noexcept {
  const bool shared = is_shared_type(what.type);
  if (!shared && !in_process_tree()) return kFreeControl.block(state, what, expected, deadline_ns);
  std::atomic<u32>& word = *what.word;
  for (u64 slice = kFirstSliceNs;; slice = kSliceNs) {
    const u64 slice_end = now_ns() + slice;
    const u64 until = slice_end < deadline_ns ? slice_end : deadline_ns;
    const bool woken =
        shared ? futex_wait_shared(&word, expected, until) : futex_wait(&word, expected, until);
    stay_if_tree_ends();
    if (woken || word.load() != expected) return Wake::kLookAgain;
    if (until == deadline_ns) return Wake::kTimedOut;
    if (what.type == ObjectType::kIpcLock && owner_is_gone(expected)) return Wake::kLookAgain;
    if (what.guard != nullptr && owner_died(*what.guard)) return Wake::kLookAgain;
    if (deadline_ns != kNoTimeout || !in_process_tree()) continue;
    if (look_at_tree(state, what.guard) == Wake::kDeadlock) return Wake::kDeadlock;
  }
}

}  // namespace

constexpr Control kProcessTreeControl = {nullptr, &block,           &wake_by_kernel,
                                         &now_ns, &yield_to_kernel, kKernelSpins};

}  // namespace gridlock::internal
