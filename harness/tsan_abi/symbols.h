// SPDX-License-Identifier: Apache-2.0
//
// Places in the code for people. Outside of executions only.
#pragma once

#include <string>

#include "harness/platform/base.h"

namespace gridlock::internal::controlled {

/// Where the call before this return address lies: the file that it was loaded from, and the offset there as symbolizers
/// take it. False: in none.
bool find_code(uptr address, std::string& module, uptr& offset);
/// This code is in a library, the address too, and in none of its functions that others call.
bool is_inside_own_library(uptr address);
/// A hash of the program's own code, without what it has loaded: another one for another build.
u16 hash_of_code();
/// The text of an outcome with function, file and line for each {ADDRESS}, as addr2line knows them; where it
/// does not, module and offset. A line with an [ADDRESS] is left out where that is none of the program's code.
std::string with_places(const std::string& text);

}  // namespace gridlock::internal::controlled
