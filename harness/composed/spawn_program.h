// SPDX-License-Identifier: Apache-2.0
//
// Starting a program with its streams. docs/design/processes.md says why by posix_spawn.
#pragma once

#include <gridlock/subprocess.h>

#include <string>
#include <vector>

namespace gridlock::internal {

struct Spawned {
  int pid = -1;
  int end = -1;                   // pidfd
  int streams[3] = {-1, -1, -1};  // our ends of the pipes; do not block
};

/// Throws std::system_error.
Spawned spawn_program(const std::vector<std::string>& argv, const SubprocessOptions& options);

}  // namespace gridlock::internal
