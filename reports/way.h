// SPDX-License-Identifier: Apache-2.0
//
// The words for what the threads of an execution did, step by step: operations, values, and which thread holds and waits for what.
#pragma once

#include <gridlock/report.h>

#include "reports/wording.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gridlock::internal::reports {

/// "17", "-1", "0x3ff0000000000000" where eight bytes are no small number, "an address".
std::string value_text(const StepValue& value, int size);
/// ": 0" of a read, ": 1, where 0 was" of a write, as far as it is known; empty if nothing is.
std::string values_text(const std::optional<StepValue>& before,
                        const std::optional<StepValue>& after, bool write, int size);
/// "changes A1 from 0 to 1", "has to wait for accounts (M1)".
std::string step_text(const ChosenStep& step, const Names& names);

/// Indices of the steps that are shown where no more than `limit` are: those before and behind each switch come first, and late
/// ones before early ones. Ascending.
std::vector<std::size_t> shown_steps(const std::vector<ChosenStep>& way, std::size_t limit);

/// A story of acts, with the state of the threads behind each. The execution must outlive it.
Story way_story(const ChosenExecution& execution, const Names& names, std::size_t limit);

}  // namespace gridlock::internal::reports
