// SPDX-License-Identifier: Apache-2.0
//
// The gridlock command, over the scenarios that are registered in this executable.
#pragma once

namespace gridlock::internal {

/// Exit codes.
enum ExitCode : int {
  kExitOk = 0,        ///< every verdict as declared
  kExitDiffers = 1,   ///< some verdict is not as declared, or a log has findings
  kExitUsage = 2,     ///< wrong arguments, unreadable input, an output that cannot be written
  kExitInternal = 3,  ///< the harness itself failed
  kExitNotChecked =
      77,  ///< the only scenario that ran needs ThreadSanitizer: ctest calls it skipped
  kExitSignalBase = 128,  ///< plus the signal that interrupted the run
};

/// Parses the command line and does what it says. Returns the exit code; never throws, except what
/// the body of a scenario throws under `child NAME`: that must end the process as it would without
/// us.
int command(int argc, char** argv);

}  // namespace gridlock::internal
