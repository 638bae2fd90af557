// SPDX-License-Identifier: Apache-2.0
//
// A process that forks while one of its other threads holds a lock.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// Forks while the thread "writer" holds the journal; the child takes the journal or leaves it.
void fork_beside_writer(bool child_takes_journal) {
  gridlock::Lock journal{"journal"};
  gridlock::Turns turns;
  gridlock::Thread writer{"writer", [&] {
                            const gridlock::Guard guard{journal};
                            turns.done();
                            turns.wait_for(2);
                          }};
  turns.wait_for(1);
  const pid_t child = ::fork();
  if (child == 0) {
    if (child_takes_journal) {
      const gridlock::Guard guard{journal};
    }
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  turns.done();
}

}  // namespace

GRIDLOCK_SCENARIO(
    fork_held_taken,
    {.name = "fork-held/taken",
     .summary = "A forked process asks for a lock that a thread of its parent held",
     .story =
         "The writer holds the journal's lock while the main thread forks. The child gets a copy "
         "of the whole memory, the held lock included, but of the threads only the one that "
         "forked. There is no writer in the child, and so nobody who will ever unlock the "
         "journal.\n\n"
         "The child asks for it. Without help it would hang forever, in a process that nobody "
         "looks at. Gridlock sees that the owner was left behind, writes that down and ends the "
         "child. The parent goes on as if nothing had happened.\n\n"
         "In the report, the writer is shown with the line where it took the lock, beside the "
         "place of the fork.",
     .expect = gridlock::finds(gridlock::FindingKind::kMisuseForkHeld),
     .twin = "fork-held/left-alone"}) {
  fork_beside_writer(true);
}

GRIDLOCK_SCENARIO(fork_held_left_alone,
                  {.name = "fork-held/left-alone",
                   .summary = "A forked process takes no lock before it ends",
                   .story = "The lock is held at the fork here too, and its copy in the child will "
                            "never be free. But the child does not ask for it, as a child that "
                            "calls exec at once would not. That is fine.",
                   .expect = gridlock::clean(),
                   .twin = "fork-held/taken"}) {
  fork_beside_writer(false);
}
