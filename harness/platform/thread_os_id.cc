// SPDX-License-Identifier: Apache-2.0
//
// In a file of its own, because where schedules are chosen it is not the kernel that says which thread runs
// (harness/controlled/threads.cc).
#include "harness/platform/raw_io.h"
#include "harness/platform/syscall.h"

namespace gridlock::internal {

int thread_os_id() noexcept { return static_cast<int>(raw_syscall(SYS_gettid)); }

}  // namespace gridlock::internal
