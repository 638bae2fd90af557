// SPDX-License-Identifier: Apache-2.0
//
// A latch is counted down by those who are ready. A thread that fails still has to count.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <atomic>
#include <stdexcept>

namespace {

void connect(bool reachable) {
  if (!reachable) throw std::runtime_error("no route to host");
}

}  // namespace

GRIDLOCK_SCENARIO(
    latch_left_early,
    {.name = "latch/left-early",
     .summary =
         "A thread that fails does not count down, and the one that waits for all waits forever",
     .story = "A server opens its doors when its three shards are connected: each shard has a "
              "thread, and each thread counts the latch down when its connection stands.\n\n"
              "One connection fails. Its thread catches the exception and returns, as it should, "
              "but the count stood behind the call that threw. The latch stays at one, and the "
              "server waits for a shard that nobody is connecting any more.\n\n"
              "In the report the waiting thread is the only one left. Look for the paths on which "
              "a thread ends without counting.",
     .expect = gridlock::finds(gridlock::FindingKind::kStarvation),
     .twin = "latch/counts-always"}) {
  gridlock::Latch connected{3, "connected"};
  std::atomic<int> failures{0};
  auto shard = [&](bool reachable) {
    try {
      connect(reachable);
      connected.count_down();  // wrong: not when connect() throws
    } catch (const std::exception&) {
      ++failures;
    }
  };
  gridlock::Thread north{"north", [&] { shard(true); }};
  gridlock::Thread south{"south", [&] { shard(false); }};
  gridlock::Thread west{"west", [&] { shard(true); }};
  connected.wait();
}

GRIDLOCK_SCENARIO(
    latch_counts_always,
    {.name = "latch/counts-always",
     .summary = "Each thread counts down when it is finished, however that came about",
     .story = "The same server. What the latch counts is no longer shards that are connected, but "
              "threads that are finished with trying; whether they had success stands in a "
              "variable of each, which the server reads after the wait. A count happens before "
              "the return of the wait, so that needs no lock.",
     .expect = gridlock::clean(),
     .twin = "latch/left-early"}) {
  gridlock::Latch finished{3, "finished"};
  bool connected[3] = {};
  auto shard = [&](int number, bool reachable) {
    try {
      connect(reachable);
      connected[number] = true;
    } catch (const std::exception&) {
      connected[number] = false;
    }
    finished.count_down();
  };
  gridlock::Thread north{"north", [&] { shard(0, true); }};
  gridlock::Thread south{"south", [&] { shard(1, false); }};
  gridlock::Thread west{"west", [&] { shard(2, true); }};
  finished.wait();
  gridlock::assert_that(connected[0] && !connected[1] && connected[2],
                        "two of three are connected");
}
