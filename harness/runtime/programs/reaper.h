// SPDX-License-Identifier: Apache-2.0
//
// A small process that outlives this one for a moment, and kills the groups of the programs that it
// started. PR_SET_PDEATHSIG would not do: it acts when the thread ends that started the program,
// and reaches the program only, not what that has started. Included by an instrumented file.
#pragma once

namespace gridlock::internal {

/// Before the first program is started, in each process; the keeper of a parent keeps the parent's.
/// Without memory for it, there is none, and nothing else changes.
void keeper_starts() noexcept;
/// The leader of a group that is to be killed, or no more: it was reaped.
void keeper_watches(int group) noexcept;
void keeper_forgets(int group) noexcept;
/// This process ends: what is left is killed, and the keeper is gone when this returns.
void keeper_ends() noexcept;

/// In the child of a fork: the reaper is the parent's.
void keeper_forked() noexcept;

}  // namespace gridlock::internal
