// SPDX-License-Identifier: Apache-2.0
//
// Prints kind, hash and replay line of what it finds; with GRIDLOCK_REPLAY, of the replay. For replays in other processes.
#include <gridlock/explore.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
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

// Fails by an older store alone.
void pass_a_message() {
  std::atomic<int> data = 0;
  std::atomic<int> flag = 0;
  std::thread other([&] {
    data.store(1, std::memory_order_relaxed);
    flag.store(1, std::memory_order_relaxed);
  });
  const bool told = flag.load(std::memory_order_relaxed) == 1;
  gridlock::require(!told || data.load(std::memory_order_relaxed) == 1, "the data is there");
  other.join();
}

}  // namespace

int main(int argc, char** argv) {
  const char what = argc > 1 ? argv[1][0] : 'l';
  const auto seed = static_cast<std::uint64_t>(argc > 2 ? argv[2][0] - '0' : 1);
  // A replay takes from its line which memory it has.
  const bool searches = getenv("GRIDLOCK_REPLAY") == nullptr || *getenv("GRIDLOCK_REPLAY") == 0;
  const auto found =
      gridlock::explore({.executions = 3000,
                         .seed = seed,
                         .memory = what == 'm' && searches ? gridlock::ExploreMemory::kWeak
                                                           : gridlock::ExploreMemory::kSequential,
                         .quiet = true},
                        what == 'c'   ? count
                        : what == 'm' ? pass_a_message
                                      : lock_in_two_orders);
  std::printf("%s %016lx %d %s\n", found.kind.c_str(), static_cast<unsigned long>(found.trace_hash),
              found.diverged ? 1 : 0, found.replay.c_str());
  return found ? 1 : 0;
}
