// SPDX-License-Identifier: Apache-2.0
//
// A lock between processes: taken crosswise, and left behind by one that was killed.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>
#include <unistd.h>

#include <mutex>

namespace {

// What the warehouse has and what the shop has sold; together they are always ten.
struct Books {
  int stock = 10;
  int sold = 0;
};

// Two processes each take two locks, the child in the other order or in the same.
void two_locks(bool crossed) {
  gridlock::IpcLock stock{"stock"};
  gridlock::IpcLock till{"till"};
  gridlock::IpcSemaphore parent_ready{0, "parent ready"};
  gridlock::IpcSemaphore child_ready{0, "child ready"};
  gridlock::Process refund{"refund", [&] {
                             gridlock::IpcLock& first = crossed ? till : stock;
                             gridlock::IpcLock& second = crossed ? stock : till;
                             if (!crossed) parent_ready.acquire();
                             const std::scoped_lock outer{first};
                             child_ready.release();
                             if (crossed) parent_ready.acquire();
                             const std::scoped_lock inner{second};
                           }};
  {
    const std::scoped_lock outer{stock};
    parent_ready.release();
    if (crossed) child_ready.acquire();
    const std::scoped_lock inner{till};
  }
  refund.join();
}

// The clerk moves one piece from the stock to the sold ones and is killed on the way.
void killed_clerk(bool while_holding) {
  gridlock::Shared<Books> books;
  gridlock::IpcLock lock{"books"};
  gridlock::IpcSemaphore half_done{0, "half done"};
  gridlock::Process clerk{"clerk", [&] {
                            lock.lock();
                            --books->stock;
                            if (while_holding) half_done.release();
                            while (while_holding) ::pause();  // killed here
                            ++books->sold;
                            lock.unlock();
                            half_done.release();
                            for (;;) ::pause();  // or here
                          }};
  half_done.acquire();
  clerk.kill();
  clerk.join();
  const std::scoped_lock guard{lock};
  if (lock.abandoned()) books->sold = 10 - books->stock;  // repaired
  gridlock::assert_that(books->stock + books->sold == 10, "ten pieces in all");
}

}  // namespace

GRIDLOCK_SCENARIO(
    ipc_lock_crossed,
    {.name = "ipc-lock/crossed",
     .summary = "Two processes take the same two locks in opposite orders",
     .story =
         "A shop runs in two processes. The sale takes the lock of the stock and then that of the "
         "till. The refund takes the till first and then the stock. Each has its first lock when "
         "it asks for the second.\n\n"
         "It is the oldest deadlock there is, but no tool that looks at one process can see it: "
         "in each of them there is a single thread that waits for a lock, and nothing else. Who "
         "has it lives next door. Gridlock keeps who waits for what in memory that the processes "
         "share, so the last one to go to sleep sees the whole ring.\n\n"
         "In the report there is one graph over both processes, with their pids. Both are ended: "
         "what hangs together ends together.",
     .expect = gridlock::finds(gridlock::FindingKind::kDeadlock),
     .twin = "ipc-lock/ordered"}) {
  two_locks(true);
}

GRIDLOCK_SCENARIO(
    ipc_lock_ordered,
    {.name = "ipc-lock/ordered",
     .summary = "Both processes take the two locks in the same order",
     .story = "The same shop; the refund takes the stock first as well, though it needs "
              "it last. Whoever comes second waits before it holds anything that the "
              "first could want. One order for all is the cure between processes as it "
              "is between threads.",
     .expect = gridlock::clean(),
     .twin = "ipc-lock/crossed"}) {
  two_locks(false);
}

GRIDLOCK_SCENARIO(
    ipc_lock_owner_killed,
    {.name = "ipc-lock/owner-killed",
     .summary = "A process is killed while it holds a lock that others need",
     .story =
         "A clerk takes the lock of the books, takes a piece from the stock, and is killed before "
         "the piece is among the sold ones. No destructor runs, no guard unlocks: signal 9 leaves "
         "everything as it lies.\n\n"
         "With most locks between processes everybody else would now wait forever. This one "
         "notices that its holder is dead, says so once, and goes to the next. That one is told "
         "by abandoned() that the books may be half written, and puts them right before anybody "
         "reads them. Without the repair a piece would be missing, and nobody would know why.\n\n"
         "In the report stands who died and where it had taken the lock.",
     .expect = gridlock::finds(gridlock::FindingKind::kOwnerDied),
     .twin = "ipc-lock/owner-released"}) {
  killed_clerk(true);
}

GRIDLOCK_SCENARIO(
    ipc_lock_owner_released,
    {.name = "ipc-lock/owner-released",
     .summary = "A process is killed after it has released the lock",
     .story = "The clerk is killed here too, but between two sales. The lock is free and "
              "the books are whole, so the next one has nothing to repair and there is "
              "nothing to report. A process that can be killed at any time should hold "
              "locks for as short a time as it can.",
     .expect = gridlock::clean(),
     .twin = "ipc-lock/owner-killed"}) {
  killed_clerk(false);
}
