// SPDX-License-Identifier: Apache-2.0
//
// A thread publishes its wait (sequence odd, sequentially consistent) and then looks at the others.
// Of the threads that close a deadlock together at least one therefore sees all of it: the look
// comes in two parts. The quick one follows the chain from this thread to the owner of what it
// wants, and on; it ends at the first thread that runs, nearly always at once. Only if it comes
// back, or if every thread is blocked, the slow one takes a mutex, makes a snapshot of all threads
// and asks find_stuck(). What it says counts only if the sequences of the stuck threads did not
// change meanwhile: then all their waits lay there at one moment, and a waiting thread neither
// acquires nor releases, so the owners that were read belong to that moment too. If one did change,
// that thread is not stuck, or will look for itself when it has published its next wait. The other
// threads do not matter: in a busy program one of them always goes to sleep or wakes up.
//
// The mutex makes the victim unique: it takes its publication back before the next thread looks.
#include "harness/runtime/wait.h"

#include "harness/analysis/wait_for_graph.h"
#include "harness/platform/futex.h"
#include "harness/platform/pages.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/tsan.h"
#include "harness/runtime/findings.h"
#include "harness/runtime/fork.h"
#include "harness/runtime/runtime.h"

namespace gridlock::internal {
namespace {

enum class Source : u8 { kAvailable, kOneThread, kAnyThread, kEndedThread };

/// Who can end a wait.
struct Releaser {
  Source source;
  ThreadState* thread = nullptr;
};

/// A thread of the snapshot, beside its Waiter.
struct Seen {
  ThreadState* state;
  u32 sequence;
};

RawMutex g_mutex;  // one look at a time; guards what follows
Table<Seen> g_seen;
Table<Waiter> g_waiters;
Table<u32> g_index_of_slot;
Table<ThreadState*> g_involved;

bool waits(u32 sequence) noexcept { return (sequence & 1) != 0; }

// `alive`: the object cannot be gone, because the calling thread itself waits for it.
Releaser releaser_of(const Wait& wait, bool alive = false) noexcept {
  if (wait.type == ObjectType::kThread) {
    const ThreadRecord& record = thread_record(wait.target);
    if (record.ended.load() != 0) return {Source::kAvailable};
    return {Source::kOneThread, thread_in_slot(record.slot)};
  }
  u32 word = 0;
  if (alive) {
    word = wait.core->word.load();
  } else if (!read_word_safely(&wait.core->word, &word)) {
    return {Source::kAvailable};  // the wait is over by now, and the object's memory is gone
  }
  if (wait.type != ObjectType::kLock && wait.type != ObjectType::kRLock &&
      wait.type != ObjectType::kOnceFlag) {
    return {word == wait.expected ? Source::kAnyThread : Source::kAvailable};
  }
  const u32 owner = word & kOwnerMask;
  if (owner == 0 || owner > slot_count()) return {Source::kAvailable};
  ThreadState* const thread = thread_in_slot(owner - 1);
  if (thread->phase.load() == ThreadPhase::kLive) return {Source::kOneThread, thread};
  // It may have released and ended between the two loads.
  u32 now = 0;
  const bool still_held = read_word_safely(&wait.core->word, &now) && (now & kOwnerMask) == owner;
  return {still_held ? Source::kEndedThread : Source::kAvailable, thread};
}

bool everybody_blocked() noexcept { return blocked_threads().load() >= live_threads().load(); }

bool suspicious(ThreadState* self) noexcept {
  if (everybody_blocked()) return true;
  ThreadState* at = self;
  for (u32 hops = 0; hops <= slot_count(); ++hops) {
    if (!waits(at->wait.sequence.load()) || at->wait.timed) return false;
    const Releaser releaser = releaser_of(at->wait, at == self);
    if (releaser.source == Source::kEndedThread) return true;
    if (releaser.source != Source::kOneThread) return false;
    at = releaser.thread;
    if (at == self) return true;
  }
  return true;
}

bool visit_os_thread(int tid, void* strangers) noexcept {
  for (u32 number = 1; number <= thread_count(); ++number) {
    if (thread_record(number).os_id == tid && !thread_record(number).stranger) return true;
  }
  ++*static_cast<u32*>(strangers);
  return true;
}

// Threads of the process that never used a Gridlock object. ThreadSanitizer's own background thread
// is one of them.
bool strangers_run() noexcept {
  u32 strangers = 0;
  visit_os_threads(&visit_os_thread, &strangers);
  return strangers > (tsan_present() ? 1u : 0u);
}

bool tables_ready() noexcept {
  static bool ready = false;  // guarded by g_mutex; constant initialised, so no guard variable
  if (!ready) {
    constexpr u32 kRoom = 1u << 20;
    ready = g_seen.reserve(kRoom) && g_waiters.reserve(kRoom) && g_index_of_slot.reserve(kRoom) &&
            g_involved.reserve(kRoom);
  }
  return ready;
}

void take_snapshot() noexcept {
  g_seen.resize(0);
  g_waiters.resize(0);
  const u32 slots = slot_count();
  for (u32 slot = 0; slot < slots; ++slot) {
    ThreadState* const state = thread_in_slot(slot);
    g_index_of_slot[slot] = kNobody;
    if (state->phase.load() != ThreadPhase::kLive) continue;
    g_index_of_slot[slot] = g_seen.size();
    g_seen[g_seen.add()] = {state, state->wait.sequence.load()};
  }
  for (u32 i = 0; i < g_seen.size(); ++i) {
    Waiter& waiter = g_waiters[g_waiters.add()];
    waiter = Waiter{};
    const Wait& wait = g_seen[i].state->wait;
    if (!waits(g_seen[i].sequence) || wait.timed) continue;
    const Releaser releaser = releaser_of(wait);
    waiter.waiting = releaser.source != Source::kAvailable;
    if (releaser.source == Source::kOneThread) {
      const u32 slot = releaser.thread->slot_word - 1;
      const u32 index = slot < slots ? g_index_of_slot[slot] : kNobody;
      if (index == kNobody) {
        waiter.waiting = false;  // it began or ended meanwhile
      } else {
        waiter.releaser = index;
      }
    }
    if (releaser.source == Source::kEndedThread)
      waiter.releaser = i;  // nobody will: as if it waited for itself
  }
}

// Every thread that is called stuck still waits as it did.
bool snapshot_holds() noexcept {
  bool by_any_thread = false;
  for (u32 i = 0; i < g_seen.size(); ++i) {
    if (!g_waiters[i].stuck) continue;
    if (g_seen[i].state->wait.sequence.load() != g_seen[i].sequence) return false;
    by_any_thread = by_any_thread || g_waiters[i].releaser == kNobody;
  }
  // A thread that was started while the snapshot was made is not in it, and could release.
  return !by_any_thread || everybody_blocked();
}

// Where following one releaser after the other leads.
enum class Chain : u8 {
  kHome,        // back to where it began: a deadlock of the threads passed
  kOtherCycle,  // into a deadlock of others
  kEnd,         // to a wait that no particular live thread ends
};

Chain follow(u32 first) noexcept {
  u32 at = first;
  for (u32 hops = 0; hops <= g_seen.size(); ++hops) {
    const Waiter& waiter = g_waiters[at];
    if (waiter.releaser == kNobody) return Chain::kEnd;
    const bool ended_owner =
        waiter.releaser == at && releaser_of(g_seen[at].state->wait).source == Source::kEndedThread;
    if (ended_owner) return Chain::kEnd;
    at = waiter.releaser;
    if (at == first) return Chain::kHome;
  }
  return Chain::kOtherCycle;
}

// Only these are stuck, and so only these are asked by snapshot_holds().
void keep_cycle(u32 first) noexcept {
  for (u32 i = 0; i < g_waiters.size(); ++i) g_waiters[i].stuck = false;
  g_involved.resize(0);
  u32 at = first;
  do {
    g_waiters[at].stuck = true;
    g_involved[g_involved.add()] = g_seen[at].state;
    at = g_waiters[at].releaser;
  } while (at != first);
}

// False if some of them are a cycle.
bool keep_starving() noexcept {
  g_involved.resize(0);
  for (u32 i = 0; i < g_waiters.size(); ++i) {
    if (!g_waiters[i].stuck) continue;
    if (follow(i) == Chain::kHome) return false;
    g_involved[g_involved.add()] = g_seen[i].state;
  }
  return true;
}

// `self` closes a deadlock, or starves; nullptr: a thread has ended, and others may starve. A cycle
// that does not go through `self` is reported by one of its own threads, perhaps in a moment: to
// call it starvation would be wrong, and with on_deadlock=throw it would have two victims.
bool find_and_report(ThreadState* self) noexcept {
  const RawGuard guard(g_mutex);
  if (!tables_ready()) return false;
  take_snapshot();
  if (find_stuck(g_waiters.data(), g_waiters.size(), false) == 0) return false;
  u32 first = kNobody;
  for (u32 i = 0; i < g_waiters.size(); ++i) {
    if (g_waiters[i].stuck && (self == nullptr || g_seen[i].state == self)) first = i;
  }
  if (first == kNobody) return false;
  const Chain chain = follow(first);
  if (chain == Chain::kOtherCycle || (chain == Chain::kHome && self == nullptr)) return false;
  if (chain == Chain::kHome) {
    keep_cycle(first);
  } else {
    find_stuck(g_waiters.data(), g_waiters.size(), strangers_run());
    if (!g_waiters[first].stuck || !keep_starving()) return false;
  }
  if (!snapshot_holds()) return false;
  if (chain == Chain::kHome) {
    report_deadlock(g_involved.data(), g_involved.size());
  } else {
    report_starvation(g_involved.data(), g_involved.size());
  }
  if (self == nullptr || options().on_deadlock != OnDeadlock::kThrow) end_process_after_deadlock();
  end_wait(self);
  return true;
}

}  // namespace

void prepare_wait(ThreadState* state) noexcept {
  state->wait.stack_size = unwind_stack(&state->wait.stack[0], options().stack_depth, 1);
}

Woken begin_wait(ThreadState* state, const WaitFor& what, u32 expected, bool timed) noexcept {
  Wait& wait = state->wait;
  wait.type = what.type;
  wait.op = what.op;
  wait.object = what.object;
  wait.core = what.core;
  wait.expected = expected;
  wait.target = what.target;
  wait.timed = timed;
  if (!timed) blocked_threads().fetch_add(1);
  wait.sequence.fetch_add(1);
  const bool over = what.core != nullptr && what.core->word.load() != expected;
  if (GRIDLOCK_UNLIKELY(g_is_forked.load(std::memory_order_relaxed)) && !over &&
      report_if_lost_in_fork(state, what, expected) && !timed) {
    if (options().on_deadlock != OnDeadlock::kThrow) end_process_after_deadlock();
    end_wait(state);
    return Woken::kDeadlock;
  }
  if (over || timed || !suspicious(state) || !find_and_report(state)) return Woken::kRetry;
  return Woken::kDeadlock;
}

void end_wait(ThreadState* state) noexcept {
  state->wait.sequence.fetch_add(1);
  if (!state->wait.timed) blocked_threads().fetch_sub(1);
}

Woken sleep_on(ThreadState* state, const WaitFor& what, u32 expected, u64 deadline_ns) noexcept {
  if (begin_wait(state, what, expected, deadline_ns != kNever) == Woken::kDeadlock)
    return Woken::kDeadlock;
  const bool in_time = futex_wait(&what.core->word, expected, deadline_ns);
  end_wait(state);
  return in_time ? Woken::kRetry : Woken::kTimedOut;
}

void check_after_end() noexcept {
  if (live_threads().load() != 0 && everybody_blocked()) find_and_report(nullptr);
}

RawMutex& wait_mutex() noexcept { return g_mutex; }

}  // namespace gridlock::internal
