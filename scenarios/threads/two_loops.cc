// SPDX-License-Identifier: Apache-2.0
//
// Two loops that take their time: in a row, on threads that nobody waits for, and waited for.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <chrono>
#include <cstdio>
#include <thread>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// The sleep stands for work; nothing is ordered by it.
void loop(int steps, std::chrono::milliseconds each) {
  for (int i = 0; i < steps; ++i) std::this_thread::sleep_for(each);
}

long milliseconds_since(Clock::time_point start) {
  return static_cast<long>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count());
}

}  // namespace

GRIDLOCK_SCENARIO(
    two_loops_in_a_row,
    {.name = "two-loops/in-a-row",
     .summary = "Two loops one after the other: the times add up",
     .story = "A program without threads does one thing after the other. The first "
              "loop takes 40 ms, the second 20 ms, so the program takes 60 ms, though "
              "it spends all that time waiting and the loops have nothing to do with "
              "each other.\n\n"
              "There is nothing to find here. This is what the threads of the next "
              "scenarios are measured against: the output shows the time.",
     .case_number = 1,
     .expect = gridlock::clean()}) {
  const auto start = Clock::now();
  loop(4, 10ms);
  loop(2, 10ms);
  std::printf("both loops took %ld ms\n", milliseconds_since(start));
}

GRIDLOCK_SCENARIO(
    two_loops_detached,
    {.name = "two-loops/detached",
     .summary = "The program ends before the threads that it started",
     .story =
         "Each loop now has a thread, and the program lets both go on alone (detach). It does not "
         "wait for them: main returns, and with main the process ends. The loops are cut off in "
         "the middle of their work, without a word. What they had still to write is not "
         "written.\n\n"
         "With luck the loops are faster than main and all looks well. On a busier day they are "
         "not.\n\n"
         "In the report there is one finding for each thread that still ran. Look at the line "
         "where it was detached: from there on nobody was able to wait for it.",
     .case_number = 2,
     .expect = gridlock::finds(gridlock::FindingKind::kMisuseExitRunning),
     .twin = "two-loops/waited-for"}) {
  gridlock::Thread first{"first loop", [] { loop(4, 1s); }};
  gridlock::Thread second{"second loop", [] { loop(2, 2s); }};
  first.detach();
  second.detach();  // wrong: nobody can wait for them now
}

GRIDLOCK_SCENARIO(
    two_loops_waited_for,
    {.name = "two-loops/waited-for",
     .summary = "Detached threads say when they are done, and main waits for it",
     .story = "The threads are still detached, but each gives a permit of a semaphore "
              "as the last thing that it does, and main takes two permits before it "
              "returns. Both loops end, and since they ran side by side the program "
              "takes 40 ms rather than 60.\n\n"
              "A thread that is not detached and joined instead says the same with "
              "less: a gridlock::Thread joins by itself when it goes.\n\n"
              "A thread that has given its permit still has to return, which takes a "
              "moment. Gridlock looks again for up to 50 ms before it calls a thread "
              "cut off.",
     .case_number = 2,
     .expect = gridlock::clean(),
     .twin = "two-loops/detached"}) {
  static gridlock::Semaphore done{0};  // outlives the threads that nobody joins
  const auto start = Clock::now();
  gridlock::Thread{"first loop",
                   [] {
                     loop(4, 10ms);
                     done.release();
                   }}
      .detach();
  gridlock::Thread{"second loop",
                   [] {
                     loop(2, 10ms);
                     done.release();
                   }}
      .detach();
  done.acquire();
  done.acquire();
  std::printf("both loops took %ld ms\n", milliseconds_since(start));
}
