// SPDX-License-Identifier: Apache-2.0
//
// Compiled like user code: Boost throws, and the memory is the user's, for ThreadSanitizer to watch.
#include <gridlock/shared.h>

#include "harness/primitives/throw.h"

#if defined(GRIDLOCK_HAVE_BOOST_INTERPROCESS)
#include <boost/interprocess/anonymous_shared_memory.hpp>
#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <cerrno>

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
#else
#include <sys/mman.h>

#include <cerrno>

namespace gridlock::internal {

struct SharedPages::Region {
  explicit Region(std::size_t bytes)
      : address(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)),
        size(bytes) {
    if (address == MAP_FAILED) throw_error(ENOMEM, "gridlock::Shared");
  }
  ~Region() { munmap(address, size); }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  void* address;
  std::size_t size;
};

SharedPages::SharedPages(std::size_t bytes) : region_(std::make_unique<Region>(bytes)) {}

SharedPages::~SharedPages() = default;

void* SharedPages::start() const noexcept { return region_->address; }

}  // namespace gridlock::internal
#endif
