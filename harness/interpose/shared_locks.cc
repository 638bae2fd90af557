// SPDX-License-Identifier: Apache-2.0
#include "harness/interpose/shared_locks.h"

#include "harness/interpose/address_table.h"
#include "harness/runtime/process_tree/tables.h"
#include "harness/runtime/registry/publication.h"

namespace gridlock::internal {
namespace {

// What this process calls it, by its number.
struct Entry {
  std::atomic<uptr> address;
  std::atomic<ObjectId> object;
};
constinit AddressTable<Entry, 1u << 14> g_objects;  // those beyond are not watched

__thread u32 tls_held __attribute__((tls_model("initial-exec"))) = 0;

ObjectId object_of_number(ObjectType type, u32 number) noexcept {
  const uptr key = (uptr{static_cast<u8>(type_letter(type))} << 32) | number;
  Entry* const entry = g_objects.find(reinterpret_cast<const void*>(key), true);
  if (entry == nullptr) return 0;
  ObjectId seen = entry->object.load();
  if (seen != 0) return seen;
  const ObjectId fresh = add_object(type, number, CallSite{}, false);
  return entry->object.compare_exchange_strong(seen, fresh) ? fresh : seen;
}

}  // namespace

ObjectId id_of_shared(Mark& mark, ObjectType type) noexcept {
  if (!join_followed()) return 0;
  const u64 stamp = u64{followed_stamp()} << 32;
  u64 seen = mark.id_and_check.load();
  if (seen == 0) {
    const u64 fresh = stamp | next_shared_number(type_letter(type));
    if (mark.id_and_check.compare_exchange_strong(seen, fresh)) seen = fresh;
  }
  return seen >> 32 == stamp >> 32 ? object_of_number(type, static_cast<u32>(seen)) : 0;
}

void note_new_shared(Mark& mark, const void* own_frame, ObjectType type) noexcept {
  ThreadState* const state = watched_thread();
  const ObjectId object = state != nullptr ? id_of_shared(mark, type) : 0;
  if (object == 0) return;
  made_by_callers(object, Frame(state, own_frame).address());
  note_made(object, made_now());
}

void note_shared_held() noexcept { ++tls_held; }
void note_shared_left() noexcept {
  if (tls_held != 0) --tls_held;
}

void leave_shared(ThreadState* state) noexcept {
  if (tls_held == 0) return;
  tls_held = 0;
  g_objects.each([&](Entry& entry) {
    if (Held* const held = find_held(state, entry.object.load())) drop_held(state, held);
  });
}

}  // namespace gridlock::internal
