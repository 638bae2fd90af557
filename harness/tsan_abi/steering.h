// SPDX-License-Identifier: Apache-2.0
//
// Making a possible deadlock happen: a thread that is about to close an edge of the cycle is held back until there is one
// at each of the other edges, or until nobody else can go on.
#pragma once

#include <string>
#include <string_view>

#include "harness/schedule/replay.h"

namespace gridlock::internal::controlled {

/// From the record of a lock-order-cycle (docs/design/wire.md), made by this program. False: it is none that can be steered to.
bool read_cycle(const std::string& record, SteeredCycle& cycle);

}  // namespace gridlock::internal::controlled
