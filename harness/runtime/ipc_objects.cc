// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/ipc_objects.h"

#include "harness/platform/raw_io.h"
#include "harness/runtime/family_tables.h"
#include "harness/runtime/findings.h"
#include "harness/runtime/runtime.h"

namespace gridlock::internal {

IpcObject* make_ipc_object(ObjectType type, u32 word, u64 bytes, std::string_view name,
                           CallSite where) noexcept {
  if (!family_ready() || family_tables() == nullptr) return nullptr;
  auto* const object = static_cast<IpcObject*>(family_allocate(bytes));
  if (object == nullptr) {
    report_capacity("family_memory");
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
  if (name.data() != nullptr && !name.empty()) name_object(id, name);
  object->number.store(number, std::memory_order_release);
  return object;
}

bool may_end_ipc_object(const IpcObject* object) noexcept {
  return object->maker == this_process() && object->maker_pid == process_id();
}

void end_ipc_object(IpcObject* object, u64 bytes) noexcept {
  object->number.store(0);
  family_free(object, bytes);
}

bool owner_is_gone(u32 word) noexcept {
  const u32 token = word & kTokenMask;
  if (token == 0) return false;
  if (token == kOrphanToken) return true;
  const u32 process = process_of_token(token);
  if (process == 0 || process == this_process() || process > member_count()) return false;
  return !alive(member(process));
}

}  // namespace gridlock::internal
