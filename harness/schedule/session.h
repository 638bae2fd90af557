// SPDX-License-Identifier: Apache-2.0
//
// What `gridlock explore` asks of a program, in its environment, and what it hears while the program runs, in a file that
// both have mapped. Words of GRIDLOCK_EXPLORE are separated by '\n', because a path may have any other character:
//
//   strategy=mix|random|pct|pos|surw|postpone|exhaustive  executions=N  seconds=N.N  seed=N  share=INDEX/OF (from 0)
//   preemptions=N, delays=N   bounds of an exhaustive search
//   memory=sequential|weak  what an atomic load may read
//   log=FILE    what is found is appended to it as records (docs/design/wire.md)
//   page=FILE   a SessionPage
//   stop=STEP   of a replay: gridlock_explore_stop() is called before this step, for a debugger
#pragma once

#include "harness/platform/base.h"
#include "harness/schedule/distinct.h"

namespace gridlock::internal::controlled {

inline constexpr char kSessionVariable[] = "GRIDLOCK_EXPLORE";
/// In each program that can be explored, so that others are told from them without being run.
inline constexpr char kSessionMark[] = "gridlock_explore:1:this program chooses its schedules";

struct SessionPage {
  static constexpr u64 kMagic = 0x32656761706c67;  // "glpage2"
  u64 magic;              ///< set by the command; the program sets `answered`
  u64 answered;           ///< the program is one that can be explored, and has begun
  u64 searches;           ///< calls of explore() that have begun
  u64 finished;           ///< and those that are over
  u64 executions;         ///< in all
  u64 failures;           ///< calls of explore() in which something was found
  u64 distinct;           ///< traces of those that are over
  u64 replays;            ///< calls of explore() that were given a replay line and ran it
  u64 planned;            ///< executions of this search; 0: by time
  u64 asked;              ///< of it, of all shards together; 0: by time
  u64 seed;               ///< of this search
  u64 begun;              ///< when it began: executions before it
  DistinctTraces traces;  ///< of this search
  char strategy[16];      ///< of this search
  char name[200];         ///< of this search
  char why_not[200];      ///< of a program that cannot be explored: why; empty: it can
};

/// Which executions of a search are ours: those whose number leaves `index` when it is divided by `of`.
struct Share {
  u64 index = 0;
  u64 of = 1;

  /// The `turn`-th of ours, from 0.
  GRIDLOCK_INLINE u64 number(u64 turn) const noexcept { return turn * of + index; }
  /// How many of the first `all`.
  GRIDLOCK_INLINE u64 size(u64 all) const noexcept {
    return all <= index ? 0 : (all - index - 1) / of + 1;
  }
  /// Ours taken apart again, among `parts` processes.
  GRIDLOCK_INLINE Share part(u64 which, u64 parts) const noexcept {
    return {index + of * which, of * parts};
  }
};

}  // namespace gridlock::internal::controlled
