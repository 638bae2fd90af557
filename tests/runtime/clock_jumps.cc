// SPDX-License-Identifier: Apache-2.0
//
// `runtime_clock_jumps WHAT`, in which somebody keeps setting the time of day back by an hour: whatever
// point in time was computed with it is an hour ahead of the kernel's.
#include <gridlock/gridlock.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string_view>

// NOLINTNEXTLINE(readability-identifier-naming,readability-inconsistent-declaration-parameter-name): libc's
extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  constexpr time_t kAnHour = 3600;
  if (clock == CLOCK_REALTIME) now->tv_sec += kAnHour;
  return result;
}

namespace {

using namespace std::chrono_literals;

// Of mutexes that Gridlock does not know; main waits for a thread that waits for one of them.
void hangs_in_a_join() {
  std::mutex first;
  std::mutex second;
  gridlock::Rendezvous both{2};
  const auto lock_both = [&](std::mutex& mine, std::mutex& other) {
    const std::lock_guard hold{mine};
    both.meet();
    const std::lock_guard more{other};
  };
  gridlock::Thread one{"one", [&] { lock_both(first, second); }};
  gridlock::Thread two{"two", [&] { lock_both(second, first); }};
  one.join();
  two.join();
}

// For a time, and for a thread that ends later than a slice.
void waits_for_a_time() {
  gridlock::Event never{"never"};
  gridlock::Semaphore none{0, "none"};
  gridlock::Lock held{"held"};
  const std::lock_guard hold{held};
  gridlock::Thread other{"other", [&] { static_cast<void>(held.try_lock_for(20ms)); }};
  other.join();
  static_cast<void>(never.wait_for(20ms));
  static_cast<void>(none.try_acquire_for(20ms));
  gridlock::Thread late{"late", [] { usleep(1'200'000); }};
  late.join();
}

}  // namespace

int main(int, char** arguments) {
  if (std::string_view(arguments[1]) == "hang") hangs_in_a_join();
  if (std::string_view(arguments[1]) == "correct") waits_for_a_time();
  std::puts("over");
  return 0;
}
