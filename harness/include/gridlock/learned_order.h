// SPDX-License-Identifier: Apache-2.0
//
// Learned order: which lock was asked for while which was held, so far, as data. What a program may
// print, compare with what it expects, or turn into declarations (order.h).
//
//   for (const gridlock::LearnedOrder& pair : gridlock::learned_order())
//     std::cout << pair.from << " before " << pair.to << '\n';  // "M1 before M2"
//
// A pair is there from the request on, granted or not, and stays; try_lock and the timed forms leave
// none. Each pair is in the list once, in the order in which they were seen, with the first thread
// that did it. A cycle in the list is no deadlock yet: findings are. Empty with `predict=0`.
//
// The same is written to the log at the end with the option `learned_order`.
//
// Thread-safe, no memory ordering. Cost: linear in the pairs, each with its stacks; allocates.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/finding.h>

namespace gridlock {

/// Frames have a module and an offset, or the place that the caller gave; `objects` and `threads`
/// have those of the pair, with their names.
std::vector<LearnedOrder> learned_order();

}  // namespace gridlock

#endif  // GRIDLOCK_CXX20
