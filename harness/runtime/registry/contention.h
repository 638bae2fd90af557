// SPDX-License-Identifier: Apache-2.0
//
// How long threads waited for each lock and, with the option `contention`, how long they held it.
// Kept beside the objects, by id. A waiter sleeps anyway; holds are measured only with the option,
// because that reads the clock at each acquisition.
#pragma once

#include "harness/runtime/registry/stack_depot.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

/// Room for that many objects. False when there is no address space.
bool init_contention(u32 capacity) noexcept;

/// The option `contention`; does not change once the runtime is up.
extern bool g_measure_holds;

/// A wait for a lock is over after so many nanoseconds, whatever came of it; its stack is that of
/// prepare_wait().
void note_wait(ThreadState* state, ObjectId object, u64 ns) noexcept;
/// The thread has acquired something that it did not hold; it is about to give back `held`.
/// With g_measure_holds only. What is no lock is not measured.
void note_hold_begins(ThreadState* state, ObjectId object) noexcept;
void note_hold_ends(ThreadState* state, const Held& held) noexcept;

/// A reader took `object` while a writer waits for it.
void note_overtaking(ObjectId object) noexcept;
/// A writer waits for `object`, since `since`. What is returned belongs to note_writer_done(), which
/// is called when the wait is over after `ns`, whatever came of it.
u64 note_writer_waits(ThreadState* state, ObjectId object, u64 since) noexcept;
void note_writer_done(ThreadState* state, ObjectId object, u64 ns, u64 overtakings) noexcept;

/// The one wait of a writer that the most readers went past.
struct Overtaken {
  u64 readers;
  u64 ns;
  u32 thread;  ///< number of the writer
  StackId stack;
  bool still;  ///< it waits at this moment
};

struct Spans {  ///< of time
  u64 count;
  u64 total_ns;
  u64 longest_ns;
  u32 thread;  ///< number of the one with the longest
  StackId stack;
};

struct ContentionFigures {
  ObjectId object;
  u64 acquisitions;
  Spans waits;
  Spans holds;
  Overtaken overtaken;
};

/// The worst locks first: those most waited for, then those held longest. Returns how many.
u32 worst_contention(ContentionFigures* out, u32 room) noexcept;

/// All figures begin again. No other thread may run.
void forget_contention() noexcept;

}  // namespace gridlock::internal
