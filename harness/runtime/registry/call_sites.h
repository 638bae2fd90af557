// SPDX-License-Identifier: Apache-2.0
//
// Places in the source, kept for longer than the code that named them. A CallSite is a pointer to
// constants of the module it was compiled into; a plug-in's are gone when the plug-in is unloaded.
#pragma once

#include <gridlock/identity.h>

#include "harness/platform/base.h"
#include "harness/platform/futex.h"

namespace gridlock::internal {

/// Room for the copies. False when there is no address space.
bool init_call_sites() noexcept;

/// The same place, in memory that stays: of the main program and of the module that Gridlock is linked
/// into as it is, of any other module a copy. A default-made CallSite, with no file, if its memory is
/// gone already, or if there is no room for the copy. Thread-safe.
CallSite keep_site(CallSite where) noexcept;

GRIDLOCK_INLINE const void* pointer_of(CallSite where) noexcept {
  return __builtin_bit_cast(const void*, where);
}

}  // namespace gridlock::internal
