// SPDX-License-Identifier: Apache-2.0
//
// One thread at a time, as under an interpreter's global lock: what that protects and what not.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

namespace {

constexpr long kDeposit = 100;

// Both tellers pay in, each with the baton in hand. `pay_in` is given what stands for printing the
// receipt, which takes time and is done without the baton.
template <typename PayIn>
void two_tellers(PayIn pay_in) {
  gridlock::Baton baton{"interpreter"};
  gridlock::Rendezvous both_print{2};
  long balance = 0;
  const auto print_receipt = [&] {
    const gridlock::Baton::Pause pause{baton};
    both_print.meet();
  };
  const auto teller = [&] {
    const gridlock::Baton::Hold hold{baton};
    pay_in(balance, print_receipt);
  };
  {
    const gridlock::Thread first{"first teller", teller};
    const gridlock::Thread second{"second teller", teller};
  }
  gridlock::assert_that(balance == 2 * kDeposit, "both deposits are in the account");
}

}  // namespace

GRIDLOCK_SCENARIO(
    baton_read_pause_write,
    {.name = "baton/read-pause-write",
     .summary = "Only one thread runs at a time, and a deposit is lost all the same",
     .story =
         "Some languages let only one thread run at a time: whoever runs has a baton, and hands it "
         "over now and then, or when it has to wait for something. gridlock::Baton is such a "
         "thing. With it no two threads are ever at the balance at the same moment, so there is no "
         "data race, and ThreadSanitizer is content.\n\n"
         "And yet money is lost. Each teller reads the balance, prints the receipt, and writes the "
         "new balance. To print takes time, so the baton goes to the other teller meanwhile, who "
         "reads the same old balance. The second to write overwrites what the first has "
         "written.\n\n"
         "No tool can see that from the accesses alone, since each is in order. It takes a "
         "sentence "
         "that says what must be true: assert_that, at the end. In the report, look at that "
         "sentence.",
     .expect = gridlock::finds(gridlock::FindingKind::kAssertionFailed),
     .twin = "baton/read-and-write"}) {
  two_tellers([](long& balance, const auto& print_receipt) {
    const long before = balance;
    print_receipt();  // wrong: the other teller has the baton meanwhile
    balance = before + kDeposit;
  });
}

GRIDLOCK_SCENARIO(
    baton_read_and_write,
    {.name = "baton/read-and-write",
     .summary = "The baton is not given away between reading and writing",
     .story =
         "The same tellers with the same baton, but the receipt is printed first. Between reading "
         "the balance and writing it the baton is not handed over, so the two are one step for "
         "everybody else: that much a baton does protect, without any lock.\n\n"
         "You have to know every place where it may be handed over, though. Where you cannot be "
         "sure of that, take a lock of your own for as long as the step lasts.",
     .expect = gridlock::clean(),
     .twin = "baton/read-pause-write"}) {
  two_tellers([](long& balance, const auto& print_receipt) {
    print_receipt();
    balance = balance + kDeposit;
  });
}
