// SPDX-License-Identifier: Apache-2.0
//
// How an execution of a program ends: by exit(), which main() comes to when it returns, or past it.
#pragma once

namespace gridlock::internal::controlled {

/// To be called before anything that is done at exit is registered, so that all of it runs under control.
void watch_exits() noexcept;
/// This process is an execution, from here on.
void program_begins() noexcept;

}  // namespace gridlock::internal::controlled
