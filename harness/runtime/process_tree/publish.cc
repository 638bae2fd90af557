// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/process_tree/publish.h"

#include "harness/platform/pages.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/findings/describe.h"
#include "harness/runtime/findings/process_tree.h"
#include "harness/runtime/orders/pools.h"
#include "harness/runtime/waits/releasers.h"

namespace gridlock::internal {
namespace {

constexpr u64 kTextSize = 512 * 1024;
constexpr u64 kLargestDescription = 128 * 1024;

// Guarded by the TreeGuard, as everything here.
char* g_text = nullptr;
Mentioned g_mentioned;
Description g_pieces;

void add_slot(ProcessTable& table, PublishedWait& entry, u32 slot) noexcept {
  if (table.releaser_count == kMaxReleasers) {
    entry.need = TreeNeed::kCanGoOn;
    return;
  }
  table.releasers[table.releaser_count++] = slot;
  ++entry.count;
}

// As the local look does (wait.cc): only those are asked that wait themselves.
void add_blocking(ProcessTable& table, PublishedWait& entry, const ThreadState* state) noexcept {
  entry.need = TreeNeed::kThreads;
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    const ThreadState* const other = thread_in_slot(slot);
    const ThreadPhase phase = other->phase.load();
    if (phase == ThreadPhase::kEnded && blocks(other, state)) entry.need = TreeNeed::kNever;
    if (phase != ThreadPhase::kLive || !waits(other->wait.sequence.load()) || other->wait.timed)
      continue;
    if (blocks(other, state)) add_slot(table, entry, slot);
  }
}

void add_pool(ProcessTable& table, PublishedWait& entry, u32 pool) noexcept {
  entry.need = TreeNeed::kAnyOf;
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    const ThreadState* const other = thread_in_slot(slot);
    if (other->phase.load() == ThreadPhase::kLive && in_pool(other, pool))
      add_slot(table, entry, slot);
  }
}

void fill_local(ProcessTable& table, PublishedWait& entry, const ThreadState* state) noexcept {
  const Releaser releaser = releaser_of(state->wait);
  switch (releaser.source) {
    case Source::kAvailable:
    case Source::kOutside:
      entry.need = TreeNeed::kCanGoOn;
      return;
    case Source::kOneThread:
      entry.need = TreeNeed::kThreads;
      return add_slot(table, entry, releaser.thread->slot_word - 1);
    case Source::kSeveral:
      return add_blocking(table, entry, state);
    case Source::kAnyOfPool:
      return add_pool(table, entry, releaser.pool);
    case Source::kAnyThread:
      entry.need = TreeNeed::kOwnProcess;
      return;
    case Source::kEndedThread:
    case Source::kNoThread:
      entry.need = TreeNeed::kNever;
      return;
  }
}

// The object lies at another address in each process, so the waiter itself has looked who holds it.
void fill_followed(const ProcessTable& table, PublishedWait& entry) noexcept {
  const FollowedHolder& holder = table.holder[entry.slot];
  const bool known = holder.waiter == entry.sequence && holder.process != 0;
  entry.need = known ? TreeNeed::kThread : TreeNeed::kCanGoOn;
  entry.other_process = holder.process;
  entry.other_slot = holder.slot;
  entry.other_sequence = holder.sequence;
  entry.other_os_id = holder.os_id;
  entry.object = holder.object;
}

void fill(ProcessTable& table, PublishedWait& entry, const ThreadState* state) noexcept {
  const Wait& wait = state->wait;
  entry.slot = state->slot_word - 1;
  entry.thread = state->number;
  entry.os_id = state->os_id;
  entry.type = wait.type;
  entry.first = table.releaser_count;
  entry.count = 0;
  entry.word = nullptr;
  entry.object = 0;
  entry.wants = 0;
  if (wait.object != 0) {
    const ObjectInfo& info = object_info(wait.object);
    entry.wants = thing_key(published_process(), type_letter(info.type), info.number);
  }
  if (wait.type == ObjectType::kProcess) {
    entry.need = TreeNeed::kProcess;
    entry.other_process = wait.target;
    entry.wants = thing_key(wait.target, 'T', main_thread_of(wait.target));
  } else if (is_shared_type(wait.type) && followed_process() != 0) {
    fill_followed(table, entry);
  } else if (is_shared_type(wait.type)) {
    entry.need = TreeNeed::kCanGoOn;
    entry.word = wait.word;
    entry.expected = wait.expected;
  } else {
    fill_local(table, entry, state);
  }
}

// --- descriptions

// What json has got since `from`, as a piece.
void end_piece(const JsonWriter& json, PieceKind kind, u64 from, ThingKey thing,
               bool shared) noexcept {
  if (g_pieces.count == kMaxPieces) return;
  g_pieces.pieces[g_pieces.count++] = {kind, static_cast<u32>(from),
                                       static_cast<u32>(json.size() - from), shared, thing};
}

