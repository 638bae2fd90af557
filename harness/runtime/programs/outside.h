// SPDX-License-Identifier: Apache-2.0
//
// Can another program still do what a thread of ours waits for, or does it wait for us? Pipes have
// no owner, but the kernel tells which process has which end open, and in which call each thread
// sleeps: a thread that sleeps in a write needs one of the processes that have the read end, and so
// on (the model is that of wait_for_graph.h). It is asked only when every thread of this process
// that could help is blocked.
#pragma once

#include "harness/platform/proc.h"

namespace gridlock::internal {

/// What a thread of ours waits for: the processes that have the other end of certain pipes, or a
/// program.
struct OutsideWait {
  static constexpr u32 kMax = 4;
  PipeEnd pipes[kMax];  ///< our ends
  WaitFd fds[kMax];     ///< what it polls; it can go on as soon as one is ready
  u32 pipe_count;
  u32 fd_count;
  int program;   ///< its process; asked first whether it runs
  bool for_end;  ///< the end of the program ends the wait
};

/// A thread outside that sleeps, for the report.
struct OutsideSleeper {
  int pid;
  bool writes;  ///< otherwise it reads, or waits for a child
  u64 pipe;     ///< at which; 0: it waits for a child
};

/// Keeps in mind which pipes are open already: those are not of this process alone. Before it makes
/// pipes for a program; reads /proc/self/fd the first time. With the wait mutex held, as all here.
void note_inherited_pipes() noexcept;
/// In the child of a fork, which has inherited what its parent made.
void inherited_pipes_changed() noexcept;

/// True: nobody outside can end this wait unless this process does something first. All of them
/// slept in one and the same moment, at pipes whose other ends belong to each other or to us, or
/// waiting for children that do. False where anything is not known, also when a process that
/// may have what we opened cannot be looked at. `sleeper` is one of those that the wait depends on, at a pipe
/// if possible.
///
/// Reads all of /proc, two times before it says true. Not thread-safe: with the wait mutex held.
bool outside_waits_for_us(const OutsideWait& wait, OutsideSleeper* sleeper) noexcept;

}  // namespace gridlock::internal
