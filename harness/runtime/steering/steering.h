// SPDX-License-Identifier: Apache-2.0
//
// Makes a possible deadlock happen: with the option `steer` a thread that is about to close an edge of the planned
// cycle is held until there is a thread for each of the other edges, and then all of them are let go. It is held inside
// the Control's point, before its wait is published: so it counts as running, and nothing is found because of it. What
// happens then is what the program does, and is found as ever.
//
// A thread is held for a bounded time only, for less with each time that nobody came, and not at all while everybody else waits: for
// it, say.
#pragma once

namespace gridlock::internal {

/// With the option: maps its file, and sets the Control. Called before there is a thread. A file that is no plan ends
/// the process with one line on stderr and exit code 2.
void init_steering() noexcept;
/// In the child of a fork: nobody is held any more.
void forked_steering() noexcept;

}  // namespace gridlock::internal
