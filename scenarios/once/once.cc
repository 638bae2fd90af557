// SPDX-License-Identifier: Apache-2.0
//
// Something that is done once makes others wait meanwhile, as a lock does.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <cstdio>

GRIDLOCK_SCENARIO(
    once_crossed,
    {.name = "once/crossed",
     .summary = "Two things that are set up once each need the other one first",
     .story =
         "The settings are read on first use, once, and the log is opened on first use, once. To "
         "say that it reads the settings, the first needs the log; to know where to write, the log "
         "needs the settings.\n\n"
         "call_once lets one thread in and makes every other one wait until that one is through. "
         "Here one thread is inside the settings and wants the log, another is inside the log and "
         "wants the settings. Each waits for the other to finish. There is no lock to be seen in "
         "this program, and yet it is the old circle: a flag whose function runs is held like a "
         "lock.\n\n"
         "In the report the cycle consists of the two flags. Each thread holds the one that it is "
         "setting up.",
     .expect = gridlock::finds(gridlock::FindingKind::kDeadlock),
     .twin = "once/ordered"}) {
  gridlock::OnceFlag settings{"settings"};
  gridlock::OnceFlag log{"log"};
  gridlock::Rendezvous both_inside{2};  // brings the threads to the bad moment
  gridlock::Thread reader{"reader", [&] {
                            gridlock::call_once(settings, [&] {
                              both_inside.meet();
                              gridlock::call_once(log, [] { std::puts("log opened"); });
                            });
                          }};
  gridlock::Thread writer{"writer", [&] {
                            gridlock::call_once(log, [&] {
                              both_inside.meet();
                              gridlock::call_once(settings, [] { std::puts("settings read"); });
                            });
                          }};
}

GRIDLOCK_SCENARIO(
    once_ordered,
    {.name = "once/ordered",
     .summary = "One of the two is set up without the other",
     .story =
         "The log now opens by itself, at a place that needs no settings. The settings still use "
         "the log while they are read. So there is an order: the log never waits for the settings, "
         "and whoever sets up the log gets through in any case.\n\n"
         "It does not matter which thread comes first; one of them does the work, the other one "
         "waits a moment.",
     .expect = gridlock::clean(),
     .twin = "once/crossed"}) {
  gridlock::OnceFlag settings{"settings"};
  gridlock::OnceFlag log{"log"};
  gridlock::Rendezvous start{2};
  const auto open_log = [&] { gridlock::call_once(log, [] { std::puts("log opened"); }); };
  gridlock::Thread reader{"reader", [&] {
                            start.meet();
                            gridlock::call_once(settings, [&] { open_log(); });
                          }};
  gridlock::Thread writer{"writer", [&] {
                            start.meet();
                            open_log();
                            gridlock::call_once(settings, [&] { open_log(); });
                          }};
}
