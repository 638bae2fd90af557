// SPDX-License-Identifier: Apache-2.0
//
// Memory for tables, of which an execution uses little: address space is cheap, so they have room for the
// largest one. No huge pages: the kernel would fill two megabytes for the first byte, in each process anew.
#pragma once

#include <sys/mman.h>

#include "harness/platform/base.h"

namespace gridlock::internal::controlled {

/// Zeroed; nullptr where the system has none.
GRIDLOCK_INLINE void* own_pages(u64 size) noexcept {
  void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  madvise(memory, size, MADV_NOHUGEPAGE);
  return memory;
}

}  // namespace gridlock::internal::controlled
