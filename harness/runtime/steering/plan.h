// SPDX-License-Identifier: Apache-2.0
//
// The plan of a steered run: at which places threads are held, so that a possible deadlock happens, and what came of it.
// A file that `gridlock exec --confirm` makes (scenario/steering_plan.h) and that the process maps: what is counted in it
// stays, however the process ends. Places are offsets in modules, so they are the same in each run.
#pragma once

#include <atomic>

#include "harness/platform/base.h"

namespace gridlock::internal {

struct PlannedFrame {
  u64 offset;  ///< of the call, as find_module() gives it
  u32 module;  ///< index in SteeringPlan::modules
  u32 unused;
};

/// Innermost call first. A whole stack is certain; the few frames of an acquisition were found by following frame
/// pointers, and what lies beyond code without these is anything.
struct PlannedPlace {
  static constexpr u32 kMax = 24;
  u32 size;     ///< 0: any place
  u32 certain;  ///< so many frames have to be there: up to the innermost of the program's own, or all
  PlannedFrame frames[kMax];
};

/// One edge of the cycle: a thread that has acquired something at `held` asks for more at `wanted`.
struct PlannedEdge {
  PlannedPlace held;  ///< of an edge that begins at no lock: nowhere
  PlannedPlace wanted;
  // What happened.
  std::atomic<u32> acquired;  ///< how often `held` was passed
  std::atomic<u32> came;  ///< how often a thread was at `wanted` with what it acquired at `held`
  std::atomic<u32> came_without;  ///< and how often without it
  std::atomic<u32> waited_out;    ///< how often nobody came to it in time
};

inline constexpr u32 kNoLateEdge = ~u32{0};

struct SteeringPlan {
  static constexpr u64 kMagic = 0x316e616c50646c47;  // "GldPlan1"
  static constexpr u32 kMaxEdges = 16;
  static constexpr u32 kMaxModules = 32;
  static constexpr u32 kLongestPath = 1024;

  u64 magic;
  u32 edges;
  u32 modules;
  u32 late;  ///< the edge whose thread is held before its first lock, until the others are there
  u32 patience_ms;       ///< how long a thread is held at first
  std::atomic<u32> met;  ///< how often there was a thread for each edge at one moment
  u32 unused;
  PlannedEdge edge[kMaxEdges];
  char module[kMaxModules][kLongestPath];  ///< paths
};

}  // namespace gridlock::internal
