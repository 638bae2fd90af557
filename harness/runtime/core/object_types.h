// SPDX-License-Identifier: Apache-2.0
//
// What the runtime asks of a type of object: the rows of object_types.def as arrays. Each question is
// one load; the arrays have internal linkage, because the observer has no weak symbol.
#pragma once

#include <gridlock/identity.h>

#include "harness/platform/base.h"

namespace gridlock::internal {

using ObjectId = u32;  // 0: none, or the table was full

enum class ObjectRole : u8 { kLock, kPermit, kOnce, kSignal, kQueue, kExecution, kPipe };
enum class ObjectSpan : u8 { kThreads, kProcesses, kPrograms };

struct ObjectTypeRow {
  const char* name;
  char letter;
  ObjectRole role;
  ObjectSpan span;
};

constexpr ObjectTypeRow kObjectTypes[] = {
#define GRIDLOCK_OBJECT_TYPE(enumerator, name, letter, role, span) \
  {name, letter, ObjectRole::role, ObjectSpan::span},
#include <gridlock/object_types.def>
#undef GRIDLOCK_OBJECT_TYPE
};

GRIDLOCK_INLINE const ObjectTypeRow& row_of(ObjectType type) noexcept {
  return kObjectTypes[static_cast<u8>(type)];
}

/// What the reports call a type ("RLock"), and the letter of its ids ('M').
GRIDLOCK_INLINE const char* type_name(ObjectType type) noexcept { return row_of(type).name; }
GRIDLOCK_INLINE char type_letter(ObjectType type) noexcept { return row_of(type).letter; }

/// A lock of this process: what has an owner, an order and a class.
GRIDLOCK_INLINE bool is_lock_type(ObjectType type) noexcept {
  return row_of(type).role == ObjectRole::kLock && row_of(type).span == ObjectSpan::kThreads;
}
/// A semaphore of this process.
GRIDLOCK_INLINE bool is_permit_type(ObjectType type) noexcept {
  return row_of(type).role == ObjectRole::kPermit && row_of(type).span == ObjectSpan::kThreads;
}
/// What several processes share, in memory that they share.
GRIDLOCK_INLINE bool is_shared_type(ObjectType type) noexcept {
  return row_of(type).span == ObjectSpan::kProcesses && row_of(type).role != ObjectRole::kExecution;
}
/// A program that Gridlock does not see into, or a pipe to it.
GRIDLOCK_INLINE bool is_outside_type(ObjectType type) noexcept {
  return row_of(type).span == ObjectSpan::kPrograms;
}
/// Letters of the types that are numbered over all processes of a tree.
GRIDLOCK_INLINE bool is_shared_letter(char letter) noexcept {
  for (const ObjectTypeRow& row : kObjectTypes)
    if (row.letter == letter) return row.span == ObjectSpan::kProcesses;
  return false;
}

}  // namespace gridlock::internal
