// SPDX-License-Identifier: Apache-2.0
//
// A thread that may be cut off, and says so: a daemon.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <chrono>
#include <cstdio>
#include <thread>

GRIDLOCK_SCENARIO(
    daemon_ended_with_main,
    {.name = "daemon/ended-with-main",
     .summary = "A daemon is cut off when the program ends, and that is meant",
     .story =
         "Some threads have no end: a heartbeat, a cache that is refreshed forever. Nobody can "
         "wait for them. Such a thread is declared a daemon where it is started, and then the "
         "program ends without it.\n\n"
         "It differs from the detached loops of two-loops/detached by nothing but that word. "
         "Gridlock takes the word for it and stays silent. So use it only for work that may stop "
         "anywhere: a daemon that writes a file leaves half a file.",
     .case_number = 5,
     .expect = gridlock::clean()}) {
  const gridlock::Thread heartbeat{gridlock::ThreadOptions{.name = "heartbeat", .daemon = true},
                                   [] {
                                     for (;;)
                                       std::this_thread::sleep_for(std::chrono::milliseconds(5));
                                   }};
  std::printf("%u threads run, and main ends\n", gridlock::active_count());
}

GRIDLOCK_SCENARIO(
    daemon_waited_for,
    {.name = "daemon/waited-for",
     .summary = "A daemon that has an end can be waited for all the same",
     .story =
         "This daemon writes a last line and ends. It need not be waited for, but it may be: "
         "join() "
         "works on a daemon as on any other thread, and what the daemon wrote is there "
         "afterwards. Without the join the program would end with the line half written, or not "
         "begun.",
     .case_number = 5,
     .expect = gridlock::clean()}) {
  int lines = 0;
  gridlock::Thread writer{gridlock::ThreadOptions{.name = "writer", .daemon = true},
                          [&] { lines = 1; }};
  writer.join();
  std::printf("%d line was written\n", lines);
}
