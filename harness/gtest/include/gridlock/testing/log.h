// SPDX-License-Identifier: Apache-2.0
//
// What tests of any framework know of the process that they run in, and what is read of its log.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace gridlock::testing {

/// This program was built with ThreadSanitizer.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kLooksForDataRaces = true;
#elif defined(__has_feature)
inline constexpr bool kLooksForDataRaces = __has_feature(thread_sanitizer);
#else
inline constexpr bool kLooksForDataRaces = false;
#endif

namespace internal {

// Surroundings (surroundings.cc): what the environment and the command line say.

/// What the observer needs for tests of this framework: "quiet=1:exit_code=0". Each framework says it (isolation.cc, catch2.cc,
/// doctest.cc).
const char* options_of_tests();
/// The log of a process: GRIDLOCK_OPTIONS says where. Empty: nowhere.
std::string log_of(pid_t process);
/// The signal upon which a process writes its stacks to the log; 0: none.
int dump_signal();
/// Removes the folder of the logs, if this process made it; done at its exit, too.
void remove_logs();
/// Each test is to run in a process of its own.
bool wants_isolation();
/// Seconds without any work after which a test counts as hung; 0: never.
long patience();
/// The command `gridlock`; empty: there is none.
std::string command();
/// Where a page for each failed test is to be written; empty: nowhere.
std::string folder_of_pages();

// The log (findings.cc).

struct Finding {
  std::string kind;  ///< "deadlock"
  std::string line;  ///< of the log
};
/// What the process has found so far.
std::vector<Finding> findings_of(pid_t process);
/// An observer is in this process.
bool is_watched();
/// The text of some findings of a process, with a link to the page, if one was written; with a dump of its threads, if it
/// left one. Empty: they do not count, because they are suppressed.
std::string text_of(pid_t process, const std::vector<Finding>& findings, const std::string& test);
/// The text of what this process has found since the last call; empty: nothing that counts (new_findings.cc).
std::string new_findings(const std::string& test);
/// One line on stderr if no observer is in this process.
void say_if_unwatched();
/// How long a process and what it has waited for have worked, in the kernel's ticks; empty: it is not there (hung.cc).
std::string work_of(pid_t process);
/// Kills it; its stacks first, if the observer can write them.
void kill_hung(pid_t process);
/// It has left the stacks of its threads in its log.
bool has_dump(pid_t process);

}  // namespace internal
}  // namespace gridlock::testing
