// SPDX-License-Identifier: Apache-2.0
//
// Every thread of the process at one moment, on request (dump_signal) or in a crash
// (crash_handler).
#pragma once

namespace gridlock::internal {

/// As the options say. Handlers that were there before are called afterwards.
void install_signal_handlers() noexcept;

}  // namespace gridlock::internal
