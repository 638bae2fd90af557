// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace gridlock::internal::controlled {

/// Refers to a function of each file that only has functions of libc's names. Where only a shared library
/// calls those, a linker would leave the files in the archive.
const void* const* front_of_libc() noexcept;

}  // namespace gridlock::internal::controlled
