// SPDX-License-Identifier: Apache-2.0
//
// A thread publishes its wait (sequence odd, sequentially consistent) and then looks at the others.
// So at least one of the threads that close a deadlock together sees all of it. The look has two
// parts. The quick part follows the chain from this thread to the owner of what it wants, and on;
// it ends at the first thread that runs, nearly always at once. If it comes back to this thread, or
// if every thread is blocked, the slow part takes a mutex, makes a snapshot of all threads and
// calls find_stuck(). Its answer counts only if the sequences of the stuck threads did not change
// meanwhile: then all their waits lay there at one moment, and a waiting thread neither acquires
// nor releases, so the owners that were read belong to that moment too. If one did change, that
// thread is not stuck, or will look for itself when it has published its next wait. The other
// threads do not matter: in a busy program one of them always goes to sleep or wakes up.
//
// A thread is stuck as long as the word that it published with its wait is `expected`: nobody has
// given it anything. Every primitive keeps to this:
//   - the word changes before the waiter is woken, and if it changes, that waiter can go on or looks
//     again (it is woken, or its sleep does not begin). So a wake-up that is on its way, and a waiter
//     that has published and does not sleep yet, are both seen by the word, and no state of the
//     kernel has to be asked for.
//   - the word keeps its value if what happened was given to another. A count (permits, items, room)
//     that was taken by somebody else is 0 again. A Condition has no such count: there each waiter
//     has a word of its own, and a notification changes the words of the waiters that it goes to. The
//     notifier is not waiting meanwhile, so between its choice and that change there is a thread that
//     runs.
//   - a lock's word names its holder. A waiter that was woken and finds it taken by another waits for
//     that one, whether or not it has looked by now.
//
// The mutex makes the victim unique: it takes its publication back before the next thread looks.
#include "harness/runtime/waits/wait.h"

#include "harness/analysis/wait_for_graph.h"
#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/tsan.h"
#include "harness/runtime/core/forked.h"
#include "harness/runtime/core/host.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/registry/untracked_threads.h"
#include "harness/runtime/waits/hang.h"
#include "harness/runtime/waits/other_processes.h"
#include "harness/runtime/waits/outside_waits.h"
#include "harness/runtime/waits/releasers.h"
#include "harness/runtime/waits/wait_snapshot.h"

