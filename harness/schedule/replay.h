// SPDX-License-Identifier: Apache-2.0
//
// The line that repeats an execution, in another process and on another machine:
//
//   gl1:c3.64:9f86d081884c7d65:l.02ab.9c01:w:57:4d2e.7f1b...:a3c0
//    |    |         |               |      |  |      |         checksum of all before it
//    |    |         |               |      |  |      hash of what happened
//    |    |         |               |      |  steps
//    |    |         |               |      w: waits may end spuriously; otherwise -
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
inline constexpr u32 kMaxTurns = 4096;
inline constexpr u32 kReplaySize =
    kMaxSites * 5 + kMaxTurns * 21 + 160;  ///< of the longest line, with its end

struct Schedule {
  Settings settings;
  PointKind points = PointKind::kAll;
  bool spurious = false;
  u32 site_count = 0;
  u16 sites[kMaxSites] = {};
  Turn turns[kMaxTurns] =
      {};  ///< of a line that was read; settings.turns points to them (bind_turns)
  u64 steps = 0;
  u64 hash = 0;
};

/// The schedule uses its own turns. To be called again where it was copied.
GRIDLOCK_INLINE void bind_turns(Schedule& schedule) noexcept {
  schedule.settings.turns = schedule.turns;
}

/// The line, zero-terminated; its length. No more than kMaxTurns turns have a place in it.
u32 write_replay(const Schedule& schedule, char (&out)[kReplaySize]) noexcept;
/// nullptr, or what is wrong with the line in a few words; then `schedule` is not changed.
const char* read_replay(const char* text, Schedule& schedule) noexcept;

}  // namespace gridlock::internal::controlled
