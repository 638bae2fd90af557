// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace gridlock::internal {

/// Brings the runtime up; called by whatever comes first. Thread-safe, cheap afterwards. (start.cc)
void ensure_runtime() noexcept;
bool runtime_is_up() noexcept;

}  // namespace gridlock::internal
