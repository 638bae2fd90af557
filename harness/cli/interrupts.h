// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/spawn.h"

namespace gridlock::internal {

/// From its construction to the end of the process, SIGINT, SIGTERM and SIGHUP no longer kill: they
/// make a file descriptor readable, so that a run can be wound up in order; a signal that the caller
/// had ignored stays ignored. SIGPIPE is ignored: a
/// reader that has gone away
/// (`| head`) must not lose the report.
class Interrupts {
 public:
  Interrupts();
  int fd() const { return fd_.get(); }
  /// The signal that came; 0 if none did.
  int signal();

 private:
  Fd fd_;
  int signal_ = 0;
};

}  // namespace gridlock::internal
