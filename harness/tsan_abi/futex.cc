// SPDX-License-Identifier: Apache-2.0
//
// syscall(SYS_futex, ...): what std::atomic::wait, std::latch, std::barrier, std::counting_semaphore and
// std::future sleep on. Other system calls go to the kernel.
#include <errno.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <unistd.h>

#include "harness/platform/syscall.h"
#include "harness/tsan_abi/objects.h"
#include "harness/tsan_abi/virtual_time.h"
#include "harness/tsan_abi/weak_memory.h"

namespace gridlock::internal::controlled {
namespace {

i64 fail_call(int error) noexcept {
  errno = error;
  return -1;
}

i64 wait(u32* word, u32 expected, u64 deadline, u32 bits, uptr site) noexcept {
  SyncObject& object = object_at(word, ObjectKind::kFutex);
  object_point(object, true, 4);
  if (g_engine.on == kWeak) saw_newest(word);
  if (__atomic_load_n(word, __ATOMIC_RELAXED) != expected) return fail_call(EAGAIN);
  g_engine.current->futex_bits = bits;
  if (!block(Wait::kFutex, &object, deadline, site)) return fail_call(ETIMEDOUT);
  return 0;
}

i64 wake(u32* word, u32 most, u32 bits) noexcept {
  SyncObject& object = object_at(word, ObjectKind::kFutex);
  object_point(object, true, 4);
  ThreadNumber all[kMaxThreads];
  u32 count = 0;
  for (u32 i = 0, n = waiters_of(object, Wait::kFutex, all); i < n; ++i) {
    if ((g_fibers[all[i]].futex_bits & bits) != 0) all[count++] = all[i];
  }
  if (count == 0) ++object.lost;
  u32 woken = 0;
  for (; woken < most && woken < count; ++woken) {
    // Any of them may be the first.
    const u32 chosen = woken + (most < count ? choose(count - woken) : 0);
    const ThreadNumber thread = all[chosen];
    all[chosen] = all[woken];
    make_runnable(g_fibers[thread]);
  }
  return woken;
}

}  // namespace
}  // namespace gridlock::internal::controlled

// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;
using gridlock::internal::i64;
using gridlock::internal::raw_syscall;
using gridlock::internal::u32;

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's name
extern "C" long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  i64 arguments[6];
  for (i64& argument : arguments) argument = va_arg(list, i64);
  va_end(list);
  if (g_engine.on && number == SYS_futex) {
    auto* const word = reinterpret_cast<u32*>(arguments[0]);
    const i64 operation = arguments[1] & FUTEX_CMD_MASK;
    const auto value = static_cast<u32>(arguments[2]);
    const auto* const time = reinterpret_cast<const timespec*>(arguments[3]);
    const auto bits = static_cast<u32>(arguments[5]);
    const clockid_t clock =
        (arguments[1] & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    switch (operation) {
      case FUTEX_WAIT:
        return wait(word, value, deadline_in(time), FUTEX_BITSET_MATCH_ANY, GRIDLOCK_SITE);
      case FUTEX_WAIT_BITSET:
        return wait(word, value, deadline_of(time, clock), bits, GRIDLOCK_SITE);
      case FUTEX_WAKE:
        return wake(word, value, FUTEX_BITSET_MATCH_ANY);
      case FUTEX_WAKE_BITSET:
        return wake(word, value, bits);
      default:
        failing()
            .text("  ")
            .thread(g_engine.current->number)
            .text(" makes the futex operation ")
            .number(static_cast<gridlock::internal::u64>(operation))
            .text(", which is not controlled, at ")
            .site(GRIDLOCK_SITE)
            .text("\n");
        fail(Failure::kUncontrolled);
    }
  }
  const i64 result = raw_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3],
                                 arguments[4], arguments[5]);
  if (result < 0 && result > -4096) {
    errno = static_cast<int>(-result);
    return -1;
  }
  return result;
}
