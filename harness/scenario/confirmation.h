// SPDX-License-Identifier: Apache-2.0
//
// Is the deadlock of a fresh run the one that was possible, and what is said of the attempt.
#pragma once

#include <gridlock/finding.h>

#include "harness/scenario/steering_plan.h"

#include <cstdint>
#include <map>
#include <string>

namespace gridlock::internal {

/// For each edge of the possible deadlock there is another thread of the hang: it waits at the place of the request, for
/// what the thread of the next edge acquired at its place.
bool is_the_hang(const Finding& possible, const Finding& hang);

/// What the fresh runs of one finding came to.
struct Attempts {
  std::uint64_t runs = 0;
  SteeringCounts counts;
  std::map<std::string, std::uint64_t> ends;  ///< "ended as the first run did", and how often
  bool interrupted = false;
  bool without_input = false;  ///< standard input was there for the first run alone
};

/// It hung in fresh run `run`, as the finding says.
Confirmation confirmed(std::uint64_t run, const Finding& hang);
/// In the very run that it was predicted in.
Confirmation confirmed_at_once(const Finding& hang);
Confirmation not_confirmed(const Finding& possible, const Attempts& attempts);
Confirmation not_tried(const std::string& why);

}  // namespace gridlock::internal
