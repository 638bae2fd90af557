// SPDX-License-Identifier: Apache-2.0
//
// The one thing the observer cannot do itself: it is compiled without exceptions, which come from
// libc++/libstdc++ and malloc. throw.cc is compiled like user code and linked beside it.
#pragma once

namespace gridlock::internal {

/// Throws std::system_error(std::errc::resource_deadlock_would_occur, what).
[[noreturn]] void throw_deadlock(const char* what);
/// Throws std::system_error(error, std::generic_category(), what); `error` as in errno.
[[noreturn]] void throw_error(int error, const char* what);

}  // namespace gridlock::internal
