// SPDX-License-Identifier: Apache-2.0
//
// What the waits of a process come to: threads that wait for each other in a circle, and threads that nobody can let go
// on. In the form of a log of ours, so that it is shown by what shows logs.
#pragma once

#include "harness/why/inspected_process.h"

#include <string>
#include <vector>

namespace gridlock::internal {

struct Explanation {
  std::string log;                 ///< docs/design/wire.md: start, modules, findings, dump
  std::vector<std::string> notes;  ///< a line for each thing that cannot be known
};

/// Claims only what is so in every continuation: a circle of waits without a time limit for what the next thread has; a
/// thread that waits for what an ended one has; or a process all of whose threads wait, without a time limit, for
/// what only this process can give.
Explanation explain(const InspectedProcess& process);

}  // namespace gridlock::internal
