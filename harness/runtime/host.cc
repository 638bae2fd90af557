// SPDX-License-Identifier: Apache-2.0
//
// The observer is linked into the program.
#include "harness/runtime/core/host.h"

namespace gridlock::internal {

bool host_wants_observer() noexcept { return true; }
bool host_handlers_may_release() noexcept { return false; }
bool host_delays_thread_end() noexcept { return false; }
void host_thread_ended() noexcept {}

}  // namespace gridlock::internal
