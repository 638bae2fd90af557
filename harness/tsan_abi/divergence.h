// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "harness/schedule/replay.h"
#include "harness/tsan_abi/facts.h"

namespace gridlock::internal::controlled {

/// How many marks of the line the replay has, too, before the first that differs.
u32 same_marks(const Schedule& line, const Followed& followed);

/// What to say of a replay that took other steps than its line: where they differ first, as far as the marks tell, and whether the
/// program is another one. `shared` has the replay, which was followed; the text of its outcome is lost.
std::string divergence(const Schedule& line, Shared& shared);

}  // namespace gridlock::internal::controlled
