// SPDX-License-Identifier: Apache-2.0
//
// What a program calls the values that its threads wait for by their addresses. A log has the address as a name, and the module
// that it lies in as the place where it was made.
#pragma once

#include <gridlock/report.h>

#include <string>
#include <vector>

#include "harness/scenario/symbolizer.h"

namespace gridlock::internal {

/// Takes the places out of all findings and the dump, and puts the names of global variables in, where they are known.
void name_addresses(Outcome& outcome, const Symbolizer& symbolizer,
                    std::vector<std::string>& notes);
void name_addresses(std::vector<Finding>& findings, const Symbolizer& symbolizer,
                    std::vector<std::string>& notes);

}  // namespace gridlock::internal
