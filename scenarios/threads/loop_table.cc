// SPDX-License-Identifier: Apache-2.0
//
// The industrial style: a table says which loops there are, one thread runs each, and all put their
// results into one list.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <cstdio>
#include <vector>

namespace {

struct LoopSpec {
  const char* name;
  int from;
  int to;
};

constexpr LoopSpec kLoops[] = {{"lower half", 1, 50}, {"upper half", 51, 100}};

long sum_of(const LoopSpec& spec) {
  long sum = 0;
  for (int i = spec.from; i <= spec.to; ++i) sum += i;
  return sum;
}

void show(const std::vector<long>& results) {
  long total = 0;
  for (const long each : results) total += each;
  std::printf("%zu results, %ld in total; it should be 5050\n", results.size(), total);
}

}  // namespace

GRIDLOCK_SCENARIO(
    loop_table_unlocked,
    {.name = "loop-table/unlocked-results",
     .summary = "Workers from a table put their results into one list without a lock",
     .story =
         "A table names the loops. For each row a thread is started, with the name of the row, and "
         "all of them run the same function with different numbers. That is how larger programs do "
         "it: to have more workers, write another line.\n\n"
         "What a thread returns is lost, so each worker appends its result to a list. Two of them "
         "do so at the same moment, and a std::vector is not made for that: both write to the "
         "same place, or one result is lost.\n\n"
         "In the report, look at the two lines: it is the same one, reached by two threads, and "
         "neither holds anything.",
     .case_number = 8,
     .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
     .twin = "loop-table/locked-results"}) {
  std::vector<long> results;
  results.reserve(std::size(kLoops));
  gridlock::Rendezvous all_computed{2};  // both come to the list at the same time
  {
    std::vector<gridlock::Thread> workers;
    for (const LoopSpec& spec : kLoops) {
      workers.emplace_back(spec.name, [&] {
        const long sum = sum_of(spec);
        all_computed.meet();
        results.push_back(sum);  // wrong: so does the other
      });
    }
  }
  show(results);
}

GRIDLOCK_SCENARIO(
    loop_table_locked,
    {.name = "loop-table/locked-results",
     .summary = "The list of results has a lock",
     .story =
         "The same table and the same workers, but the list is changed with its lock held. The "
         "computing, which takes the time, is done before the lock is taken.\n\n"
         "main reads the list without the lock. That is right: it has joined all workers by "
         "then, and what a thread did comes before the return of its join.",
     .case_number = 8,
     .expect = gridlock::clean(),
     .twin = "loop-table/unlocked-results"}) {
  gridlock::Lock results_lock{"results"};
  std::vector<long> results;
  gridlock::Rendezvous all_computed{2};
  {
    std::vector<gridlock::Thread> workers;
    for (const LoopSpec& spec : kLoops) {
      workers.emplace_back(spec.name, [&] {
        const long sum = sum_of(spec);
        all_computed.meet();
        const gridlock::Guard guard{results_lock};
        results.push_back(sum);
      });
    }
  }
  show(results);
}
