// SPDX-License-Identifier: Apache-2.0
//
// Parents and children: the whole process tree.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>
#include <gridlock/shared.h>

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

namespace {

void introduce() {
  const gridlock::ProcessSnapshot self = gridlock::current_process();
  std::printf("%s: pid %d, parent %d\n", self.label().c_str(), self.pid, self.parent_pid);
}

void check_parent(int expected) {
  gridlock::assert_that(gridlock::current_process().parent_pid == expected,
                        "the parent is who started the process");
}

}  // namespace

GRIDLOCK_SCENARIO(
    process_tree,
    {.name = "process/tree",
     .summary = "A firm of four processes: every one knows its number and its parent's",
     .story =
         "main starts an office and a warehouse, and the office starts a clerk. The kernel gives "
         "each a number of its own, the pid, and remembers who started it, the parent pid; ps and "
         "kill work with these. They are used again when a process has gone, so Gridlock gives "
         "every process a second number that is not: P1 is main, the others count on in the order "
         "of their starts.\n\n"
         "Everyone introduces itself here. main then stops the warehouse, which would go on "
         "forever: with SIGTERM, the signal that asks a process to end, so its exit code is minus "
         "15.\n\n"
         "The report draws the tree: who started whom, under which pid, and how it ended.",
     .case_number = 19,
     .expect = gridlock::clean()}) {
  introduce();
  const int firm = gridlock::current_process().pid;
  gridlock::Process office{"office", [firm] {
                             introduce();
                             check_parent(firm);
                             const int here = gridlock::current_process().pid;
                             gridlock::Process{"clerk",
                                               [here] {
                                                 introduce();
                                                 check_parent(here);
                                               }}
                                 .join();
                           }};
  gridlock::Shared<std::atomic<bool>> open{false};
  gridlock::Process warehouse{"warehouse", [&] {
                                introduce();
                                std::fflush(stdout);  // it will not live to do that at its end
                                open->store(true);
                                while (true) ::pause();
                              }};
  office.join();
  while (!open->load()) std::this_thread::yield();
  warehouse.terminate();
  warehouse.join();
  std::printf("the warehouse ended with %d\n", warehouse.exit_code().value_or(0));
}
