// SPDX-License-Identifier: Apache-2.0
//
// The table: each deadlock beside its nearest harmless twin, and what has to be said of both.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "tests/situations/play.h"

namespace gridlock::situations {

/// What is checked of a row.
enum Column : std::uint8_t {
  kPossible = 1,   ///< the lucky run of the deadlock: one lock-order-cycle through what is named
  kTwinLucky = 2,  ///< the lucky run of the twin: nothing
  kReported = 4,   ///< the deadlock happens and ends the process with the named finding
  kOneVictim = 8,  ///< the deadlock happens, one thread is thrown out, the others go on
  kTwinFree = 16,  ///< the twin in any schedule: nothing
};

/// A check that is known to fail. The test fails as soon as it does not, so that it is taken off.
struct Gap {
  unsigned columns = 0;
  const char* reason = nullptr;
};
constexpr Gap known_gap(const char* reason, unsigned columns) { return {columns, reason}; }

struct Situation {
  const char* name;
  const char*
      cycle;         ///< names of the objects, ascending; nullptr: no run is lucky, it always hangs
  const char* hang;  ///< kind of the finding when it happens; nullptr: not played
  void (*real)(Play& play);
  void (*twin)(Play& play);
  Gap gap = {};
};

// A reason that several rows share.
inline constexpr const char* kLate =
    "that another thread signals too is not known before it does, and what was reported is on disk";

std::span<const Situation> locks();
std::span<const Situation> all_at_once();
std::span<const Situation> publications();
std::span<const Situation> gates();
std::span<const Situation> orders();
std::span<const Situation> order_through();
std::span<const Situation> readers();
std::span<const Situation> semaphores();
std::span<const Situation> permits();
std::span<const Situation> conditions();
std::span<const Situation> events();
std::span<const Situation> barriers();
std::span<const Situation> once_flags();
std::span<const Situation> futures();
std::span<const Situation> queues();
std::span<const Situation> joins();
std::span<const Situation> mixes();
std::span<const Situation> tested_waits();
std::span<const Situation> signals();
std::span<const Situation> hand_overs();

struct Group {
  const char* name;
  std::span<const Situation> situations;
};
/// All of them.
std::array<Group, 20> groups();

}  // namespace gridlock::situations
