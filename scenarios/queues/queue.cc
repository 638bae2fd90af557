// SPDX-License-Identifier: Apache-2.0
//
// A queue with a bound makes the one who puts wait. Two of them can wait for each other.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

namespace {

constexpr int kLetters = 3;  // more than a letter box holds
constexpr std::uint32_t kBox = 2;

}  // namespace

GRIDLOCK_SCENARIO(
    queue_full_both_ways,
    {.name = "queue/full-both-ways",
     .summary = "Two threads fill each other's queue and neither empties its own",
     .story =
         "Anna and Ben write letters to each other. Each has a letter box that holds two. Each "
         "wants to post three letters first and to read afterwards.\n\n"
         "After two letters both boxes are full. Anna stands before Ben's box and waits until he "
         "takes a letter out; Ben stands before Anna's. Neither gets home to read. With boxes for "
         "three it would have worked, and with four letters it would hang again: the size only "
         "decides when.\n\n"
         "In the report both threads wait in put. Ask who should empty each queue; it is the one "
         "who waits at the other.",
     .expect = gridlock::finds(gridlock::FindingKind::kStarvation),
     .twin = "queue/drained"}) {
  gridlock::Queue<int> to_anna{kBox, "to anna"};
  gridlock::Queue<int> to_ben{kBox, "to ben"};
  const auto write_then_read = [](gridlock::Queue<int>& out, gridlock::Queue<int>& in) {
    for (int i = 0; i < kLetters; ++i) out.put(i);  // wrong: nobody reads meanwhile
    for (int i = 0; i < kLetters; ++i) (void)in.get();
  };
  gridlock::Thread anna{"anna", [&] { write_then_read(to_ben, to_anna); }};
  gridlock::Thread ben{"ben", [&] { write_then_read(to_anna, to_ben); }};
}

GRIDLOCK_SCENARIO(
    queue_drained,
    {.name = "queue/drained",
     .summary = "Each thread reads a letter after each one that it writes",
     .story =
         "The same boxes and the same letters, but each of the two goes home after every letter "
         "and reads one. A box never holds more than it can, because for each letter that is "
         "posted one is taken out.\n\n"
         "Where two threads send to each other over queues with a bound, each must be able to "
         "receive while it cannot send.",
     .expect = gridlock::clean(),
     .twin = "queue/full-both-ways"}) {
  gridlock::Queue<int> to_anna{kBox, "to anna"};
  gridlock::Queue<int> to_ben{kBox, "to ben"};
  const auto write_and_read = [](gridlock::Queue<int>& out, gridlock::Queue<int>& in) {
    for (int i = 0; i < kLetters; ++i) {
      out.put(i);
      (void)in.get();
    }
  };
  gridlock::Thread anna{"anna", [&] { write_and_read(to_ben, to_anna); }};
  gridlock::Thread ben{"ben", [&] { write_and_read(to_anna, to_ben); }};
}