ThingKey key_of(ObjectId object) noexcept {
  const ObjectInfo& info = object_info(object);
  return thing_key(published_process(), type_letter(info.type), info.number);
}

// The text of a stack is a list of frames, without its brackets.
template <typename Write>
void add_stack(JsonWriter& json, PieceKind kind, ThingKey thing, bool shared,
               const Write& write) noexcept {
  json.restart_list();
  const u64 from = json.size();
  write();
  end_piece(json, kind, from, thing, shared);
}

void describe_holds(JsonWriter& json, const ThreadState* state) noexcept {
  for (u32 i = 0; i < held_count(state); ++i) {
    const Held& held = state->held[i];
    if (held.object == 0 || g_pieces.count + 4 >= kMaxPieces) continue;
    add_stack(json, PieceKind::kHeldStack, key_of(held.object), is_shared(held),
              [&] { write_held_stack(json, nullptr, state, held.object); });
  }
}

void describe(JsonWriter& json, const ThreadState* state) noexcept {
  const Wait& wait = state->wait;
  json.begin(g_text, kTextSize);
  json.set_process(published_process());
  g_mentioned.clear();
  g_pieces.count = 0;
  g_pieces.wanted_mode = wait.op == Op::kLockShared ? 1 : wait.op == Op::kUpgrade ? 2 : 0;
  write_thread(json, state, g_mentioned, {});
  end_piece(json, PieceKind::kThread, 0, 0, false);
  add_stack(json, PieceKind::kWantedStack, 0, false,
            [&] { write_stack(json, nullptr, &wait.stack[0], wait.stack_size); });
  describe_holds(json, state);
  for (u32 i = 0; i < g_mentioned.count() && g_pieces.count < kMaxPieces; ++i) {
    json.restart_list();
    const u64 from = json.size();
    write_object(json, g_mentioned[i]);
    end_piece(json, PieceKind::kObject, from, key_of(g_mentioned[i]), false);
  }
}

bool make_room(DescriptionRoom& room, u64 bytes) noexcept {
  if (room.bytes >= bytes) return true;
  Description* const old = room.description;
  room.description = nullptr;
  tree_free(old, room.bytes);
  room.bytes = 0;
  room.description = static_cast<Description*>(tree_allocate(bytes));
  if (room.description == nullptr) return false;
  room.bytes = bytes;
  return true;
}

bool is_described(const DescriptionRoom& room, u32 sequence) noexcept {
  return room.description != nullptr && room.description->sequence == sequence;
}

}  // namespace

bool prepare_descriptions() noexcept {
  if (g_text == nullptr) g_text = static_cast<char*>(reserve_pages(kTextSize));
  return g_text != nullptr;
}

void describe_own_wait(const ThreadState* state) noexcept {
  if (state->slot_word > kMaxSlots) return;
  const u32 sequence = state->wait.sequence.load();
  DescriptionRoom& room = own_table()->room[state->slot_word - 1];
  if (is_described(room, sequence)) return;
  if (!prepare_descriptions()) return;
  JsonWriter json;
  describe(json, state);
  const u64 bytes = sizeof(Description) + json.size();
  // Without a description the thread is not listed, and counts as one that runs.
  if (json.overflowed() || bytes > kLargestDescription || !make_room(room, bytes)) return;
  Description& to = *room.description;
  to.sequence = 0;
  to.count = g_pieces.count;
  to.wanted_mode = g_pieces.wanted_mode;
  for (u32 i = 0; i < to.count; ++i) to.pieces[i] = g_pieces.pieces[i];
  for (u64 i = 0; i < json.size(); ++i) to.text()[i] = g_text[i];
  to.sequence = sequence;
}

void publish_waits() noexcept {
  ProcessTable& table = *own_table();
  table.published = false;
  table.wait_count = 0;
  table.releaser_count = 0;
  const u32 slots = slot_count() < kMaxSlots ? slot_count() : kMaxSlots;
  for (u32 slot = 0; slot < slots && table.wait_count < kMaxWaits; ++slot) {
    const ThreadState* const state = thread_in_slot(slot);
    if (state->phase.load() != ThreadPhase::kLive) continue;
    PublishedWait& entry = table.waits[table.wait_count];
    entry.sequence = state->wait.sequence.load();
    if (!waits(entry.sequence) || state->wait.timed) continue;
    if (!is_described(table.room[slot], entry.sequence)) continue;
    fill(table, entry, state);
    ++table.wait_count;
  }
  // After them: a thread that one of them started before it waited is counted.
  table.live = live_threads().load();
  table.published = true;
}

}  // namespace gridlock::internal
