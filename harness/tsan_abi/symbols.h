// SPDX-License-Identifier: Apache-2.0
//
// Places in the code for people. Outside of executions only.
#pragma once

#include <string>

namespace gridlock::internal::controlled {

/// The text of an outcome with function, file and line for each {ADDRESS}, as addr2line knows them; where it
/// does not, module and offset. A line with an [ADDRESS] is left out where that is none of the program's code.
std::string with_places(const std::string& text);

}  // namespace gridlock::internal::controlled
