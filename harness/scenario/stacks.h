// SPDX-License-Identifier: Apache-2.0
//
// Walking over the stacks of findings, and telling a user's frames from the machinery's.
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

/// True for a frame in a source file that belongs to the program under test: not below /usr, not
/// Gridlock's own, not a sanitizer's.
bool is_user_frame(const Frame& frame);

/// The frame that a reader would call "the place": the innermost user frame, else the innermost
/// with a function, else the first. Null if the stack is empty.
const Frame* site(const Stack& stack);

/// A stack that begins with a call site which the program gave (no module), and has the same line
/// again further out, where the frame also knows its module: drops the former.
void drop_repeated_call_site(Stack& stack);

}  // namespace gridlock::internal
