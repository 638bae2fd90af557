// SPDX-License-Identifier: Apache-2.0
//
// Compiled like user code, because it throws.
#include <gridlock/order.h>

#include <stdexcept>

#include "harness/runtime/orders/declare.h"

namespace gridlock {

LockRef LockRef::before(LockRef later) const {
  char why[700];
  if (!internal::declare_pair(*this, later, &why[0], sizeof why)) throw std::logic_error(&why[0]);
  return later;
}

}  // namespace gridlock
