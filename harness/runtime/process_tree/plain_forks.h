// SPDX-License-Identifier: Apache-2.0
//
// Plain forks: children that the program forks by itself, outside the process tree. They can
// release what is shared, so nobody starves while one of them runs. The parent writes a record
// before it forks: the child may get no processor for long, and the parent may end meanwhile. A
// record is one word that changes as a whole:
//
//   | what it says          | by                           | runs                                   |
//   |-----------------------|------------------------------|----------------------------------------|
//   | announced, fork no. N | the parent, before the fork  | yes                                    |
//   | forked, fork no. N    | the parent, after it         | while the parent has a child that      |
//   |                       |                              | nobody knows; if the parent ended: yes |
//   | a process             | the child, before its code   | while that process does                |
//
// The second row ends for a fork that failed, and for a child that was killed before it ran.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Around a fork: by the parent before and after it, and by the child. The first two do nothing for
/// a fork into the tree, or without a process tree.
void plain_fork_begins() noexcept;
void plain_fork_is_past() noexcept;
void plain_fork_is_here() noexcept;

/// Such a fork still runs, or is about to. Reads /proc if there was one.
bool plain_forks_run() noexcept;
/// How many there were, ever, failed ones included.
u64 plain_forks_begun() noexcept;

}  // namespace gridlock::internal
