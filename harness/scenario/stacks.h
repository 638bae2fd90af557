// SPDX-License-Identifier: Apache-2.0
//
// Walking over the stacks of findings. Which frames are the user's: is_user_frame() in finding.h.
#pragma once

#include <gridlock/finding.h>

#include <functional>

namespace gridlock::internal {

/// Calls `visit` for each stack of a finding (or dump), in the order of the members, empty ones
/// too.
void for_each_stack(Finding& finding, const std::function<void(Stack&)>& visit);
void for_each_stack(ProcessDump& dump, const std::function<void(Stack&)>& visit);
void for_each_stack(Contention& contention, const std::function<void(Stack&)>& visit);
void for_each_stack(LearnedOrder& order, const std::function<void(Stack&)>& visit);

/// Code of Gridlock: by its name, or by the file that it is in. Inlined functions have no namespace in some builds (-g1).
bool is_own_code(const Frame& frame);

/// A function of our headers that was compiled with the program, and without debug information: what
/// was expanded in it may be the user's.
bool may_hide_user_code(const Frame& frame);

/// A stack that begins with a call site which the program gave (no module), and has the same line
/// again further out, where the frame also knows its module: drops the former.
void drop_repeated_call_site(Stack& stack);

}  // namespace gridlock::internal
