// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "harness/schedule/replay.h"
#include "harness/tsan_abi/facts.h"

namespace gridlock::internal::controlled {

/// What to say of a replay that took other steps than its line: where they differ first, as far as the marks tell, and whether the
/// program is another one. `shared` has the replay, which was followed; the text of its outcome is lost.
std::string divergence(const Schedule& line, Shared& shared);

}  // namespace gridlock::internal::controlled
