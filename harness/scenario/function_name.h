// SPDX-License-Identifier: Apache-2.0
//
// One spelling for the name of a function. Compilers, demanglers and debug information write
// the same function in many ways, and in optimised code without its class and parameters.
#pragma once

#include <gridlock/finding.h>

#include <string>
#include <string_view>

namespace gridlock::internal {

/// The function's own name: no namespace, class, parameters, template arguments, return type.
/// "void shop::(anonymous namespace)::Bank::pay<int>(int)" and "pay<int>" are both "pay". A lambda
/// is called after the function around it, "pay lambda", or "lambda" where that is not said. Empty
/// for what a compiler makes itself to initialise global variables.
std::string plain_function(std::string_view function);

/// The function of the innermost frame of the user's, so called. Debug information of optimised code
/// leaves a lambda without the function around it ("operator()"); the frames further out still have
/// that in their template arguments. Where no frame is the user's, a lambda of theirs that is named
/// in these. Module and offset of the innermost one where it has no name; else "?".
std::string plain_place(const Stack& stack);

}  // namespace gridlock::internal
