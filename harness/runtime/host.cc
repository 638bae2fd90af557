// SPDX-License-Identifier: Apache-2.0
//
// The observer is linked into the program.
#include "harness/runtime/core/host.h"

namespace gridlock::internal {

bool host_wants_observer() noexcept { return true; }
bool host_comes_up_late() noexcept { return false; }
bool host_may_end_waits() noexcept { return false; }
std::uint64_t host_moment_of_sleep(const ThreadState*, std::uint32_t) noexcept { return 1; }
void host_pause() noexcept {}
bool host_delays_thread_end() noexcept { return false; }
void host_retires_the_gone() noexcept {}
void host_thread_ended(unsigned) noexcept {}
void host_completes_options(Options&) noexcept {}
bool host_shows_findings() noexcept { return false; }
void host_log_is_complete() noexcept {}
bool host_takes_records() noexcept { return false; }
void host_take_record(const char*, std::uint64_t) noexcept {}
bool host_starts_threads() noexcept { return false; }
void host_cannot_go_on() noexcept {}

}  // namespace gridlock::internal
