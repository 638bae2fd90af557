// SPDX-License-Identifier: Apache-2.0
//
// Modules that may be unloaded, for as long as somebody may ask what was at an address.
#pragma once

#include "harness/platform/modules.h"

namespace gridlock::internal {

/// The module with that code may be gone when the code is shown. Called with each new stack that is kept,
/// one caller at a time.
void remember_module(uptr address) noexcept;
/// As find_module(), and where nothing is loaded there now, what was when it was remembered.
bool find_module_even_unloaded(uptr address, char* path, u32 path_size, u64* offset) noexcept;

/// The module that was remembered at that address: its start, and its build. 0, nullptr: none.
uptr start_of_unloaded(uptr address) noexcept;
const ModuleBuild* build_of_unloaded(uptr address) noexcept;

}  // namespace gridlock::internal
