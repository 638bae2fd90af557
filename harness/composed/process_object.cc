// SPDX-License-Identifier: Apache-2.0
//
// Compiled like user code, because it calls the user's.
#include <gridlock/process_object.h>

#include <cerrno>

#include "harness/primitives/throw.h"

namespace gridlock {

ProcessObject::~ProcessObject() = default;

void ProcessObject::start(CallSite where) {
  if (started_) internal::throw_error(EINVAL, "gridlock::ProcessObject::start");
  process_ =
      Process{ProcessOptions{.name = name_, .daemon = daemon_}, [this] { return run(); }, where};
  started_ = true;
}

void ProcessObject::join() {
  if (process_.joinable()) process_.join();
}

}  // namespace gridlock
