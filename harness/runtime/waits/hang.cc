// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/waits/hang.h"

#include "harness/platform/futex.h"
#include "harness/platform/pages.h"
#include "harness/platform/proc.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/waits/releasers.h"

namespace gridlock::internal {
namespace {

constexpr u64 kSecond = 1'000'000'000;
constexpr u32 kLooks = 10;       // in the time of the option
constexpr u32 kEnoughLooks = 8;  // on a busy machine some come late
constexpr u32 kPolls = 3;
constexpr u64 kNotWaiting = ~u64{0};

// How long a thread had run when it was looked at last.
struct Effort {
  int tid;
  u64 cpu_ns;
  u64 at;
};

// What the looks have shown of the thread in a slot.
struct Watched {
  u32 number;  // whose all this is
  u32 sequence;
  u64 waits_since;  // without a limit; 0: it does not
  ObjectId polls_at;
  u32 polls;  // how many of its waits there were seen, one after the other
  SleepsIn sleeps_in;
  Effort effort;
};

Table<Watched> g_watched;
constexpr u32 kMaxUntracked = 1024;
Effort g_untracked[kMaxUntracked];
u64 g_last_look = 0;
u64 g_at_work = 0;         // when somebody was seen at work last
u32 g_looks_since = 0;     // that
u64 g_all_wait_since = 0;  // but for bystanders; 0: they do not

// A thread that ticks is awake at times, too, on a busy machine often; but it does not get far. One
// that works gets its share of the processors even there. In a call, or where nothing can be read,
// it is taken to work.
bool is_at_work(int tid, SleepsIn where, u64 now, Effort& before) noexcept {
  const Effort last = before;
  before = {tid, thread_cpu_ns(tid), now};
  if (where == SleepsIn::kCall) return true;
  const bool awake = where == SleepsIn::kNowhere;
  if (last.tid != tid || before.cpu_ns == 0) return awake;
  const u64 ran = before.cpu_ns - last.cpu_ns;
  const u64 passed = now - last.at;
  return (awake && ran >= passed / 100) || ran >= passed / 5;
}

void note_timed_wait(Watched& watched, const ThreadState* state, u32 sequence) noexcept {
  if (watched.polls_at != state->wait.object) watched.polls = 0;
  if (sequence != watched.sequence) ++watched.polls;
  watched.polls_at = state->wait.object;
}

// Does `op`, at the object that is waited for, end a wait of that kind?
bool ends(Op op, const Wait& wait) noexcept {
  const ObjectTypeRow& row = row_of(wait.type);
  if (row.span != ObjectSpan::kThreads) return true;
  if (row.role == ObjectRole::kQueue) {
    if (wait.op == Op::kJoin) return op == Op::kTaskDone;
    if (wait.op == Op::kGet || wait.op == Op::kTryGet) return op == Op::kPut || op == Op::kTryPut;
    return op == Op::kGet || op == Op::kTryGet;
  }
  if (row.role != ObjectRole::kSignal && row.role != ObjectRole::kPermit) return true;
  return effect_of(op) == OpEffect::kSignals || effect_of(op) == OpEffect::kGives;
}

struct Look {
  u64 now;
  bool work;       // somebody is at work
  u64 wait_since;  // the latest of those that wait; kNotWaiting: one does not
};

void look_at(const ThreadState* state, Look& look) noexcept {
  if (!g_watched.reach(state->slot_word)) {
    look.work = true;  // nothing can be said of it
    return;
  }
  Watched& watched = g_watched[state->slot_word - 1];
  if (watched.number != state->number) watched = Watched{};
  watched.number = state->number;
  const u32 sequence = state->wait.sequence.load();
  const bool timed = waits(sequence) && state->wait.timed;
  const bool waiting = waits(sequence) && !timed;
  if (!waiting) watched.waits_since = 0;
  if (waiting && (watched.waits_since == 0 || watched.sequence != sequence))
    watched.waits_since = look.now;
  if (timed) note_timed_wait(watched, state, sequence);
  if (waiting) watched.polls = 0;
  watched.sequence = sequence;
  watched.sleeps_in = waits(sequence) ? SleepsIn::kPause : thread_sleep(state->os_id).where;
  // A waiting thread may be the one that looks, which takes processor time.
  if (!waiting && is_at_work(state->os_id, watched.sleeps_in, look.now, watched.effort))
    look.work = true;
  if (thread_record(state->number).daemon || polls_in_possession(state)) return;
  const u64 since = waiting ? watched.waits_since : kNotWaiting;
  if (since > look.wait_since) look.wait_since = since;
}

bool is_ours(int tid) noexcept {
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    const ThreadState* const state = thread_in_slot(slot);
    if (state->phase.load() == ThreadPhase::kLive && state->os_id == tid) return true;
  }
  return false;
}

bool look_at_untracked(int tid, void* look) noexcept {
  auto& all = *static_cast<Look*>(look);
  if (is_ours(tid)) return true;
  u32 at = 0;
  while (at + 1 < kMaxUntracked && g_untracked[at].tid != 0 && g_untracked[at].tid != tid) ++at;
  const bool known = g_untracked[at].tid == tid || g_untracked[at].tid == 0;
  if (!known || is_at_work(tid, thread_sleep(tid).where, all.now, g_untracked[at])) all.work = true;
  return true;
}

// Nobody looked for a while because nobody waited for long: what was seen before is worth nothing.
bool was_away(u64 now) noexcept { return now - g_last_look > 3 * hang_slice_ns(); }

void look_now(u64 now) noexcept {
  Look look{now, was_away(now), 0};
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    const ThreadState* const state = thread_in_slot(slot);
    if (state->phase.load() == ThreadPhase::kLive) look_at(state, look);
  }
  if (!visit_os_threads(&look_at_untracked, &look)) look.work = true;  // whoever cannot be listed
  g_last_look = now;
  g_all_wait_since = look.wait_since;
  if (look.work) {
    g_at_work = now;
    g_looks_since = 0;
  }
  ++g_looks_since;
}

}  // namespace

