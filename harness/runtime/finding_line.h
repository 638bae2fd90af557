// SPDX-License-Identifier: Apache-2.0
//
// One finding on its way to the log.
#pragma once

#include "harness/runtime/describe.h"
#include "harness/runtime/json_writer.h"

namespace gridlock::internal {

/// The rows of finding_kinds.def.
enum class Kind : u8 {
#define GRIDLOCK_FINDING_KIND(enumerator, name, title, source, meaning, fix) enumerator,
#include <gridlock/finding_kinds.def>
#undef GRIDLOCK_FINDING_KIND
};

const char* kind_name(Kind kind) noexcept;

/// Begins with the kind, ends with the objects that were mentioned, and is in the log when it is
/// destroyed. One at a time in the process; a second one waits. Not to be nested.
class FindingLine {
 public:
  explicit FindingLine(Kind kind) noexcept;
  ~FindingLine();
  FindingLine(const FindingLine&) = delete;
  FindingLine& operator=(const FindingLine&) = delete;

  GRIDLOCK_INLINE JsonWriter& json() noexcept { return json_; }
  Mentioned& mentioned() noexcept;
  /// The member "objects" is written already.
  GRIDLOCK_INLINE void has_objects() noexcept { has_objects_ = true; }

 private:
  JsonWriter json_;
  bool has_objects_ = false;
};

/// True the first time it is asked with this key. Thread-safe.
bool first_time(u64 key) noexcept;

}  // namespace gridlock::internal
