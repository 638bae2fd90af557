// SPDX-License-Identifier: Apache-2.0
#include "harness/primitives/throw.h"

#include <system_error>

namespace gridlock::internal {

void throw_deadlock(const char* what) {
  throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur), what);
}

void throw_error(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

}  // namespace gridlock::internal
