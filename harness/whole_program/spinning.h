// SPDX-License-Identifier: Apache-2.0
//
// A thread that looks at memory again and again until another thread changes it makes no call that could be a switch. Where
// the program was not compiled for it, that is seen from outside: from time to time a signal looks at the registers.
#pragma once

namespace gridlock::internal::controlled {

/// From here on, in this process, which is an execution.
void watch_for_spinning() noexcept;

}  // namespace gridlock::internal::controlled
