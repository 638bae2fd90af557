// SPDX-License-Identifier: Apache-2.0
//
// What is known of the objects: id, type, name, where made. A lock in the memory of a dead one is another lock.
//
// An id is a place in tables. When the object is gone it is retired: its Core then has a stamp with the id and the
// generation of the place. The place is used again only when nothing names the object any more, which
// forget_the_dead() finds out for many of them at once; the generation is another one then. So whoever has an id
// of an object that is there never means another one, and whoever uses an object that is gone gets it back, or,
// once it has been forgotten, a new one. What people read is the number, which is never used again.
#pragma once

#include <gridlock/identity.h>

#include "harness/platform/base.h"
#include "harness/platform/pages.h"
#include "harness/platform/words.h"
#include "harness/runtime/core/object_types.h"
#include "harness/trace/record.h"

namespace gridlock::internal {

enum class ObjectLife : u8 { kNone, kAlive, kRetired, kLeaving };

struct ObjectInfo {
  ObjectType type;
  std::atomic<ObjectLife> life;
  std::atomic<bool> listed;  ///< among the retired
  ObjectId next_retired;
  ObjectId next;     ///< free place; of an object that is there, and of its aliases, the next alias
  ObjectId owner;    ///< of an alias that goes with it
  u32 number;        ///< within the letter: 3 in "M3"
  u32 name;          ///< names.h; 0: none
  bool composed;     ///< the name was no string literal
  u32 thread;        ///< of a kThread: its number
  CallSite made_at;  ///< in memory that stays (call_sites.h)
  const void* said_at;  ///< the same as the object itself has it
  bool has_site;
  u32 made_stack;  ///< in the depot: the callers of whoever made it, where made_at names no line of
                   ///< the user; 0: made_at does, or nothing is known
  u32 block;       ///< of what processes share: where in their memory (ipc_objects.h)
};

/// Room for that many objects. False when there is no address space.
bool init_objects(u32 capacity) noexcept;

/// Memory for the first few thousand, once everybody follows: they find it where there is none left later.
bool make_room_for_first_objects() noexcept;
/// Something is kept by object elsewhere: called before an object has that id, for ids that grow. False when
/// there is no memory: then there is no such object. False of follow_objects() itself: too many follow.
using ReachObject = bool (*)(ObjectId object) noexcept;
/// The id stands for another object from now on.
using ForgetObject = void (*)(ObjectId object) noexcept;
bool follow_objects(ReachObject reach, ForgetObject forget) noexcept;

/// The object's id; gives it one on first use. Thread-safe. 0 when the table is full.
ObjectId register_object(Core& core, ObjectType type) noexcept;
/// The same of an object that several processes share, which brings a number that is given over all
/// of them.
ObjectId register_shared_object(Core& core, ObjectType type, u32 number) noexcept;
/// An object that is no primitive (a thread). Thread-safe.
ObjectId add_object(ObjectType type, u32 number, CallSite made_at, bool has_site) noexcept;
/// A primitive that is not ours, of which any number may come. With none of the runtime's mutexes held.
ObjectId add_foreign_object(ObjectType type) noexcept;
/// The object is being destroyed, and its id goes with it. Lock-free.
void retire(Core& core) noexcept;
/// What a destructor leaves behind: names the object as long as it has not been forgotten.
inline constexpr u32 kRetiredBits = 0xc0000000u;
/// There was no room when it was first used. It stays without an id although there is room later: what holds it by then
/// does not know that it does. No mark is like that.
inline constexpr u32 kWithoutId = 0xffffffffu;
GRIDLOCK_INLINE bool is_retired(u32 stamp) noexcept { return stamp >= kRetiredBits; }
/// By place: which object this is that has it, modulo kGenerations. Never moves.
inline constexpr u32 kGenerations = 32;
extern Table<u8> g_generations;
/// The same without the two highest bits: the id with the generation of its place; 0: it has none.
GRIDLOCK_INLINE u32 generation_mark(ObjectId object) noexcept {
  if (object == 0) return 0;
  return u32{__atomic_load_n(&g_generations.data()[object], __ATOMIC_RELAXED)} << kOpShift | object;
}
/// The id in a mark of an object that is not destroyed; 0: its place has been given to another one since.
GRIDLOCK_INLINE ObjectId object_of_own_mark(u32 mark) noexcept {
  const ObjectId object = mark & kObjectMask;
  return GRIDLOCK_LIKELY(generation_mark(object) == mark) ? object : 0;
}
/// The object of a mark; 0: it was forgotten, or that is no mark.
ObjectId object_of_mark(u32 mark) noexcept;
GRIDLOCK_INLINE ObjectId object_of_retired(u32 stamp) noexcept {
  return object_of_mark(stamp & ~kRetiredBits);
}
/// Another object with the same name and number, for what needs a second node in the lock-order graph. It goes when
/// the object goes.
ObjectId add_alias(ObjectId object) noexcept;
/// The same that stays.
ObjectId add_lasting_alias(ObjectId object) noexcept;
/// A thread's object is not used any more; with no mutex held but graph_mutex().
void retire_object(ObjectId object) noexcept;

/// How many were retired since the last take_retired().
u32 retired_count() noexcept;
/// Calls each(object) for those and their aliases; from now on none of them comes back.
void take_retired(void (*each)(ObjectId object, void* argument), void* argument) noexcept;
/// Nothing names it any more: everybody who keeps something by object has forgotten it.
void free_object(ObjectId object) noexcept;
/// Sooner or later: gives places back. Called where a new object finds many dead ones; with none of the runtime's
/// mutexes held. Nothing inside of the runtime. (Defined in runtime/forgetting.cc.)
void forget_the_dead() noexcept;
/// So many retired ones are worth it.
inline constexpr u32 kWorthForgetting = 1u << 14;

/// A thread has got another number.
void renumber_thread(ObjectId object, u32 number) noexcept;
void name_object(ObjectId object, std::string_view name) noexcept;
/// Keeps the callers of `frame` as the place where the object was made.
void made_by_callers(ObjectId object, const void* frame) noexcept;
/// The same for an object that has no id yet, which is known by its address.
void note_made_by_library(const void* object, const void* frame) noexcept;
/// For an object that processes share: the block that it lies in.
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

/// Tells it apart from every other object that there ever was.
u64 identity_of(ObjectId object) noexcept;
const ObjectInfo& object_info(ObjectId object) noexcept;
u32 object_count() noexcept;
/// The name behind ObjectInfo::name, zero-terminated; "" for 0.
const char* name_text(u32 name) noexcept;

/// "accounts (L1)", or "L1" of an object without a name.
void put_object(Words& words, ObjectId object) noexcept;

}  // namespace gridlock::internal
