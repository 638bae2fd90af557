// SPDX-License-Identifier: Apache-2.0
//
// When is the result of a thread there? After the join.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <cstdio>

namespace {

long sum_up_to(long last) {
  long sum = 0;
  for (long i = 1; i <= last; ++i) sum += i;
  return sum;
}

}  // namespace

GRIDLOCK_SCENARIO(
    join_forgotten,
    {.name = "join/read-before",
     .summary = "The result of a thread is read before the thread was joined",
     .story =
         "main starts a thread that adds up the numbers to 1000, and shows the sum. It does not "
         "wait for the thread; it looks when the sum should be ready. In this run it really is: "
         "the thread wrote it a moment ago, and the number shown is right.\n\n"
         "It is a data race all the same. Nothing orders the write before the read: on a slower "
         "day main shows 0, and the compiler may read the variable earlier than it is written "
         "here. \"It has certainly finished by now\" is not synchronisation, and neither is a "
         "sleep.\n\n"
         "In the report, look at the two accesses to the sum, and at what is missing between them: "
         "a join.",
     .case_number = 4,
     .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
     .twin = "join/read-after"}) {
  long sum = 0;
  gridlock::Turns turns;
  gridlock::Thread adder{"adder", [&] {
                           sum = sum_up_to(1000);
                           turns.done();
                         }};
  turns.wait_for(1);      // later in time, but not ordered
  const long seen = sum;  // wrong: not joined yet
  adder.join();
  std::printf("the sum is %ld; it should be 500500\n", seen);
}

GRIDLOCK_SCENARIO(
    join_first,
    {.name = "join/read-after",
     .summary = "The result is read after the join",
     .story = "join() waits until the thread has ended, and all that the thread did is then done "
              "and visible. The result needs no lock: first only the thread uses it, and after the "
              "join only main does.",
     .case_number = 4,
     .expect = gridlock::clean(),
     .twin = "join/read-before"}) {
  long sum = 0;
  gridlock::Thread adder{"adder", [&] { sum = sum_up_to(1000); }};
  adder.join();
  gridlock::assert_that(sum == 500500, "after the join the result is there");
}
