// SPDX-License-Identifier: Apache-2.0
//
// Before a program is started: can a library be put in front of it?
#pragma once

#include <string>

namespace gridlock::internal {

/// The file that a word of the command line stands for, as execvp(3) finds it. Throws UsageError.
std::string find_program(const std::string& word);
/// Throws UsageError unless a preloaded library is loaded by the program, or by the interpreter of the
/// script. `through_linker`: the dynamic linker, which loads it into the program that it is given, is one, too.
void require_watchable(const std::string& program, bool through_linker);
/// libgridlock_watch.so: GRIDLOCK_WATCH_LIBRARY, or beside this command as it was built or installed. Throws
/// UsageError.
std::string find_watch_library();
/// libgridlock_whole_program.so, in the same way: GRIDLOCK_EXPLORE_LIBRARY.
std::string find_explore_library();
/// LD_PRELOAD with the library in front of what is there.
std::string preloaded(const std::string& library);

}  // namespace gridlock::internal
