// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "harness/platform/base.h"

namespace gridlock::internal {

/// The word of a wait that is one for a spin lock.
bool is_spin_word(const std::atomic<u32>* word) noexcept;

}  // namespace gridlock::internal
