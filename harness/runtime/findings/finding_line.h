// SPDX-License-Identifier: Apache-2.0
//
// One finding on its way to the log.
#pragma once

#include "harness/runtime/core/json_writer.h"
#include "harness/runtime/core/kinds.h"
#include "harness/runtime/findings/describe.h"

namespace gridlock::internal {

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
  Kind kind_;
  JsonWriter json_;
  bool has_objects_ = false;
  bool is_nested_ = false;  // in the handler of a crash in another one: it goes nowhere
};

/// Room for the first of the keys below. False when there is no address space.
bool init_finding_line() noexcept;
/// True the first time it is asked with this key. Thread-safe.
bool first_time(u64 key) noexcept;
/// The same of a finding of that kind at that place (a hash of its stack) about that object. From the
/// option max_alike on, findings that differ in their object only are counted and not written.
/// Thread-safe.
bool is_news(Kind kind, u64 place, u64 object) noexcept;

}  // namespace gridlock::internal
