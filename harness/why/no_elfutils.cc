// SPDX-License-Identifier: Apache-2.0
//
// A build without elfutils.
#include "harness/why/inspected_process.h"

#include <stdexcept>

namespace gridlock::internal {
namespace {

constexpr const char* kMissing =
    "this command was built without elfutils; install libdw-dev and build it again";

}  // namespace

InspectedProcess InspectedProcess::of_process(int /*pid*/) { throw std::runtime_error(kMissing); }

InspectedProcess InspectedProcess::of_core(const std::string& /*core*/,
                                           const std::string& /*program*/) {
  throw std::runtime_error(kMissing);
}

}  // namespace gridlock::internal
