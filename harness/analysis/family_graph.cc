// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/family_graph.h"

namespace gridlock::internal {
namespace {

// What fill_family_graph() was given.
struct Tables {
  const FamilyProcess* processes;
  u32 process_count;
  const FamilyThread* threads;
  u32 thread_count;
  const u32* slots;
  WaiterIndex* releasers;
  u32 room;
  u32 used;
};

const FamilyProcess* find_process(const Tables& tables, u32 number) noexcept {
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
  const FamilyProcess* const process = find_process(tables, number);
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

// Who is not listed runs: of those all of which are needed it can be left out, and one of those any
// of which is enough ends the wait.
void fill_set(Tables& tables, const FamilyThread& thread, Waiter& waiter) noexcept {
  const bool each = thread.need == FamilyNeed::kThreads;
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

void fill(Tables& tables, const FamilyThread& thread, Waiter& waiter) noexcept {
  waiter = Waiter{};
  waiter.first = tables.used;
  switch (thread.need) {
    case FamilyNeed::kThreads:
    case FamilyNeed::kAnyOf:
      return fill_set(tables, thread, waiter);
    case FamilyNeed::kOwnProcess:
      return fill_process(tables, thread.process, waiter);
    case FamilyNeed::kThread:
      return fill_one(tables, thread.other_process, thread.other_slot, waiter);
    case FamilyNeed::kProcess:
      if (const FamilyProcess* const joined = find_process(tables, thread.other_process))
        fill_one(tables, joined->number, joined->main_slot, waiter);
      return;
    case FamilyNeed::kFamily:
      waiter.needs = Needs::kAny;
      return;
    case FamilyNeed::kMiracle:
      waiter.needs = Needs::kMiracle;
      return;
    case FamilyNeed::kCanGoOn:
      return;
  }
}

}  // namespace

bool fill_family_graph(const FamilyProcess* processes, u32 process_count,
                       const FamilyThread* threads, u32 thread_count, const u32* slots,
                       Waiter* waiters, WaiterIndex* releasers, u32 room) noexcept {
  Tables tables{processes, process_count, threads, thread_count, slots, releasers, room, 0};
  for (u32 i = 0; i < thread_count; ++i) fill(tables, threads[i], waiters[i]);
  bool others_run = false;
  for (u32 i = 0; i < process_count; ++i)
    others_run = others_run || !all_are_listed(tables, processes[i].number);
  return others_run;
}

}  // namespace gridlock::internal
