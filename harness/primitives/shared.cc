// SPDX-License-Identifier: Apache-2.0
//
// Compiled like user code: Boost throws, and the memory is the user's, for ThreadSanitizer to watch.
#include <gridlock/shared.h>

#include <boost/interprocess/anonymous_shared_memory.hpp>
#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <cerrno>

#include "harness/primitives/throw.h"

namespace gridlock::internal {

namespace ipc = boost::interprocess;

struct SharedPages::Region {
  ipc::mapped_region mapping;
};

SharedPages::SharedPages(std::size_t bytes) {
  try {
    region_ = std::make_unique<Region>(ipc::anonymous_shared_memory(bytes));
  } catch (const ipc::interprocess_exception&) {
    throw_error(ENOMEM, "gridlock::Shared");
  }
}

SharedPages::~SharedPages() = default;

void* SharedPages::start() const noexcept { return region_->mapping.get_address(); }

}  // namespace gridlock::internal
