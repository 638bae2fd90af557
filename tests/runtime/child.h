// SPDX-License-Identifier: Apache-2.0
//
// Runs the probe and reads what it left.
#pragma once

#include <gridlock/finding.h>

#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/wire.h"

namespace gridlock::test {

struct Probe {
  int exit_code = -1;  ///< -1 if a signal ended it
  int signal = 0;
  bool timed_out = false;
  std::string output;  ///< stdout and stderr
  std::string log;     ///< as it is on disk
  internal::WireLog wire;

  /// Names of the findings, sorted.
  std::vector<std::string> kinds() const;
};

/// `arguments` for the probe, separated by blanks. `options` for GRIDLOCK_OPTIONS; log_path is
/// added unless `own_log_path`. At most a minute.
Probe probe(std::string_view arguments, std::string options = "", bool own_log_path = false);

/// What a probe finds that ends by itself: that its exit code is 0 is expected.
std::vector<std::string> kinds(std::string_view arguments, std::string options = "");

/// The same of another program than the probe.
Probe run_program(const std::string& program, std::string_view arguments,
                  const std::string& options = "");

/// The same while the kernel refuses one system call with an errno from the very beginning; Gridlock
/// says on stderr what it has to say. exit_code 77: it cannot be made to.
Probe probe_denied(int call, int error, std::string_view arguments, std::string options = "");

}  // namespace gridlock::test
