// SPDX-License-Identifier: Apache-2.0
//
// A stack without locks, and a comparison that is fooled: the ABA problem (IBM System/370
// Principles of Operation, 1983; the tag is from there as well; Treiber, "Coping with parallelism",
// 1986).
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <array>
#include <atomic>
#include <cstdint>

namespace {

// Boxes are numbered from 1; 0 is none. `below` is atomic because a slow thread may read it while
// the box is somebody else's already.
constexpr std::uint32_t kNone = 0;
constexpr std::uint32_t kBoxes = 3;

struct Box {
  std::atomic<std::uint32_t> below{kNone};
  std::atomic<bool> taken{false};
};

using Boxes = std::array<Box, kBoxes + 1>;

// What the top is: only the number of the box.
struct Bare {
  static std::uint64_t top(std::uint64_t, std::uint32_t box) { return box; }
  static std::uint32_t box(std::uint64_t top) { return static_cast<std::uint32_t>(top); }
};

// And here a counter in the upper half that grows with each change.
struct Tagged {
  static std::uint64_t top(std::uint64_t before, std::uint32_t box) {
    return (((before >> 32) + 1) << 32) | box;
  }
  static std::uint32_t box(std::uint64_t top) { return static_cast<std::uint32_t>(top); }
};

template <typename Top>
class Stack {
 public:
  // Box 1 is on top.
  Stack() {
    for (std::uint32_t box = kBoxes; box != kNone; --box) push(box);
  }

  void push(std::uint32_t box) {
    boxes_[box].taken = false;
    std::uint64_t seen = top_;
    do {
      boxes_[box].below = Top::box(seen);
    } while (!top_.compare_exchange_weak(seen, Top::top(seen, box)));
  }

  // `between` is called once it is known what lies on top and below.
  template <typename Between>
  std::uint32_t pop(Between between) {
    std::uint64_t seen = top_;
    for (;;) {
      const std::uint32_t box = Top::box(seen);
      if (box == kNone) return kNone;
      const std::uint32_t below = boxes_[box].below;
      between();
      if (!top_.compare_exchange_strong(seen, Top::top(seen, below))) continue;
      const bool was_taken = boxes_[box].taken.exchange(true);
      gridlock::assert_that(!was_taken, "a box that somebody took is not on the stack");
      return box;
    }
  }
  std::uint32_t pop() {
    return pop([] {});
  }

 private:
  Boxes boxes_;
  std::atomic<std::uint64_t> top_{kNone};
};

// The slow one looks at boxes 1 and 2, and is held up; the quick one takes both and puts box 1
// back.
template <typename Top>
void slow_and_quick() {
  Stack<Top> stack;
  gridlock::Turns turns;
  gridlock::Thread slow{"slow", [&] {
                          bool held_up = false;
                          stack.pop([&] {
                            if (held_up) return;
                            held_up = true;
                            turns.done();
                            turns.wait_for(2);
                          });
                          stack.pop();  // the next one: box 3, or so it should be
                        }};
  gridlock::Thread quick{"quick", [&] {
                           turns.wait_for(1);
                           const std::uint32_t first = stack.pop();
                           stack.pop();  // box 2, which it keeps
                           stack.push(first);
                           turns.done();
                         }};
}

}  // namespace

GRIDLOCK_SCENARIO(
    aba_bare,
    {.name = "aba/bare-pointer",
     .summary = "The top of a lock-free stack is what it was, and yet everything has changed",
     .story =
         "A stack of three boxes is kept without locks. To take the top one, a thread looks which "
         "it is (box 1) and what lies below (box 2), and then says: if box 1 is still on top, make "
         "box 2 the top. That is one indivisible step, compare-and-swap.\n\n"
         "The slow thread has looked, and is held up. The quick one takes box 1, takes box 2, and "
         "puts box 1 back. Now the slow one goes on: box 1 is on top, as it was, so box 2 becomes "
         "the top. But box 2 is not in the stack any more, the quick thread has it. The next one "
         "who takes a box gets it a second time, and box 3 is lost.\n\n"
         "That is called ABA: it was A, became B, and is A again, and a comparison cannot see "
         "that. Every access is atomic, so there is no data race for ThreadSanitizer to find, and "
         "no lock for Gridlock to watch. In the report, look at the statement that was not true, "
         "and go back from there.",
     .expect = gridlock::finds(gridlock::FindingKind::kAssertionFailed),
     .twin = "aba/tagged-pointer"}) {
  slow_and_quick<Bare>();
}

GRIDLOCK_SCENARIO(
    aba_tagged,
    {.name = "aba/tagged-pointer",
     .summary = "A counter beside the pointer tells that it was changed in between",
     .story = "The top is now the box together with a counter that grows with each change, and "
              "both are compared and swapped as one 64-bit number. When the slow thread goes on, "
              "box 1 is on top again, but the counter is three further. The comparison fails, the "
              "thread looks anew, and takes box 1 with box 3 below it.\n\n"
              "The counter may come round after four thousand million changes; where that can "
              "happen while one thread is held up, hazard pointers or a lock are the answer.",
     .expect = gridlock::clean(),
     .twin = "aba/bare-pointer"}) {
  slow_and_quick<Tagged>();
}
