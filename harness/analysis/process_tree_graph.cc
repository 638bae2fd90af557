// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/process_tree_graph.h"

namespace gridlock::internal {
namespace {

// What fill_tree_graph() was given.
struct Tables {
  const ProcessNode* processes;
  u32 process_count;
  const WaitingThread* threads;
  u32 thread_count;
  const u32* slots;
  WaiterIndex* releasers;
  u32 room;
  u32 used;
};

const ProcessNode* find_process(const Tables& tables, u32 number) noexcept {
  for (u32 i = 0; i < tables.process_count; ++i) {
    if (tables.processes[i].number == number) return &tables.processes[i];
  }
  return nullptr;
}

WaiterIndex find_thread(const Tables& tables, u32 process, u32 slot) noexcept {
  for (u32 i = 0; i < tables.thread_count; ++i) {
    if (tables.threads[i].process == process && tables.threads[i].slot == slot) return i;
  }
  return kNobody;
}

u32 listed_threads(const Tables& tables, u32 process) noexcept {
  u32 count = 0;
  for (u32 i = 0; i < tables.thread_count; ++i) {
    if (tables.threads[i].process == process) ++count;
  }
  return count;
}

bool all_are_listed(const Tables& tables, u32 number) noexcept {
  const ProcessNode* const process = find_process(tables, number);
  return process != nullptr && process->live <= listed_threads(tables, number);
}

void can_end(Tables& tables, Waiter& waiter) noexcept {
  tables.used = waiter.first;
  waiter.needs = Needs::kNothing;
  waiter.count = 0;
}

bool add(Tables& tables, Waiter& waiter, WaiterIndex index) noexcept {
  if (tables.used == tables.room) return false;
  tables.releasers[tables.used++] = index;
  ++waiter.count;
  return true;
}

// An unlisted thread counts as running: it is dropped from a set all of which are needed, and it ends a wait for any of a
// set.
void fill_set(Tables& tables, const WaitingThread& thread, Waiter& waiter) noexcept {
  const bool each = thread.need == TreeNeed::kThreads;
  waiter.needs = each ? Needs::kEach : Needs::kAnyOf;
  for (u32 i = 0; i < thread.count; ++i) {
    const WaiterIndex index = find_thread(tables, thread.process, tables.slots[thread.first + i]);
    if (index == kNobody && each) continue;
    if (index == kNobody || !add(tables, waiter, index)) return can_end(tables, waiter);
  }
}

void fill_one(Tables& tables, u32 process, u32 slot, Waiter& waiter) noexcept {
  const WaiterIndex index = find_thread(tables, process, slot);
  waiter.needs = Needs::kEach;
  if (index == kNobody || !add(tables, waiter, index)) can_end(tables, waiter);
}

void fill_process(Tables& tables, u32 process, Waiter& waiter) noexcept {
  if (!all_are_listed(tables, process)) return can_end(tables, waiter);
  waiter.needs = Needs::kAnyOf;
  for (u32 i = 0; i < tables.thread_count; ++i) {
    if (tables.threads[i].process != process) continue;
    if (!add(tables, waiter, i)) return can_end(tables, waiter);
  }
}

void fill(Tables& tables, const WaitingThread& thread, Waiter& waiter) noexcept {
  waiter = Waiter{};
  waiter.first = tables.used;
  switch (thread.need) {
    case TreeNeed::kThreads:
    case TreeNeed::kAnyOf:
      return fill_set(tables, thread, waiter);
    case TreeNeed::kOwnProcess:
      return fill_process(tables, thread.process, waiter);
    case TreeNeed::kThread:
      return fill_one(tables, thread.other_process, thread.other_slot, waiter);
    case TreeNeed::kProcess:
      if (const ProcessNode* const joined = find_process(tables, thread.other_process))
        fill_one(tables, joined->number, joined->main_slot, waiter);
      return;
    case TreeNeed::kTree:
      waiter.needs = Needs::kAny;
      return;
    case TreeNeed::kNever:
      waiter.needs = Needs::kNever;
      return;
    case TreeNeed::kCanGoOn:
      return;
  }
}

}  // namespace

bool fill_tree_graph(const ProcessNode* processes, u32 process_count, const WaitingThread* threads,
                     u32 thread_count, const u32* slots, Waiter* waiters, WaiterIndex* releasers,
                     u32 room) noexcept {
  Tables tables{processes, process_count, threads, thread_count, slots, releasers, room, 0};
  for (u32 i = 0; i < thread_count; ++i) fill(tables, threads[i], waiters[i]);
  bool others_run = false;
  for (u32 i = 0; i < process_count; ++i)
    others_run = others_run || !all_are_listed(tables, processes[i].number);
  return others_run;
}

}  // namespace gridlock::internal
