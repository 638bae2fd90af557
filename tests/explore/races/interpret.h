// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/explore/races/program.h"

namespace gridlock::races {

/// Makes the steps, in this thread as T0 and others that it starts. The only function that is instrumented.
void interpret(const Program& program, const Race* only);
/// Where the code of a step begins.
const void* code_of(StepId id);

/// The step whose code an address lies in. A return address belongs to the call before it. Not instrumented, and uses
/// nothing that could be: a detector asks in the middle of its report.
StepId step_at(const void* address);
void prepare_step_at();

}  // namespace gridlock::races