namespace gridlock::internal {
namespace {

constinit RawMutex& g_mutex =
    mutex_of(MutexRank::kWait);  // one look at a time; guards the snapshot
Table<ThreadState*> g_involved;
bool g_ends = false;  // the process, with what was found; guarded by g_mutex

bool everybody_blocked() noexcept { return blocked_threads().load() >= live_threads().load(); }

bool suspicious(ThreadState* self) noexcept {
  if (everybody_blocked()) return true;
  ThreadState* at = self;
  for (u32 hops = 0; hops <= slot_count(); ++hops) {
    if (!waits(at->wait.sequence.load()) || at->wait.timed) return false;
    const Releaser releaser = releaser_of(at->wait, at == self);
    if (releaser.source == Source::kEndedThread || releaser.source == Source::kNoThread)
      return true;
    // Only a look at all threads tells which of the threads that share a lock is blocked.
    if (releaser.source == Source::kSeveral)
      return blocked_threads().load() > 1 || held_by(self, at->wait.object) != nullptr;
    if (releaser.source == Source::kAnyOfPool) return pool_waits(releaser.pool);
    if (releaser.source != Source::kOneThread) return false;
    at = releaser.thread;
    if (at == self) return true;
  }
  return true;
}

// Sets Waiter::stuck as if no untracked thread ran; returns how many are stuck.
u32 count_stuck() noexcept {
  const Snapshot all = wait_snapshot().all();
  return find_stuck(all.waiters, all.count, all.releasers, !wait_snapshot().complete);
}

// A wait for another program that can go on by itself is none of ours. Looking is expensive, so only
// those are asked that would be stuck otherwise. True if one of them can go on.
bool look_outside() noexcept {
  WaitSnapshot& now = wait_snapshot();
  bool changed = false;
  bool untracked = false;
  bool known = false;
  for (u32 i = 0; i < now.waiters.size(); ++i) {
    const ThreadState* const state = now.seen[i].state;
    if (!now.waiters[i].stuck || !is_outside_type(state->wait.type)) continue;
    if (!known) untracked = untracked_threads_may_run();
    known = true;
    if (!untracked && !changed && outside_is_stuck(state)) continue;
    now.waiters[i].needs = Needs::kNothing;
    changed = true;
  }
  return changed;
}

// A thread that was there for a moment only, unknown before and after, may have done what any thread
// can do: then the word says so.
bool got_something(const Wait& wait) noexcept {
  return !is_outside_type(wait.type) && releaser_of(wait).source == Source::kAvailable;
}

// Every thread that is called stuck still waits as it did.
bool stuck_still_wait() noexcept {
  const WaitSnapshot& now = wait_snapshot();
  bool by_any_thread = false;
  for (u32 i = 0; i < now.seen.size(); ++i) {
    if (!now.waiters[i].stuck) continue;
    if (now.seen[i].state->wait.sequence.load() != now.seen[i].sequence) return false;
    const bool by_any = now.waiters[i].needs == Needs::kAny;
    if (by_any && got_something(now.seen[i].state->wait)) return false;
    by_any_thread = by_any_thread || by_any;
  }
  // A thread that was started while the snapshot was made is not in it, and could release.
  return !by_any_thread || everybody_blocked();
}

// The moments of all of them; 0: one does not sleep.
u64 moments_of_sleep() noexcept {
  const WaitSnapshot& now = wait_snapshot();
  u64 all = 1;
  for (u32 i = 0; i < now.seen.size(); ++i) {
    if (!now.waiters[i].stuck) continue;
    if (now.seen[i].state == tls_thread) {
      // It does not sleep yet, and will not if what lies at the address has changed by now.
      const Wait& own = tls_thread->wait;
      if (own.type == ObjectType::kAddress && own.word->load() != own.expected) return 0;
      continue;
    }
    const u64 moment = host_moment_of_sleep(now.seen[i].state, now.seen[i].sequence);
    if (moment == 0) return 0;
    all = mix(all + moment) | 1;
  }
  return all;
}

bool snapshot_holds() noexcept {
  constexpr u32 kTries = 5;  // a sleeper may wake up for a signal and go on sleeping
  for (u32 i = 0; i < kTries && stuck_still_wait(); ++i) {
    const u64 before = moments_of_sleep();
    if (before == 0) return false;
    host_pause();
    if (moments_of_sleep() == before) return stuck_still_wait();
  }
  return false;
}

// Those of g_path.
void involve_path(u32 length) noexcept {
  const WaitSnapshot& now = wait_snapshot();
  g_involved.resize(0);
  for (u32 i = 0; i < length && !g_involved.full(); ++i)
    g_involved[g_involved.add()] = now.seen[now.path[i]].state;
}

// All threads are blocked. A semaphore of which one thread has all that is missing is then as good
// as a lock of that thread, and a cycle says more than a list. Of several threads: one that waits
// for its own permit has lost it, and no order of locks would help.
bool involve_permit_cycle(u32 first) noexcept {
  WaitSnapshot& now = wait_snapshot();
  for (u32 i = 0; i < now.waiters.size(); ++i) {
    const Wait& wait = now.seen[i].state->wait;
    if (now.waiters[i].needs != Needs::kAny || !is_permit_type(wait.type)) continue;
    const ThreadState* const holder = only_permit_holder(wait.object);
    if (holder == nullptr || now.index_of_slot[holder->slot_word - 1] == kNobody) continue;
    now.waiters[i] = {Needs::kEach, true, now.releasers.size(), 0};
    add_releaser(now.waiters[i], now.index_of_slot[holder->slot_word - 1]);
  }
  const HangVerdict verdict = judge_cycles(now.all(), first);
  if (verdict.kind == Standstill::kNone) return false;
  involve_path(verdict.size);
  return true;
}

bool waits_outside() noexcept {
  for (u32 i = 0; i < g_involved.size(); ++i) {
    if (is_outside_type(g_involved[i]->wait.type)) return true;
  }
  return false;
}

// One finding for a process tree: another process may be writing one at this moment.
void claim_the_end() noexcept {
  if (options().on_deadlock != OnDeadlock::kThrow && !claim_tree_end()) wait_for_tree_end();
}

// Reports the threads that are stuck for sure, `self` among them. Not called for a thread that
// ends.
bool report_certain(WaiterIndex self) noexcept {
  const HangVerdict verdict = judge_certain(wait_snapshot().all(), self);
  if (verdict.kind == Standstill::kNone || !snapshot_holds()) return false;
  claim_the_end();
  involve_path(verdict.size);
  if (verdict.kind == Standstill::kCycle) {
    report_deadlock(g_involved.data(), g_involved.size());
  } else {
    report_pool_deadlock(g_involved.data(), g_involved.size());
  }
  return true;
}

bool report_starving(WaiterIndex first) noexcept {
  const HangVerdict verdict = judge_starving(
      wait_snapshot().all(), first,
      !wait_snapshot().complete || untracked_threads_may_run() || host_may_end_waits());
  if (verdict.kind == Standstill::kNone || !snapshot_holds()) return false;
  claim_the_end();
  involve_path(verdict.size);
  const bool everybody = verdict.size == wait_snapshot().waiters.size();
  if (everybody && involve_permit_cycle(first)) {
    report_deadlock(g_involved.data(), g_involved.size());
  } else if (waits_outside()) {
    report_program_deadlock(g_involved.data(), g_involved.size());
  } else {
    report_starvation(g_involved.data(), g_involved.size());
  }
  return true;
}

// Finds what `self` closes; writes it.
bool report_what_is_stuck(const ThreadState* self) noexcept {
  take_snapshot(View::kProved);
  if (count_stuck() == 0) return false;
  if (look_outside() && count_stuck() == 0) return false;
  const WaitSnapshot& now = wait_snapshot();
  WaiterIndex first = kNobody;
  for (u32 i = 0; i < now.waiters.size(); ++i) {
    if (now.waiters[i].stuck && (self == nullptr || now.seen[i].state == self)) first = i;
  }
  if (first == kNobody) return false;
  if (self != nullptr && report_certain(first)) return true;
  return report_starving(first);
}

// `self` closes a deadlock, or starves; nullptr: a thread has ended, and others may starve. The process
// ends without the mutex: a handler of SIGABRT may use locks, and start threads that do.
bool find_and_report(ThreadState* self) noexcept {
  {
    const RawGuard guard(g_mutex);
    if (g_ends || !report_what_is_stuck(self)) return false;
    if (self != nullptr && options().on_deadlock == OnDeadlock::kThrow) {
      end_wait(self);
      return true;
    }
    g_ends = true;
  }
  end_process_after_deadlock();
}

WaiterIndex index_of(const ThreadState* state) noexcept {
  const WaitSnapshot& now = wait_snapshot();
  for (u32 i = 0; i < now.seen.size(); ++i) {
    if (now.seen[i].state == state) return i;
  }
  return kNobody;
}

// A polling thread wakes up all the time: its sequence is not compared.
bool hang_holds() noexcept {
  const WaitSnapshot& now = wait_snapshot();
  for (u32 i = 0; i < now.seen.size(); ++i) {
    const ThreadState* const state = now.seen[i].state;
    if (!now.waiters[i].stuck || state->wait.timed) continue;
    if (state->wait.sequence.load() != now.seen[i].sequence) return false;
  }
  return true;
}

// The wait has lasted long, and no known thread could end it.
bool report_unproved(const ThreadState* self) noexcept {
  take_snapshot(View::kHang);
  const WaiterIndex first = index_of(self);
  if (first == kNobody || count_stuck() == 0 || !wait_snapshot().waiters[first].stuck) return false;
  HangVerdict verdict = judge_certain(wait_snapshot().all(), first);
  if (verdict.kind == Standstill::kNone)
    verdict = judge_starving(wait_snapshot().all(), first, !wait_snapshot().complete);
  if (verdict.kind == Standstill::kNone || !hang_holds()) return false;
  involve_path(verdict.size);
  if (verdict.kind == Standstill::kCycle) {
    report_deadlock(g_involved.data(), g_involved.size());
  } else if (verdict.kind == Standstill::kKnot) {
    report_pool_deadlock(g_involved.data(), g_involved.size());
  } else {
    report_starvation(g_involved.data(), g_involved.size(), kNotProved);
  }
  return true;
}

// Nobody is at work, and the wait is for a thread that sleeps at something that is not ours.
bool waits_for_unknown(const ThreadState* self) noexcept {
  take_snapshot(View::kOutside);
  const WaiterIndex first = index_of(self);
  return first != kNobody && count_stuck() != 0 && wait_snapshot().waiters[first].stuck;
}

// Only for a process alone: in a tree, other processes might do what is waited for.
bool find_hang(ThreadState* self, u64 since) noexcept {
  if (in_process_tree()) return false;
  {
    const RawGuard guard(g_mutex);
    const Still still = look_around(since);
    if (g_ends || still == Still::kNo) return false;
    const bool found = report_unproved(self);
    if (!found && (still != Still::kQuiet || !waits_for_unknown(self))) return false;
    if (options().on_deadlock == OnDeadlock::kThrow) {
      if (found) end_wait(self);
      return found;
    }
    g_ends = true;
  }
  dump_hang();
  end_process_after_deadlock();
}

}  // namespace

bool init_waits() noexcept {
  return init_wait_snapshot() && init_wait_stacks() &&
         g_involved.reserve(wait_snapshot().seen.capacity());
}

Wake begin_wait(ThreadState* state, const WaitFor& what, u32 expected, bool timed) noexcept {
  Wait& wait = state->wait;
  wait.type = what.type;
  wait.op = what.op;
  // The id in memory that was overwritten.
  wait.object = what.object <= object_count() ? what.object : add_object(what.type, 0, {}, false);
  wait.word = what.word;
  wait.expected = expected;
  wait.target = what.target;
  wait.notified = what.stack;
  wait.timed = timed;
  if (!timed) blocked_threads().fetch_add(1);
  mirror_sequence(state, wait.sequence.fetch_add(1) + 1);
  const bool over = what.word != nullptr && what.word->load() != expected;
  if (GRIDLOCK_UNLIKELY(g_is_forked.load(std::memory_order_relaxed)) && !over &&
      report_if_lost_in_fork(state, what, expected) && !timed) {
    if (options().on_deadlock != OnDeadlock::kThrow) end_process_after_deadlock();
    end_wait(state);
    return Wake::kDeadlock;
  }
  if (over || timed) return Wake::kLookAgain;
  if (suspicious(state) && find_and_report(state)) return Wake::kDeadlock;
  const bool without_sleep = what.word == nullptr;
  return without_sleep && in_process_tree() ? look_at_tree(state) : Wake::kLookAgain;
}

void end_wait(ThreadState* state) noexcept {
  mirror_sequence(state, state->wait.sequence.fetch_add(1) + 1);
  if (!state->wait.timed) blocked_threads().fetch_sub(1);
}

Wake look_again(ThreadState* state) noexcept {
  return everybody_blocked() && find_and_report(state) ? Wake::kDeadlock : Wake::kLookAgain;
}

Wake look_for_hang(ThreadState* state, u64 since) noexcept {
  return find_hang(state, since) ? Wake::kDeadlock : Wake::kLookAgain;
}

Wake sleep_on(ThreadState* state, const WaitFor& what, u32 expected, u64 deadline_ns) noexcept {
  if (begin_wait(state, what, expected, deadline_ns != kNoTimeout) == Wake::kDeadlock)
    return Wake::kDeadlock;
  const Wake wake = control().block(state, what, expected, deadline_ns);
  if (wake != Wake::kDeadlock) end_wait(state);
  return wake;
}

void forget_the_end() noexcept {
  const RawGuard guard(g_mutex);
  g_ends = false;
}

void check_after_end() noexcept {
  if (live_threads().load() != 0 && everybody_blocked()) find_and_report(nullptr);
}

}  // namespace gridlock::internal
