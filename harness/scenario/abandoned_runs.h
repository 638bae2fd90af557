// SPDX-License-Identifier: Apache-2.0
//
// What a run left behind whose processes were all killed at once, so that none could clean up.
#pragma once

#include <string>

namespace gridlock::internal {

/// The name of a run's directory is this and six characters.
inline constexpr const char* kRunPrefix = "gridlock-run-";
/// Its mode, which no other program gives: a directory that somebody else gave such a name is never
/// removed.
inline constexpr unsigned kRunMode = 01700;

/// Removes the directories of runs in `base` that are this user's and that nobody has locked any
/// more, and kills the processes of this user that still have such a directory in their
/// GRIDLOCK_OPTIONS. Never touches those of a run that lives. Failures are left for the next time.
void remove_abandoned_runs(const std::string& base);

}  // namespace gridlock::internal
