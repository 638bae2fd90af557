// SPDX-License-Identifier: Apache-2.0
//
// The `module` records of the log: for each module that a frame of the log lies in, which build of
// its file it is (docs/design/wire.md).
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// A frame at this address is being written. Thread-safe, takes no lock.
void note_module(uptr address) noexcept;
/// Hands the record of each module that was noted and has none in the log yet to `append`. With the
/// log's mutex held.
void write_module_records(void (*append)(const char* line, u64 size)) noexcept;
/// The log is another file from now on.
void forget_module_records() noexcept;

}  // namespace gridlock::internal
