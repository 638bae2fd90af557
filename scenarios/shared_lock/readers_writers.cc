// SPDX-License-Identifier: Apache-2.0
//
// Many may read at once, as long as those who say that they read do not write.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <vector>

namespace {

struct Timetable {
  gridlock::SharedLock lock{"timetable"};
  int departure = 900;
  int arrival = 1030;
  int asked = 0;

  void check() const {
    gridlock::assert_that(arrival - departure == 130, "the two times belong together");
  }
};

}  // namespace

GRIDLOCK_SCENARIO(
    readers_count,
    {.name = "readers-writers/write-as-reader",
     .summary = "Readers count how often they were asked, and change what they share",
     .story =
         "Travellers read the timetable and hold the lock for reading, so that many can read at "
         "once. Somebody wants to know how often it is read, and adds one line: ++asked. It stands "
         "between the lock and the unlock, so it looks protected.\n\n"
         "But the lock that is held is the readers' one, and it lets all readers in together. The "
         "counter is written by several at the same time.\n\n"
         "In the report, both sides hold the same lock, and it says how: shared. A lock that "
         "both hold for reading keeps nobody out.",
     .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
     .twin = "readers-writers/write-as-writer"}) {
  Timetable table;
  gridlock::Rendezvous both_read{2};
  gridlock::Turns turns;
  gridlock::Thread first{"first traveller", [&] {
                           const gridlock::SharedGuard guard{table.lock};
                           both_read.meet();
                           ++table.asked;  // wrong: a write under the read lock
                           turns.done();
                         }};
  gridlock::Thread second{"second traveller", [&] {
                            const gridlock::SharedGuard guard{table.lock};
                            both_read.meet();
                            turns.wait_for(1);
                            ++table.asked;
                          }};
}

GRIDLOCK_SCENARIO(
    readers_and_writer,
    {.name = "readers-writers/write-as-writer",
     .summary = "Four readers and a writer: who changes anything takes the lock for writing",
     .story =
         "Four travellers read, and the station master changes both times now and then. He takes "
         "the lock for writing: he waits until no reader is there, and none comes in until he has "
         "finished. So nobody ever sees the new departure with the old arrival.\n\n"
         "To count the readers, take the lock for writing as well, or make the counter a "
         "std::atomic.",
     .expect = gridlock::clean(),
     .twin = "readers-writers/write-as-reader"}) {
  constexpr int kReaders = 4;
  constexpr int kTimes = 500;
  Timetable table;
  gridlock::Rendezvous start{kReaders + 1};
  std::vector<gridlock::Thread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back("traveller", [&] {
      start.meet();
      for (int k = 0; k < kTimes; ++k) {
        const gridlock::SharedGuard guard{table.lock};
        table.check();
      }
    });
  }
  gridlock::Thread master{"station master", [&] {
                            start.meet();
                            for (int k = 0; k < kTimes / 10; ++k) {
                              const gridlock::Guard guard{table.lock};
                              ++table.departure;
                              ++table.arrival;
                            }
                          }};
}
