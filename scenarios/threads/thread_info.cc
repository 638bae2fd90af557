// SPDX-License-Identifier: Apache-2.0
//
// The live threads of the program, by name.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <cstdio>

GRIDLOCK_SCENARIO(
    thread_info_names,
    {.name = "thread-info/names",
     .summary = "Which threads are there, and what are they called?",
     .story =
         "A thread has a number, which Gridlock gives it (T1 is main), a number of the kernel, and "
         "a name, which you give it: when it is started, or later. current_thread() says it of "
         "the calling thread, enumerate_threads() of all that are alive, and active_count() how "
         "many they are.\n\n"
         "Two threads wait at an event here while main lists them; one was named at its start, "
         "the other changes its name itself. Give names to your threads: every report of Gridlock "
         "shows them, and \"payer waits for ledger\" is read faster than \"T3 waits for M7\".",
     .case_number = 6,
     .expect = gridlock::clean()}) {
  gridlock::set_this_thread_name("office");
  gridlock::Event named{"named"};
  gridlock::Event go_home{"go home"};
  gridlock::Thread payer{"payer", [&] { go_home.wait(); }};
  gridlock::Thread newcomer{[&] {
    gridlock::set_this_thread_name("clerk");
    named.set();
    go_home.wait();
  }};
  named.wait();
  std::printf("%u threads:\n", gridlock::active_count());
  for (const gridlock::ThreadSnapshot& each : gridlock::enumerate_threads()) {
    std::printf("  %s%s\n", each.label().c_str(), each.is_main ? ", main" : "");
  }
  payer.set_name("cashier");
  std::printf("I am %s; the payer is now the %s\n", gridlock::current_thread().label().c_str(),
              payer.name().c_str());
  go_home.set();
}
