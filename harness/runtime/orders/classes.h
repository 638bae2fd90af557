// SPDX-License-Identifier: Apache-2.0
//
// Lock classes (option `lock_classes`): all locks made at one site and of one level are one node of
// the lock-order graph, as in Linux' lockdep (Molnar, van de Ven, 2006). An order seen between two of
// them then holds for all, so a hang is predicted that these very locks need many runs to show; two of
// one class that are taken by one thread are a cycle already, unless more is held. Which
// lock is a gate stays a question of the lock itself.
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/platform/futex.h"
#include "harness/runtime/registry/objects.h"

namespace gridlock::internal {

/// The option; does not change once the runtime is up.
extern bool g_lock_classes;

/// Room for that many objects. False when there is no address space.
bool init_classes(u32 objects) noexcept;

NodeId class_of(ObjectId object) noexcept;
ObjectId first_of_class(NodeId node) noexcept;

/// The node that an object is: itself, or with the option that of its class, which is an alias of the
/// first lock of the class. With graph_mutex() held.
GRIDLOCK_INLINE NodeId node_of_object(ObjectId object) noexcept {
  return GRIDLOCK_UNLIKELY(g_lock_classes) ? class_of(object) : object;
}
/// The object that a node is shown as.
GRIDLOCK_INLINE ObjectId object_of_node(NodeId node) noexcept {
  return GRIDLOCK_UNLIKELY(g_lock_classes) ? first_of_class(node) : node;
}

/// How many locks the class of this one has, if the option is on; else 0.
u32 class_size(ObjectId object) noexcept;

}  // namespace gridlock::internal
