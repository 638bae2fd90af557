// SPDX-License-Identifier: Apache-2.0
//
// The memory of the processes that `gridlock exec` watches: a file without a name that the command holds open, and that
// the processes find as /proc/PID/fd/N. So they have no descriptor of it, one that was started by exec finds it as well
// as one that was forked, and it is gone when the command ends.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// The variable with that name. Not inline, which would be a weak symbol.
constexpr char kFollowedVariable[] = "GRIDLOCK_TREE";
/// Addresses, not memory: what nobody writes to takes none.
inline constexpr u64 kFollowedBytes = u64{64} << 20;
/// Its seals (fcntl(2)): F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW. They tell it from a file that has its name by chance.
inline constexpr int kFollowedSeals = 7;

/// Maps it at an address that is the same in each process, so that pointers into it mean the same. nullptr: it is not
/// there any more, it is not that, or something else lies there.
void* map_followed_memory(const char* path) noexcept;

}  // namespace gridlock::internal
