// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/process_tree/shared_objects.h"

#include <sys/wait.h>

#include "harness/platform/processes.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/tsan.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/process_tree/memory.h"
#include "harness/runtime/process_tree/tables.h"

namespace gridlock::internal {
namespace {

constexpr u32 kBlock = 64;  // bytes; what tree_allocate aligns to

u32 block_of(const IpcObject* object) noexcept {
  const uptr offset = reinterpret_cast<uptr>(object) - reinterpret_cast<uptr>(tree_header());
  return static_cast<u32>(offset / kBlock);
}

IpcObject* object_at(u32 block) noexcept {
  return reinterpret_cast<IpcObject*>(reinterpret_cast<uptr>(tree_header()) + uptr{block} * kBlock);
}

}  // namespace

IpcObject* make_ipc_object(ObjectType type, u32 word, u64 bytes, std::string_view name,
                           CallSite where) noexcept {
  if (!process_tree_ready() || tree_tables() == nullptr) return nullptr;
  auto* const object = static_cast<IpcObject*>(tree_allocate(bytes));
  if (object == nullptr) {
    report_capacity("tree_memory");
    return nullptr;
  }
  object->core.word.store(word, std::memory_order_relaxed);
  object->core.id.store(made_now(), std::memory_order_relaxed);
  object->core.made_at = where;
  object->maker = this_process();
  object->maker_pid = process_id();
  const u32 number = next_shared_number(type_letter(type));
  // Now, and not on first use: the id has to be the same in the processes that are forked from here.
  const ObjectId id = register_shared_object(object->core, type, number);
  if (id != 0) place_object(id, block_of(object));
  if (name.data() != nullptr && !name.empty()) name_object(id, name);
  // Numbers count by letter, and the memory may become an object of another type. (Not today: their
  // sizes differ too much. Nobody should have to know.)
  object->number.store((number << 8) | static_cast<u8>(type_letter(type)),
                       std::memory_order_release);
  return object;
}

bool may_end_ipc_object(const IpcObject* object) noexcept {
  return object->maker == this_process() && object->maker_pid == process_id();
}

void report_use_after_end(ThreadState* state, Op op, ObjectId id) noexcept {
  report_misuse(Kind::kMisuseUseAfterDestroy, state, op, id, 0);
}

void end_ipc_object(IpcObject* object, u64 bytes) noexcept {
  object->number.store(0);
  tree_free(object, bytes);
}

void let_go_for_tsan(const ThreadState* state) noexcept {
  for (u32 i = 0; i < held_count(state); ++i) {
    const Held& held = state->held[i];
    if (held.object == 0 || is_permit(held)) continue;
    const ObjectInfo& info = object_info(held.object);
    if (is_shared_type(info.type)) tsan_unlocking(&object_at(info.block)->core);
  }
}

bool some_process_died() noexcept {
  for (u32 number = 1; number <= process_count(); ++number) {
    const TreeProcess& each = tree_process(number);
    if (each.now() != ProcessState::kEnded) {
      if (!alive(each)) return true;
      continue;
    }
    const int status = static_cast<int>(each.wait_status.load());
    if (status == kStatusUnknown || WIFSIGNALED(status)) return true;
  }
  return false;
}

OwnerFate fate_of_owner(u32 word) noexcept {
  const u32 process = process_of_token(word);
  if (process == 0 || process > process_count()) return OwnerFate::kLives;
  if (process != this_process() && !alive(tree_process(process))) return OwnerFate::kDied;
  const u32 slot = slot_word_of_token(word) - 1;
  const ProcessTable* const table = table_of(process);
  const bool ended = table != nullptr && slot < kMaxSlots && table->ended_holding[slot].load() != 0;
  return ended ? OwnerFate::kEnded : OwnerFate::kLives;
}

}  // namespace gridlock::internal
