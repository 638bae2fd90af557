// SPDX-License-Identifier: Apache-2.0
//
// Who the objects are: id, type, name, where made. Ids grow and are never used again, so a lock in
// the memory of a dead one is another lock.
#pragma once

#include <gridlock/identity.h>

#include "harness/platform/base.h"
#include "harness/platform/words.h"
#include "harness/runtime/core/object_types.h"

namespace gridlock::internal {

struct ObjectInfo {
  ObjectType type;
  u32 number;           ///< within the letter: 3 in "M3"
  u32 name;             ///< from intern_name, 0: none
  bool composed;        ///< the name was no string literal
  u32 thread;           ///< of a kThread: its number
  CallSite made_at;     ///< in memory that stays (call_sites.h)
  const void* said_at;  ///< the same as the object itself has it
  bool has_site;
  u32 made_stack;  ///< in the depot: the callers of whoever made it, where made_at names no line of
                   ///< the user; 0: made_at does, or nothing is known
  u32 block;       ///< of what processes share: where in their memory (ipc_objects.h)
};

/// Room for that many objects. False when there is no address space.
bool init_objects(u32 capacity) noexcept;

/// The object's id; gives it one on first use. Thread-safe. 0 when the table is full.
ObjectId register_object(Core& core, ObjectType type) noexcept;
/// The same of an object that several processes share, which brings a number that is given over all
/// of them.
ObjectId register_shared_object(Core& core, ObjectType type, u32 number) noexcept;
/// An object that is no primitive (a thread). Thread-safe.
ObjectId add_object(ObjectType type, u32 number, CallSite made_at, bool has_site) noexcept;
/// Another object with the same name and number, for what needs a second node in the lock-order
/// graph.
ObjectId add_alias(ObjectId object) noexcept;
/// A thread has got another number.
void renumber_thread(ObjectId object, u32 number) noexcept;
void name_object(ObjectId object, std::string_view name) noexcept;
/// Keeps the callers of `frame` as the place where the object was made.
void made_by_callers(ObjectId object, const void* frame) noexcept;
/// The same for an object that has no id yet, which is known by its address.
void note_made_by_library(const void* object, const void* frame) noexcept;
/// Of what processes share.
void place_object(ObjectId object, u32 block) noexcept;

/// Not 0, and not the stamp that a constructor leaves (publication.h).
GRIDLOCK_INLINE bool is_id(u32 id) noexcept { return id - 1 < 0x7fffffffu; }
/// The id of a primitive; one relaxed load after its first use.
GRIDLOCK_INLINE ObjectId id_of(Core& core, ObjectType type) noexcept {
  const ObjectId id = core.id.load(std::memory_order_relaxed);
  return GRIDLOCK_LIKELY(is_id(id)) ? id : register_object(core, type);
}

/// The same without giving it one: 0 if it has none yet.
GRIDLOCK_INLINE ObjectId known_id(const Core& core) noexcept {
  const ObjectId id = core.id.load(std::memory_order_relaxed);
  return is_id(id) ? id : 0;
}

const ObjectInfo& object_info(ObjectId object) noexcept;
u32 object_count() noexcept;
/// The name behind ObjectInfo::name, zero-terminated; "" for 0.
const char* name_text(u32 name) noexcept;

/// "accounts (L1)", or "L1" of an object without a name.
void put_object(Words& words, ObjectId object) noexcept;

}  // namespace gridlock::internal
