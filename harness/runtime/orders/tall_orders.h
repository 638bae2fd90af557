// SPDX-License-Identifier: Apache-2.0
//
// A request of a thread that holds more locks than are told to the graph one by one (News::kMax): its cost
// does not grow with their number.
#pragma once

#include "harness/runtime/orders/order.h"

namespace gridlock::internal {

/// As note_order(), of such a request. False: it has to be told in full.
bool note_tall_order(ThreadState* state, ObjectId object, Ask ask, u64 key) noexcept;

}  // namespace gridlock::internal
