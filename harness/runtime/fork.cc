// SPDX-License-Identifier: Apache-2.0
//
// The forking thread takes every mutex of the runtime, in the order of mutex_ranks.def, so that the
// child finds no table half changed; both sides release them.
#include "harness/runtime/fork.h"

#include <pthread.h>

#include "harness/platform/mutex_ranks.h"
#include "harness/platform/raw_io.h"
#include "harness/runtime/call_sites.h"
#include "harness/runtime/classes.h"
#include "harness/runtime/declared_order.h"
#include "harness/runtime/end_records.h"
#include "harness/runtime/ending.h"
#include "harness/runtime/family.h"
#include "harness/runtime/family_tables.h"
#include "harness/runtime/findings.h"
#include "harness/runtime/outside.h"
#include "harness/runtime/plain_forks.h"
#include "harness/runtime/releasers.h"
#include "harness/runtime/runtime.h"

namespace gridlock::internal {

std::atomic<bool> g_is_forked{false};

namespace {

uptr g_fork_stack[kStackLimit];  // of the last fork; written with all mutexes held
u32 g_fork_stack_size = 0;
std::atomic<u32> g_generation{0};  // changes in a child only, before it has a second thread

// By rank: those that the forking thread held already. It is the handler of a crash then, which asks for
// a debugger, say.
u32 g_held_before = 0;

RawMutex& mutex_at(u32 rank) noexcept { return mutex_of(static_cast<MutexRank>(rank)); }

void take_all() noexcept {
  u32 held = 0;
  for (u32 rank = 0; rank < kMutexRanks; ++rank) held |= mutex_at(rank).is_mine() ? 1u << rank : 0;
  if (held != 0) stop_checking_ranks();
  for (u32 rank = 0; rank < kMutexRanks; ++rank) {
    if (kMutexFacts[rank].at_fork && (held & 1u << rank) == 0) mutex_at(rank).lock();
  }
  g_held_before = held;
}

void release_all() noexcept {
  const u32 held = g_held_before;
  for (u32 rank = kMutexRanks; rank > 0;) {
    --rank;
    if (kMutexFacts[rank].at_fork && (held & 1u << rank) == 0) mutex_at(rank).unlock();
  }
}

const ThreadState* if_lost(u32 slot_word) noexcept {
  if (slot_word == 0 || slot_word > slot_count()) return nullptr;
  const ThreadState* const thread = thread_in_slot(slot_word - 1);
  return thread_record(thread->number).lost_in_fork ? thread : nullptr;
}

// A thread of the parent that holds what is waited for. Of a SharedLock's readers any will do.
const ThreadState* lost_holder(const WaitFor& what, u32 word) noexcept {
  if (what.type == ObjectType::kLock || what.type == ObjectType::kRLock)
    return if_lost(word & kOwnerMask);
  if (what.type != ObjectType::kSharedLock) return nullptr;
  if ((word & kExclusiveBit) != 0) return if_lost(word & kSharedMask);
  for (u32 slot_word = 1; slot_word <= slot_count(); ++slot_word) {
    const ThreadState* const thread = if_lost(slot_word);
    if (thread != nullptr && held_by(thread, what.object) != nullptr) return thread;
  }
  return nullptr;
}

void before_fork() noexcept {
  take_all();
  g_fork_stack_size = unwind_stack(&g_fork_stack[0], options().stack_depth, 0);
  plain_fork_begins();
}

void in_parent() noexcept {
  plain_fork_is_past();
  release_all();
}

void in_child() noexcept {
  g_is_forked.store(true, std::memory_order_relaxed);
  g_generation.fetch_add(1, std::memory_order_relaxed);
  keep_only_this_thread();
  keeper_forked();
  const bool is_member = forked_family();
  if (!is_member) leave_tables();
  if (!is_member) plain_fork_is_here();
  forked_log(is_member);
  forked_ending();
  inherited_pipes_changed();
  release_all();
  forked_end_records();
}

}  // namespace

bool crashed_while_writing() noexcept {
  for (u32 rank = 0; rank < kMutexRanks; ++rank) {
    if (kMutexFacts[rank].to_write && mutex_at(rank).is_mine()) return true;
  }
  return false;
}

u32 fork_generation() noexcept { return g_generation.load(std::memory_order_relaxed); }

void watch_forks() noexcept { pthread_atfork(&before_fork, &in_parent, &in_child); }

bool report_if_lost_in_fork(ThreadState* state, const WaitFor& what, u32 word) noexcept {
  const ThreadState* const holder = lost_holder(what, word);
  if (holder == nullptr) return false;
  u64 key = mix((u64{what.object} << 8) | static_cast<u8>(Kind::kMisuseForkHeld));
  for (u32 i = 0; i < state->wait.stack_size; ++i) key = mix(key ^ state->wait.stack[i]);
  if (!first_time(key)) return true;
  FindingLine line(Kind::kMisuseForkHeld);
  JsonWriter& json = line.json();
  line.mentioned().add(what.object);
  json.text("detail", name_of(what.op));
  json.open_array("threads");
  write_thread(json, state, line.mentioned(), {&state->wait.stack[0], state->wait.stack_size});
  write_thread(json, holder, line.mentioned(), {});
  json.close_array();
  json.open_array("locations");
  json.open_object();
  json.text("type", "fork");
  json.text("name", "fork");
  write_stack(json, "allocated", &g_fork_stack[0], g_fork_stack_size);
  json.close_object();
  json.close_array();
  return true;
}

}  // namespace gridlock::internal
