// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/privileges.h"

#include <sys/auxv.h>

namespace gridlock::internal {

bool has_more_rights_than_its_caller() noexcept { return getauxval(AT_SECURE) != 0; }

}  // namespace gridlock::internal
