// SPDX-License-Identifier: Apache-2.0
//
// A barrier waits for a number of threads. Its maker had to count right.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

namespace {

// Two hikers walk to the hut and set out again when the whole group is there.
void hike(gridlock::Barrier& hut) {
  gridlock::Thread anna{"anna", [&] { hut.arrive_and_wait(); }};
  gridlock::Thread ben{"ben", [&] { hut.arrive_and_wait(); }};
  anna.join();
  ben.join();
}

}  // namespace

GRIDLOCK_SCENARIO(
    barrier_one_short,
    {.name = "barrier/one-short",
     .summary = "A barrier for three is used by two threads",
     .story =
         "A group of hikers meets at a hut; nobody goes on before all are there. That is a "
         "barrier: it lets nobody pass until as many have arrived as it was told.\n\n"
         "This one was told three. But only Anna and Ben are on their way; the third one was "
         "counted and never started. Anna waits for the third, Ben waits for the third, and the "
         "main thread waits for Anna. Nobody holds anything, so there is no circle to see; and "
         "still nobody will ever move.\n\n"
         "In the report two threads stand on the same line, in arrive_and_wait. Count the threads "
         "that use the barrier, and compare with the number where it was made.",
     .expect = gridlock::finds(gridlock::FindingKind::kStarvation),
     .twin = "barrier/complete"}) {
  gridlock::Barrier hut{3, "hut"};  // wrong: two hikers
  hike(hut);
}

GRIDLOCK_SCENARIO(
    barrier_complete,
    {.name = "barrier/complete",
     .summary = "The barrier waits for as many threads as there are",
     .story =
         "The same hikers and the same hut, but the barrier was told two. Whoever comes first "
         "waits; when the other one arrives both go on, and each sees everything that the other "
         "did before it arrived.\n\n"
         "Make the barrier and the threads from one number, and they cannot disagree.",
     .expect = gridlock::clean(),
     .twin = "barrier/one-short"}) {
  gridlock::Barrier hut{2, "hut"};
  hike(hut);
}
