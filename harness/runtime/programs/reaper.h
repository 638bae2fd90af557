// SPDX-License-Identifier: Apache-2.0
//
// A small process that outlives this one for a moment, and kills the groups of the programs that it
// started. PR_SET_PDEATHSIG would not do: it acts when the thread ends that started the program,
// and reaches the program only, not what that has started. Included by an instrumented file.
#pragma once

namespace gridlock::internal {

/// Before the first program is started, in each process; the reaper of a parent keeps the parent's.
/// Without memory for it, there is none, and nothing else changes.
void reaper_starts() noexcept;
/// The leader of a group that is to be killed, or no more: it was reaped.
void reaper_watches(int group) noexcept;
void reaper_forgets(int group) noexcept;
/// This process ends: what is left is killed, and the reaper is gone when this returns.
void reaper_ends() noexcept;

/// In the child of a fork: the reaper is the parent's.
void reaper_forked() noexcept;

}  // namespace gridlock::internal
