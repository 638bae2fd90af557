// SPDX-License-Identifier: Apache-2.0
//
// The cycles that were judged infeasible, on their way to the report (docs/design/wire.md).
#pragma once

namespace gridlock::internal {

/// Only inside write_end_records().
void write_infeasible_cycles() noexcept;

}  // namespace gridlock::internal
