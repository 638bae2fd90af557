// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/tsan.h"

namespace gridlock::internal {

__thread const void* tls_told_from = nullptr;

}  // namespace gridlock::internal
