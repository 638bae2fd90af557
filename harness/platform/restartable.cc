// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/restartable.h"

#include "harness/platform/syscall.h"

#if defined(__x86_64__) && __has_include(<sys/rseq.h>) && __has_include(<linux/membarrier.h>)
#include <linux/membarrier.h>
#include <sys/rseq.h>
#define GRIDLOCK_HAS_RESTARTABLE 1
#else
#define GRIDLOCK_HAS_RESTARTABLE 0
#endif

namespace gridlock::internal {
namespace {

bool g_ready = false;  // written once, while the runtime comes up

#if GRIDLOCK_HAS_RESTARTABLE
bool membarrier(int command) noexcept { return raw_syscall(SYS_membarrier, command) == 0; }
#endif

}  // namespace

#if GRIDLOCK_HAS_RESTARTABLE

static_assert(RSEQ_SIG == 0x53053053, "what stands before the jump in clear_if_still");

// glibc 2.35 and newer registers every thread that it starts, unless told not to (__rseq_size is 0
// then).
void init_restartable() noexcept {
  g_ready = __rseq_size != 0 && membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ);
}

u64* restartable_slot() noexcept {
  if (!g_ready) return nullptr;
  auto* const area = reinterpret_cast<struct rseq*>(static_cast<char*>(__builtin_thread_pointer()) +
                                                    __rseq_offset);
  return reinterpret_cast<u64*>(&area->rseq_cs);
}

// A registration is kept over a fork. Should the kernel refuse all the same there is no way to go
// on safely: somebody would sleep forever.
void interrupt_restartable() noexcept {
  if (!g_ready || membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ)) return;
  if (!membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ) ||
      !membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ)) {
    __builtin_trap();
  }
}

#else

void init_restartable() noexcept {}
u64* restartable_slot() noexcept { return nullptr; }
void interrupt_restartable() noexcept {}

#endif

}  // namespace gridlock::internal
