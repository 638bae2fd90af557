// SPDX-License-Identifier: Apache-2.0
//
// A function in a process of its own: what goes in, and what comes back.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>
#include <gridlock/shared.h>

#include <cstdio>
#include <string>

namespace {

constexpr int kParcels = 1000;

int g_packed = 0;

}  // namespace

GRIDLOCK_SCENARIO(
    process_global,
    {.name = "process/global",
     .summary = "A child process counts in a global variable, and the parent sees nothing of it",
     .story =
         "A packer packs a thousand parcels and counts them in a global variable. As a thread he "
         "would do: threads share all memory. Here he is a process, started with "
         "gridlock::Process, and a process is a copy. At the start the child gets everything that "
         "the parent has, the counter at 0 included; from then on each works on its own. The child "
         "counts to 1000 in a variable that nobody else will ever look at, and goes.\n\n"
         "The parent waits for it, as it should, and finds its own counter where it was: at 0. No "
         "race, no lock, no crash; the work is just gone. gridlock::assert_that says so.\n\n"
         "In the report: the two processes, with their pids, and the line that noticed.",
     .case_number = 17,
     .expect = gridlock::finds(gridlock::FindingKind::kAssertionFailed),
     .twin = "process/shared"}) {
  gridlock::Process packer{"packer", [] {
                             for (int i = 0; i < kParcels; ++i) ++g_packed;  // the child's own copy
                           }};
  packer.join();
  std::printf("packed: %d\n", g_packed);
  gridlock::assert_that(g_packed == kParcels, "what the packer packed is seen by the parent");
}

GRIDLOCK_SCENARIO(
    process_shared,
    {.name = "process/shared",
     .summary = "The counter lies in memory that both processes share",
     .story =
         "The same packer, with the counter in a gridlock::Shared<int>: memory that a fork does "
         "not copy, so parent and child have one and the same.\n\n"
         "No lock is needed here, because the parent looks only after the join. If both worked at "
         "the same time they would need one, and one that works between processes: IpcLock.",
     .case_number = 17,
     .expect = gridlock::clean(),
     .twin = "process/global"}) {
  gridlock::Shared<int> packed{0};
  gridlock::Process packer{"packer", [&] {
                             for (int i = 0; i < kParcels; ++i) ++*packed;
                           }};
  packer.join();
  std::printf("packed: %d\n", *packed);
  gridlock::assert_that(*packed == kParcels, "what the packer packed is seen by the parent");
}

namespace {

// An ordinary function; nothing in it knows that it will be a process.
int pack(const std::string& address, int parcels) {
  std::printf("%s: %d parcels for %s\n", gridlock::current_process().label().c_str(), parcels,
              address.c_str());
  return parcels > 2 ? 1 : 0;
}

}  // namespace

GRIDLOCK_SCENARIO(
    process_arguments,
    {.name = "process/arguments",
     .summary = "An ordinary function becomes a process: arguments in, exit code out",
     .story =
         "pack() takes an address and a number, and returns 0 if it could pack them all. Started "
         "as a process it gets its arguments like any call does; they need not be copied or turned "
         "into text, because the child has a copy of all memory anyway.\n\n"
         "What it returns becomes the exit code, as with main(): that is all that a process gives "
         "back by itself. The parent has it after join(). An exception would be printed and give "
         "the code 1; a process that a signal ended has minus the number of the signal.\n\n"
         "In the report the process that ended with 1 says so.",
     .case_number = 17,
     .expect = gridlock::clean()}) {
  gridlock::Process small{gridlock::ProcessOptions{.name = "small"}, gridlock::CallSite::current(),
                          pack, "Bern", 2};
  gridlock::Process large{gridlock::ProcessOptions{.name = "large"}, gridlock::CallSite::current(),
                          pack, "Oslo", 3};
  small.join();
  large.join();
  std::printf("exit codes: %d and %d\n", small.exit_code().value_or(-1),
              large.exit_code().value_or(-1));
  gridlock::assert_that(small.exit_code() == 0 && large.exit_code() == 1,
                        "the exit codes are what pack() returned");
}
