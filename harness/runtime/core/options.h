// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

enum class OnDeadlock : u8 { kReport, kThrow, kAbort };

/// The values of options.def. Read-only once the runtime is up.
struct Options {
  using Flag = bool;
  using Number = u32;
  struct Text {
    char value[1024];
  };
#define GRIDLOCK_OPTION(type, name, default_value, description) type name;
#include <gridlock/options.def>
#undef GRIDLOCK_OPTION
  bool log_path_given;   ///< log_path was set, so that the log is opened at once
  bool exit_code_given;  ///< exit_code was set
};

/// Fills in the defaults, then reads GRIDLOCK_OPTIONS, but not in a program that has more rights than
/// its caller: the variable could name any file that it may write. A bad option ends the process with one line on
/// stderr and exit code 2.
void read_options(Options& options) noexcept;

/// Those of this process: read once, when the runtime comes up.
void init_options() noexcept;
const Options& options() noexcept;

/// The value of an environment variable, "" if there is none.
const char* find_variable(const char* name) noexcept;

}  // namespace gridlock::internal
