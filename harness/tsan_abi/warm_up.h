// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace gridlock::internal::controlled {

/// Makes the C++ library do what it does upon the first use of it and keeps for the process: an execution must not depend on
/// whether an earlier one, or what is said of a failure, was the first. Outside of executions; cheap but for the first time.
void warm_up();

}  // namespace gridlock::internal::controlled
