// SPDX-License-Identifier: Apache-2.0
//
// Forks of the family's processes that are no members. They can release what is shared, so nobody
// starves while one of them runs. Each has a record in the tables of the family, and it has it
// before it is there: what was forked may get no processor for long, and its parent may end
// meanwhile. A record is one word that changes as a whole:
//
//   | what it says          | by                           | runs                                   |
//   |-----------------------|------------------------------|----------------------------------------|
//   | announced, fork no. N | the parent, before the fork  | yes                                    |
//   | forked, fork no. N    | the parent, after it         | while the parent has a child that      |
//   |                       |                              | nobody knows; if the parent ended: yes |
//   | a process             | the child, before its code   | while that process does                |
//
// The second says no of a fork that failed, and of a child that was killed before it ran.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Around a fork: by the parent before and after it, and by the child. The first two do nothing where
/// a member is forked, or where there is no family.
void plain_fork_begins() noexcept;
void plain_fork_is_past() noexcept;
void plain_fork_is_here() noexcept;

/// Such a fork still runs, or is about to. Reads /proc if there was one.
bool plain_forks_run() noexcept;
/// How many there were, ever, failed ones included.
u64 plain_forks_begun() noexcept;

}  // namespace gridlock::internal
