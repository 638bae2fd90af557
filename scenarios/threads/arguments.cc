// SPDX-License-Identifier: Apache-2.0
//
// What a thread is given when it starts: a copy of its own, or the address of something that may
// be gone when it looks.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <cstdio>
#include <memory>
#include <string>

namespace {

// The slip of paper is torn up when its scope ends. That it is a volatile write keeps the compiler
// from leaving it out: nobody may look at a dead object, so why write to it?
struct Slip {
  explicit Slip(int wanted) : parcels(wanted) {}
  Slip(const Slip&) = default;
  Slip& operator=(const Slip&) = delete;
  ~Slip() { *static_cast<volatile int*>(&parcels) = -1; }
  int parcels;
};

// The courier starts to read when the slip's scope has ended.
gridlock::Thread send_courier(int parcels, gridlock::Turns& turns, int& delivered) {
  const Slip slip{parcels};
  return gridlock::Thread{"courier", [&slip, &turns, &delivered] {  // wrong: the slip is ours
                            turns.wait_for(1);
                            delivered = slip.parcels;
                          }};
}

gridlock::Thread send_courier_with_copy(int parcels, gridlock::Turns& turns, int& delivered) {
  const Slip slip{parcels};
  return gridlock::Thread{"courier", [slip, &turns, &delivered] {
                            turns.wait_for(1);
                            delivered = slip.parcels;
                          }};
}

}  // namespace

GRIDLOCK_SCENARIO(
    arguments_dead_local,
    {.name = "arguments/dead-local",
     .summary = "A thread gets a reference to a local variable that dies before it looks",
     .story =
         "The clerk writes on a slip how many parcels there are, shows the courier where the slip "
         "lies, and tears it up when the function ends. The courier comes a moment later and reads "
         "what is in that place now.\n\n"
         "A lambda that captures by reference does not copy anything: it keeps the address. If the "
         "function that started the thread returns first, the address leads to memory that other "
         "calls use. Often the thread is quick and nothing happens; under load it is late.\n\n"
         "In the report, the thread's read stands beside main's write, and the write is in the "
         "destructor. A write by a destructor in a data race nearly always means that "
         "something did not live long enough.",
     .case_number = 3,
     .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
     .twin = "arguments/by-value"}) {
  int delivered = 0;
  gridlock::Turns turns;
  gridlock::Thread courier = send_courier(3, turns, delivered);
  turns.done();  // the slip is gone; this orders nothing
  courier.join();
  std::printf("the courier delivered %d parcels; it should be 3\n", delivered);
}

GRIDLOCK_SCENARIO(
    arguments_by_value,
    {.name = "arguments/by-value",
     .summary = "The thread gets a copy of what it needs",
     .story = "The courier takes a copy of the slip along. The clerk's own is torn up as before, "
              "and that is nobody's concern: the copy lives as long as the thread does.\n\n"
              "Capture by value, and by reference only what certainly outlives the thread, because "
              "the thread is joined before it goes.",
     .case_number = 3,
     .expect = gridlock::clean(),
     .twin = "arguments/dead-local"}) {
  int delivered = 0;
  gridlock::Turns turns;
  gridlock::Thread courier = send_courier_with_copy(3, turns, delivered);
  turns.done();
  courier.join();
  gridlock::assert_that(delivered == 3, "what was given to the thread is what it got");
}

GRIDLOCK_SCENARIO(
    arguments_passed,
    {.name = "arguments/passed",
     .summary = "Arguments of the thread's function are copied or moved into the thread",
     .story = "The arguments that follow the function are kept for the thread, each in a copy of "
              "its own, and handed to the function when it runs. The text is a copy: the clerk "
              "changes his own afterwards and the courier does not notice. The parcel cannot be "
              "copied (it is a std::unique_ptr), so it is moved: afterwards the courier has it and "
              "the clerk has none.",
     .case_number = 3,
     .expect = gridlock::clean(),
     .twin = "arguments/dead-local"}) {
  std::string address = "Harbour Street 3";
  auto parcel = std::make_unique<int>(7);
  const auto deliver = [](const std::string& where, const std::unique_ptr<int>& what) {
    gridlock::assert_that(where == "Harbour Street 3", "the copy is what it was at the start");
    gridlock::assert_that(what != nullptr && *what == 7, "what was moved arrives");
  };
  gridlock::Thread courier{
      {.name = "courier"}, gridlock::CallSite::current(), deliver, address, std::move(parcel)};
  address = "nowhere";
  courier.join();
}
