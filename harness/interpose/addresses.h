// SPDX-License-Identifier: Apache-2.0
//
// The addresses at which threads wait by the system call futex. Such a thing has no beginning and no end: what lies at an address
// is the same thing for as long as the process lives.
#pragma once

#include "harness/runtime/registry/objects.h"

namespace gridlock::internal {

/// 0: nobody has waited there. `adds`: then it gets a number. Of those for which there is no room all are one.
ObjectId object_at(const void* address, bool adds) noexcept;

/// Is it in memory that another process may have as well?
bool is_in_shared_memory(const void* address) noexcept;

}  // namespace gridlock::internal
