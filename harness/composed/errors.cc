// SPDX-License-Identifier: Apache-2.0
#include "harness/primitives/errors.h"

#include <gridlock/barrier.h>

namespace gridlock::internal {

void throw_broken_barrier() { throw BrokenBarrierError("gridlock::Barrier: broken"); }

}  // namespace gridlock::internal
