// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/waits/wait_snapshot.h"

#include "harness/runtime/waits/hang.h"
#include "harness/runtime/waits/releasers.h"

namespace gridlock::internal {
namespace {

constexpr u32 kFewestThreads = 1u << 10;

constinit WaitSnapshot g_now;  // reserved before static objects are made

// It waits without a limit, or does so in effect.
bool is_waiting(const Seen& seen, View view) noexcept {
  if (!waits(seen.sequence)) return false;
  return !seen.state->wait.timed || (view == View::kHang && polls_in_possession(seen.state));
}

// Only waiting threads are asked: their held sets do not change, and a thread that runs makes
// nobody stuck.
void add_several(Waiter& waiter, const ThreadState* state, View view) noexcept {
  for (u32 i = 0; i < g_now.seen.size(); ++i) {
    if (is_waiting(g_now.seen[i], view) && blocks(g_now.seen[i].state, state))
      add_releaser(waiter, i);
  }
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    const ThreadState* const other = thread_in_slot(slot);
    if (other->phase.load() == ThreadPhase::kEnded && blocks(other, state))
      waiter.needs = Needs::kNever;
  }
}

void add_pool(Waiter& waiter, u32 pool) noexcept {
  for (u32 i = 0; i < g_now.seen.size(); ++i) {
    if (in_pool(g_now.seen[i].state, pool)) add_releaser(waiter, i);
  }
}

// What any thread could do.
void fill_any(Waiter& waiter, const Wait& wait, View view) noexcept {
  if (view == View::kOutside) return;
  waiter.needs = Needs::kAny;
  if (view == View::kProved || !is_recorded(wait)) return;
  waiter.only_set = true;
  for (u32 i = 0; i < g_now.seen.size(); ++i) {
    if (has_ended_such(g_now.seen[i].state, wait)) add_releaser(waiter, i);
  }
}

void fill_waiter(Waiter& waiter, const Seen& seen, u32 slots, View view) noexcept {
  waiter = Waiter{};
  waiter.first = g_now.releasers.size();
  const Wait& wait = seen.state->wait;
  if (!is_waiting(seen, view)) {
    if (view == View::kOutside && sleeps_outside(seen.state)) waiter.needs = Needs::kNever;
    return;
  }
  const Releaser releaser = releaser_of(wait);
  switch (releaser.source) {
    case Source::kAvailable:
      return;
    case Source::kAnyOfPool:
      waiter.needs = Needs::kAnyOf;
      return add_pool(waiter, releaser.pool);
    case Source::kAnyThread:
      return fill_any(waiter, wait, view);
    case Source::kOutside:  // look_outside() has the last word
      if (view == View::kProved) waiter.needs = Needs::kAny;
      return;
    case Source::kEndedThread:
    case Source::kNoThread:
      waiter.needs = Needs::kNever;
      return;
    case Source::kSeveral:
      waiter.needs = Needs::kEach;
      return add_several(waiter, seen.state, view);
    case Source::kOneThread:
      break;
  }
  const u32 slot = releaser.thread->slot_word - 1;
  const WaiterIndex index = slot < slots ? g_now.index_of_slot[slot] : kNobody;
  if (index == kNobody) return;  // it began or ended meanwhile
  waiter.needs = Needs::kEach;
  add_releaser(waiter, index);
}

}  // namespace

WaitSnapshot& wait_snapshot() noexcept { return g_now; }

// As many threads as there is address space for; others are taken to run.
bool init_wait_snapshot() noexcept {
  for (u32 room = kMaxThreadSlots; room >= kFewestThreads; room /= 4) {
    if (g_now.seen.reserve(room) && g_now.waiters.reserve(room) &&
        g_now.index_of_slot.reserve(room) && g_now.path.reserve(room) &&
        g_now.scratch.reserve(room) && g_now.releasers.reserve(room * 16)) {
      return true;
    }
    g_now.seen.release();
    g_now.waiters.release();
    g_now.index_of_slot.release();
    g_now.path.release();
    g_now.scratch.release();
    g_now.releasers.release();
  }
  return false;
}

// How many of the threads there is memory for.
static u32 room_for(u32 threads) noexcept {
  const bool all = g_now.seen.reach(threads) && g_now.waiters.reach(threads) &&
                   g_now.index_of_slot.reach(threads) && g_now.path.reach(threads) &&
                   g_now.scratch.reach(threads);
  return all ? threads : 0;
}

void add_releaser(Waiter& waiter, WaiterIndex index) noexcept {
  if (g_now.releasers.full()) {
    g_now.cut = true;
    return;
  }
  g_now.releasers[g_now.releasers.add()] = index;
  ++waiter.count;
}

void take_snapshot(View view) noexcept {
  g_now.seen.resize(0);
  g_now.waiters.resize(0);
  g_now.releasers.resize(0);
  const u32 all = slot_count();
  const u32 slots = room_for(all < g_now.seen.capacity() ? all : g_now.seen.capacity());
  g_now.complete = slots == all;
  for (u32 slot = 0; slot < slots; ++slot) {
    ThreadState* const state = thread_in_slot(slot);
    g_now.index_of_slot[slot] = kNobody;
    if (state->phase.load() != ThreadPhase::kLive) continue;
    g_now.index_of_slot[slot] = g_now.seen.size();
    g_now.seen[g_now.seen.add()] = {state, state->wait.sequence.load()};
  }
  for (u32 i = 0; i < g_now.seen.size(); ++i) {
    Waiter& waiter = g_now.waiters[g_now.waiters.add()];
    g_now.cut = false;
    fill_waiter(waiter, g_now.seen[i], slots, view);
    if (g_now.cut) waiter = Waiter{};  // a thread missing from its set may end its wait
  }
}

}  // namespace gridlock::internal