bool init_hang() noexcept { return options().hang == 0 || g_watched.reserve(kMaxThreadSlots); }

u64 hang_slice_ns() noexcept {
  return options().hang == 0 ? kNoTimeout : options().hang * kSecond / kLooks;
}

Still look_around(u64 since) noexcept {
  const u64 now = now_ns();
  if (now - g_last_look > hang_slice_ns() / 2) look_now(now);
  const u64 limit = options().hang * kSecond;
  if (now - since < limit) return Still::kNo;
  if (now - g_at_work >= limit && g_looks_since >= kEnoughLooks) return Still::kQuiet;
  const bool all_wait = g_all_wait_since != kNotWaiting && now - g_all_wait_since >= limit;
  return all_wait ? Still::kOnlyBystanders : Still::kNo;
}

bool polls_in_possession(const ThreadState* state) noexcept {
  if (state->slot_word > g_watched.reached()) return false;
  const Watched& watched = g_watched[state->slot_word - 1];
  return watched.number == state->number && watched.polls >= kPolls && held_count(state) != 0;
}

bool sleeps_outside(const ThreadState* state) noexcept {
  if (state->slot_word > g_watched.reached()) return false;
  const Watched& watched = g_watched[state->slot_word - 1];
  return watched.number == state->number && watched.sleeps_in == SleepsIn::kFutex;
}

bool is_recorded(const Wait& wait) noexcept { return wait.type != ObjectType::kRendezvous; }

bool has_ended_such(const ThreadState* state, const Wait& wait) noexcept {
  for (u32 i = 0; i < state->ring.size(); ++i) {
    const Record record = state->ring.oldest(i);
    if (object_of(record) == wait.object && ends(op_of(record), wait)) return true;
  }
  return false;
}

}  // namespace gridlock::internal
