// SPDX-License-Identifier: Apache-2.0
//
// The id of the run that a record belongs to. Several runs may append to one log; the id tells
// their records apart.
#pragma once

#include "harness/runtime/core/json_writer.h"

namespace gridlock::internal {

/// Takes the id out of the environment (GRIDLOCK_RUN), where a parent or the user has put it, else makes
/// a new one. With `hand_on` it is put there, for programs that this one starts and that write to the same
/// log. A program with more rights than its caller neither takes one nor hands it on. Once, when the runtime
/// starts; forks have what their parent has.
void begin_run(bool hand_on) noexcept;

/// The beginning of a record: `{"record":"TYPE","pid":PID,"run":"ID"`. These come first in each
/// (harness/scenario/log_runs.cc reads no further).
void open_record(JsonWriter& json, const char* type, int pid) noexcept;

}  // namespace gridlock::internal
