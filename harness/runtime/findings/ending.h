// SPDX-License-Identifier: Apache-2.0
//
// How a process with findings ends: with which exit code, and what it has said on stderr by then.
//
// One rule (docs/options.md, `exit_code`): a process that has made findings and would end with 0 ends
// with `exit_code`; a code of its own that is not 0 is kept. A process that is ended because it
// cannot go on ends with `exit_code`, or with 1 if that is 0. Findings count for the process that
// made them, not for its parent and not for its children.
//
//   | the process leaves by                  | its own code is known | seen |
//   |----------------------------------------|-----------------------|------|
//   | return from main, exit, pthread_exit   | yes                   | yes  |
//   | quick_exit                             | no: taken for 0       | yes  |
//   | _exit, _Exit, called in code that the linker saw with this library | yes | yes |
//   | the end of a gridlock::Process's function | yes                | yes  |
//   | a signal, exec, the system call itself | -                     | no   |
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Once, when the runtime comes up, before the program registers what it does at exit: what is
/// registered first is called last.
void watch_exit() noexcept;
/// After the program's static objects are gone, and after the log was closed.
void finish_exit() noexcept;

/// Each finding, once it is in the log (or could not be written there). Says it on stderr, if it is
/// one of the first, unless the option `quiet` is set. Called with the log's mutex held.
void note_finding(const char* record, u64 size) noexcept;

/// This process has made findings, which are all in the log now.
void findings_are_complete() noexcept;

/// The code of a process that would end with `code`.
int exit_code_for(int code) noexcept;
/// The code of a process that is ended because it cannot go on.
int exit_code_of_the_stuck() noexcept;

/// How many findings there were, where not each has been said, and what became of the exit code
/// `own`. Nothing without findings. Safe in a signal handler.
void say_end(int own) noexcept;
void say_end_of_the_stuck() noexcept;

/// In the child of a fork: the parent's findings are the parent's.
void forked_ending() noexcept;

}  // namespace gridlock::internal
