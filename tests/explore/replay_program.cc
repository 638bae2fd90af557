// SPDX-License-Identifier: Apache-2.0
//
// Prints kind, hash and replay line of what it finds; with GRIDLOCK_REPLAY, of the replay. For replays in other processes.
#include <gridlock/explore.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

namespace {

void count() {
  std::atomic<int> total = 0;
  const auto add = [&] {
    for (int i = 0; i < 3; ++i) total = total + 1;
  };
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
  gridlock::require(total == 6, "six increments");
}

void lock_in_two_orders() {
  std::mutex a;
  std::mutex b;
  std::thread other([&] {
    const std::scoped_lock first(a);
    const std::scoped_lock second(b);
  });
  {
    const std::scoped_lock first(b);
    const std::scoped_lock second(a);
  }
  other.join();
}

}  // namespace

int main(int argc, char** argv) {
  const bool counts = argc > 1 && argv[1][0] == 'c';
  const auto seed = static_cast<std::uint64_t>(argc > 2 ? argv[2][0] - '0' : 1);
  const auto found = gridlock::explore({.executions = 3000, .seed = seed, .quiet = true},
                                       counts ? count : lock_in_two_orders);
  std::printf("%s %016lx %d %s\n", found.kind.c_str(), static_cast<unsigned long>(found.trace_hash),
              found.diverged ? 1 : 0, found.replay.c_str());
  return found ? 1 : 0;
}
