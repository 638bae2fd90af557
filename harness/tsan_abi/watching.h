// SPDX-License-Identifier: Apache-2.0
//
// What the observer of Gridlock's own primitives has to do around executions. The observer lies above this layer
// (harness/controlled), so it hangs itself in here; a program without those primitives has none.
#pragma once

#include "harness/tsan_abi/outcome.h"

namespace gridlock::internal::controlled {

struct Watching {
  /// By the thread that calls explore(), before each execution, and before the fork that is made for it. `watches`: what
  /// it finds is wanted.
  void (*before_execution)(bool watches) noexcept;
  /// A process is made for an execution, or was: what the observer says in it before the body begins is of earlier
  /// executions, and was said.
  void (*forks)(bool now) noexcept;
  /// By the body's own thread, as its first and last steps.
  void (*body_begins)(Records& records) noexcept;
  void (*body_ends)() noexcept;
  /// An execution in process is over. `left`: it was left in the middle.
  void (*after_execution)(bool left) noexcept;
  /// All threads of an execution have come to their ends.
  void (*all_have_ended)() noexcept;
  /// "Lock accounts (M3)", of the object with this id.
  void (*name_object)(Text& text, u32 object) noexcept;
  /// Whether the thread with this number holds it.
  bool (*holds)(ThreadNumber thread, u32 object) noexcept;
  /// The locks of Gridlock's own that it holds, the oldest first, as held_entry() has them: how many of `out` were filled.
  u32 (*held)(ThreadNumber thread, u32* out, u32 limit) noexcept;
};
/// nullptr: there is no observer.
extern const Watching* g_watching;

/// Adds a record to those of the execution; a line that there is no room for is left out.
void keep_record(Records& records, const char* kind, const char* text, u32 text_size,
                 const char* line, u64 line_size) noexcept;

}  // namespace gridlock::internal::controlled
