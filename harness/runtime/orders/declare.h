// SPDX-License-Identifier: Apache-2.0
//
// Between the half of a declaration that throws and the half that the observer does. Included by an
// instrumented file, so it has no inline functions.
#pragma once

#include <gridlock/lock_ref.h>

namespace gridlock::internal {

/// False: refused, and `why` says so in words.
bool declare_pair(const LockRef& earlier, const LockRef& later, char* why,
                  std::uint32_t why_size) noexcept;

}  // namespace gridlock::internal
