// SPDX-License-Identifier: Apache-2.0
//
// Sleeping, yielding, and asking what time it is. A thread that asks again and again waits for a moment to
// come, so that time goes faster and faster for it.
#include "harness/tsan_abi/virtual_time.h"

#include <errno.h>
#include <sched.h>
#include <sys/time.h>
#include <threads.h>
#include <unistd.h>

#include "harness/tsan_abi/real.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kYield = 0x50010000;
constexpr u32 kSleep = 0x50020000;
constexpr u32 kAsk = 0x50030000;

u64 time_asked() noexcept {
  Fiber& self = *g_engine.current;
  constexpr u64 kMicrosecond = 1000;
  constexpr u32 kMostReads = 320;  // from then on a second each
  const u32 reads = self.clock_reads < kMostReads ? self.clock_reads++ : kMostReads;
  const u64 now = g_engine.now;
  g_engine.now += kMicrosecond << (reads / 16);
  if (reads % 16 == 15) {
    yield_point(kAsk);
  } else {
    point({reinterpret_cast<uptr>(&g_engine.now), true}, kAsk);
  }
  return now;
}

timespec moment_as_time(u64 moment, clockid_t clock) noexcept {
  const u64 all = start_of(clock) + moment;
  return {static_cast<time_t>(all / kSecond), static_cast<long>(all % kSecond)};
}

}  // namespace

void sleep_until(u64 moment, uptr site) noexcept {
  if (moment <= g_engine.now) {
    yield_point(kYield);
    return;
  }
  point({}, kSleep);
  block(Wait::kSleep, nullptr, moment, site);
}

}  // namespace gridlock::internal::controlled

// NOLINTNEXTLINE(google-build-using-namespace): libc's names follow
using namespace gridlock::internal::controlled;
using gridlock::internal::u64;

// NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's names
extern "C" {

int sched_yield() noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(sched_yield)();
  yield_point(0x50010000);
  return 0;
}

int nanosleep(const timespec* wanted, timespec* left) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(nanosleep)(wanted, left);
  if (!is_valid(*wanted) || wanted->tv_sec < 0) {
    errno = EINVAL;
    return -1;
  }
  sleep_until(g_engine.now + length_of_time(*wanted), GRIDLOCK_SITE);
  return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* wanted, timespec* left) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(clock_nanosleep)(clock, flags, wanted, left);
  if (!is_valid(*wanted) || wanted->tv_sec < 0) return EINVAL;
  const bool absolute = (flags & TIMER_ABSTIME) != 0;
  sleep_until(absolute ? moment_of(*wanted, clock) : g_engine.now + length_of_time(*wanted),
              GRIDLOCK_SITE);
  return 0;
}

int usleep(useconds_t microseconds) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(usleep)(microseconds);
  sleep_until(g_engine.now + u64{microseconds} * 1000, GRIDLOCK_SITE);
  return 0;
}

unsigned sleep(unsigned seconds) {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(sleep)(seconds);
  sleep_until(g_engine.now + seconds * kSecond, GRIDLOCK_SITE);
  return 0;
}

int thrd_sleep(const timespec* wanted, timespec* left) {
  return nanosleep(wanted, left) == 0 ? 0 : -1;
}

void thrd_yield() { sched_yield(); }

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(clock_gettime)(clock, time);
  *time = moment_as_time(time_asked(), clock);
  return 0;
}

int gettimeofday(timeval* __restrict time, void* __restrict zone) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(gettimeofday)(time, zone);
  const timespec now = moment_as_time(time_asked(), CLOCK_REALTIME);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* out) noexcept {
  if (!g_engine.on) return GRIDLOCK_REAL_FUNCTION(time)(out);
  const time_t now = moment_as_time(time_asked(), CLOCK_REALTIME).tv_sec;
  if (out != nullptr) *out = now;
  return now;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name)
