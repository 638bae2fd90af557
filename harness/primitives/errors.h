// SPDX-License-Identifier: Apache-2.0
//
// Errors that belong to one primitive. errors.cc is compiled like user code, as throw.cc is.
#pragma once

namespace gridlock::internal {

[[noreturn]] void throw_broken_barrier();

}  // namespace gridlock::internal
