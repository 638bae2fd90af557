// SPDX-License-Identifier: Apache-2.0
//
// The line that repeats an execution, in another process and on another machine:
//
//   gl1:c3.64:9f86d081884c7d65:l.02ab.9c01:wb51f0:57:4d2e....0a.c9:a3c0
//    |    |         |               |      |      |      |          checksum of all before it
//    |    |         |               |      |      |      hash of what happened; behind it, where known, its last 8 bits each
//    |    |         |               |      |      |      so many steps: where a replay goes another way
//    |    |         |               |      |      steps
//    |    |         |               |      w: waits may end spuriously; otherwise -. m: memory is weak. bHHHH: hash of the
//    |    |         |               |      program's code.
//    |    |         |               |      +HELD.WANTED... for each edge of the cycle that it was steered to
//    |    |         |               points: a(ll), s(ynchronisation only), l(earned).SITE...
//    |    |         seed of the execution
//    |    r(andom walk), o (POS), cDEPTH.LENGTH (PCT), x.THREAD-POSITION-VALUE... (turns), y... (precise ones)
//    version
//
// Sites are 16-bit hashes of code offsets: no address of the process is in it.
#pragma once

#include "harness/platform/base.h"
#include "harness/schedule/strategy.h"

namespace gridlock::internal::controlled {

enum class PointKind : u8 {
  kAll,              ///< each access to memory is a scheduling point
  kSynchronization,  ///< only calls and atomic operations are
  kLearned,          ///< those, and the accesses of the given sites
};

inline constexpr u32 kMaxSites = 512;
inline constexpr u32 kMostMarks = 16;
inline constexpr u32 kMaxTurns = 4096;
inline constexpr u32 kReplaySize =
    kMaxSites * 5 + kMaxTurns * 21 + 4 * 13 * 9 + 216;  ///< of the longest line, with its end

/// A cycle of locks that is to happen: at each edge a thread that acquired something at `held` asks for something at one
/// of `wanted`, and is held back there until there is one at each. Offsets of calls in the program.
struct SteeredCycle {
  static constexpr u32 kEdges = 4;
  static constexpr u32 kPlaces = 12;
  struct Edge {
    u32 held = 0;
    u32 count = 0;
    u32 wanted[kPlaces] = {};
  };
  u32 edges = 0;  ///< 0: nothing is steered
  Edge edge[kEdges] = {};
};

struct Schedule {
  Settings settings;
  PointKind points = PointKind::kAll;
  bool spurious = false;
  bool weak = false;     ///< a load may read an older store
  bool endless = false;  ///< the last of `steps` is one too many: it was ended there
  SteeredCycle steered;
  u32 site_count = 0;
  u16 sites[kMaxSites] = {};
  Turn turns[kMaxTurns] =
      {};  ///< of a line that was read; settings.turns points to them (bind_turns)
  u64 steps = 0;
  u64 hash = 0;
  bool has_build = false;  ///< `build` is known
  u16 build = 0;           ///< a hash of the program's code
  u32 mark_count = 0;
  u8 marks[kMostMarks] = {};  ///< of the hash, each so many steps
};

/// The steps from mark to mark of an execution that has so many.
GRIDLOCK_INLINE u64 steps_between_marks(u64 steps) noexcept {
  return (steps + kMostMarks - 1) / kMostMarks;
}

/// The schedule uses its own turns. To be called again where it was copied.
GRIDLOCK_INLINE void bind_turns(Schedule& schedule) noexcept {
  schedule.settings.turns = schedule.turns;
}

/// The line, zero-terminated; its length. No more than kMaxTurns turns have a place in it.
u32 write_replay(const Schedule& schedule, char (&out)[kReplaySize]) noexcept;
/// nullptr, or what is wrong with the line in a few words; then `schedule` is not changed.
const char* read_replay(const char* text, Schedule& schedule) noexcept;

}  // namespace gridlock::internal::controlled
