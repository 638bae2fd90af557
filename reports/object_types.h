// SPDX-License-Identifier: Apache-2.0
//
// What the wording has to know of an object's type: the rows of object_types.def by their names. A
// type that has no row is none of these: a later runtime has others, and what is no lock must not
// read as one.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace gridlock::internal::reports {

enum class ObjectRole : unsigned char { kLock, kPermit, kOnce, kSignal, kQueue, kExecution, kPipe };

struct ObjectTypeRow {
  std::string_view name;
  char letter;
  ObjectRole role;
};

inline constexpr auto kObjectTypes = std::to_array<ObjectTypeRow>({
#define GRIDLOCK_OBJECT_TYPE(enumerator, name, letter, role, span) {name, letter, ObjectRole::role},
#include <gridlock/object_types.def>
#undef GRIDLOCK_OBJECT_TYPE
});

inline bool has_role(std::string_view type, ObjectRole role) {
  const auto* const row = std::ranges::find(kObjectTypes, type, &ObjectTypeRow::name);
  return row != kObjectTypes.end() && row->role == role;
}

inline bool is_lock(std::string_view type) { return has_role(type, ObjectRole::kLock); }
inline bool is_semaphore(std::string_view type) { return has_role(type, ObjectRole::kPermit); }
inline bool is_queue(std::string_view type) { return has_role(type, ObjectRole::kQueue); }
/// A thread or process, whose end is waited for.
inline bool is_execution(std::string_view type) { return has_role(type, ObjectRole::kExecution); }

/// The type that an id stands for by its letter, where nothing else says what it is; empty if it is
/// none of ours, or stands for types of several roles (X1: a pipe or a program).
inline std::string_view type_of_letter(char letter) {
  const auto* const first = std::ranges::find(kObjectTypes, letter, &ObjectTypeRow::letter);
  if (first == kObjectTypes.end()) return {};
  const bool one_role = std::ranges::all_of(kObjectTypes, [&](const ObjectTypeRow& row) {
    return row.letter != letter || row.role == first->role;
  });
  return one_role ? first->name : std::string_view{};
}

}  // namespace gridlock::internal::reports
