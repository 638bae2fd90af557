// SPDX-License-Identifier: Apache-2.0
//
// Whose turn it is. Not instrumented, and made of nothing that ThreadSanitizer intercepts: that threads take turns is no
// order that a detector could know of.
#pragma once

namespace gridlock::races {

void begin_turns();
/// Until turn `number` has come; they begin with 0.
void wait_for_turn(int number);
void end_turn();

}  // namespace gridlock::races
