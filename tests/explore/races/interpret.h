// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/explore/races/program.h"

namespace gridlock::races {

/// Makes the steps, in this thread as T0 and others that it starts. The only function that is instrumented.
void interpret(const Program& program, const Race* only);
/// The step whose code an address lies in. A return address belongs to the call before it.
StepId step_at(const void* address);

}  // namespace gridlock::races
