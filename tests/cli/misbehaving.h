// SPDX-License-Identifier: Apache-2.0
//
// What the misbehaving scenarios do besides.
#pragma once

namespace misbehaving {

/// A lock-order-cycle, found without a deadlock.
void order_locks_both_ways();
/// A deadlock of one thread, which does not return where the runtime ends the process.
void deadlock_for_sure();
/// Nothing to be found.
void use_a_lock();
[[noreturn]] void wait_for_ever();
/// To stdout, by write(2).
void say(const char* text);

}  // namespace misbehaving
