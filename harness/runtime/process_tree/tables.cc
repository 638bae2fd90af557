// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/process_tree/tables.h"

#include "harness/runtime/findings/process_tree.h"

#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/orders/hooks.h"

namespace gridlock::internal {

namespace {

std::atomic<TreeTables*> g_tables{nullptr};  // written once
ProcessTable* g_own = nullptr;

void adopt_table(u32 number) noexcept {
  g_own = static_cast<ProcessTable*>(tree_allocate(sizeof(ProcessTable)));
  g_live_sequences.store(nullptr);
  tree_tables()->of(number).store(g_own);
  if (g_own == nullptr) return;
  const ThreadState* const self = tls_thread;
  g_own->main_slot = number != 1 && self != nullptr ? self->slot_word - 1 : 0;
  g_own->main_thread = number != 1 && self != nullptr ? self->number : 1;
  g_live_sequences.store(&g_own->sequence[0]);
  // Threads that wait already; one that goes on meanwhile has written its own, which stays.
  for (u32 slot = 0; slot < slot_count() && slot < kMaxSlots; ++slot) {
    u32 unset = 0;
    g_own->sequence[slot].compare_exchange_strong(unset,
                                                  thread_in_slot(slot)->wait.sequence.load());
  }
}

// What the parent's thread holds of the shared things it goes on holding; its copy does not.
void forget_shared_holds(ThreadState* state) noexcept {
  if (state == nullptr) return;
  for (u32 i = held_count(state); i > 0; --i) {
    if (i > held_count(state)) continue;  // they have moved up
    Held& held = state->held[i - 1];
    if (held.object != 0 && is_shared_letter(type_letter(object_info(held.object).type)))
      drop_held(state, &held);
  }
}

}  // namespace

TreeTables* tree_tables() noexcept { return g_tables.load(std::memory_order_acquire); }
ProcessTable* own_table() noexcept { return g_own; }

u32 main_thread_of(u32 number) noexcept {
  if (tree_tables() == nullptr || number == 0) return 1;
  const ProcessTable* const table = table_of(number);
  return table != nullptr ? table->main_thread : 1;
}

TreeTables* make_tree_tables(u32 max_processes) noexcept {
  auto* const tables = static_cast<TreeTables*>(
      tree_allocate(sizeof(TreeTables) + u64{max_processes} * sizeof(std::atomic<ProcessTable*>)));
  if (tables != nullptr) tables->max_processes = max_processes;
  return tables;
}

void init_tree_tables() noexcept {
  TreeTables* const tables = make_tree_tables(options().max_processes);
  if (tables == nullptr) return;
  g_tables.store(tables, std::memory_order_release);
  adopt_table(1);
}

void follow_tables(TreeTables* tables, u32 number) noexcept {
  g_tables.store(tables, std::memory_order_release);
  adopt_table(number);
}

void begin_process_table(u32 number) noexcept {
  forget_shared_holds(tls_thread);
  if (tree_tables() == nullptr) return;
  adopt_table(number);
  if (g_own == nullptr) report_capacity("tree_memory");
}

void end_process_table(u32 number) noexcept {
  if (tree_tables() == nullptr || this_process() == 0 || table_of(number) == nullptr) return;
  const TreeGuard guard;
  ProcessTable* const table = tree_tables()->of(number).exchange(nullptr);
  if (table == nullptr) return;
  for (const DescriptionRoom& room : table->room) {
    if (room.description != nullptr) tree_free(room.description, room.bytes);
  }
  tree_free(table, sizeof(ProcessTable));
}

void leave_tables() noexcept {
  forget_shared_holds(tls_thread);
  g_own = nullptr;
  g_live_sequences.store(nullptr);
}

bool is_main_of_process(const ThreadState* state) noexcept {
  return own_table() != nullptr && state->slot_word - 1 == own_table()->main_slot;
}

void note_ended_holding(const ThreadState* state) noexcept {
  if (own_table() != nullptr && state->slot_word <= kMaxSlots && !is_main_of_process(state))
    own_table()->ended_holding[state->slot_word - 1].store(1);
}

u32 next_shared_number(char letter) noexcept {
  const u32 index = letter == 'L' ? 0 : letter == 'K' ? 1 : 2;
  return tree_tables()->last_number[index].fetch_add(1) + 1;
}

}  // namespace gridlock::internal
