// SPDX-License-Identifier: Apache-2.0
//
// Joins, and several kinds of objects in one cycle.
#include "tests/analysis/traces/rows.h"

namespace gridlock::traces {
namespace {

constexpr Row kJoins[] = {
    {"joins.under-a-lock-it-takes", "a worker", "deadlock",
     "worker: meet, touch a | main: start worker, yield, lock a, meet, join worker, unlock a",
     "worker: touch a | main: start worker, yield, touch a, join worker", ""},
    {"joins.by-the-destructor", "a worker", nullptr,
     "worker: meet, touch a | main: start worker, yield, lock a, meet, join worker, unlock a",
     "worker: touch a | main: start worker, yield, touch a, join worker", ""},
    {"joins.under-a-lock-read", "m worker", "deadlock",
     "shared m | worker: meet, touch m |"
     "main: start worker, yield, lock m:r, meet, join worker, unlock m:r",
     "shared m | worker: touch m:r |"
     "main: start worker, yield, lock m:r, join worker, unlock m:r",
     "readers only m"},
    {"joins.through-another-join", "a inner outer", "deadlock",
     "inner: meet, touch a | outer: join inner |"
     "main: start inner, start outer, yield, lock a, meet, join outer, unlock a",
     "inner: touch a | outer: join inner |"
     "main: start inner, start outer, yield, touch a, join outer",
     ""},
    {"joins.under-a-permit-it-takes", "s worker", "deadlock",
     "semaphore s 1 | worker: meet, touch s |"
     "main: start worker, yield, lock s, meet, join worker, unlock s",
     "semaphore s 1 | worker: touch s | main: start worker, yield, touch s, join worker", ""},
    {"joins.of-one-that-waits-for-the-joiner", nullptr, "starvation",
     "event e | worker: wait e | main: start worker, join worker, set e",
     "event e | worker: wait e | main: start worker, set e, join worker", ""},
};

constexpr Row kMixes[] = {
    {"mixes.lock-semaphore-event", "a e s", "starvation",
     "semaphore s 1 | event e | t1: meet, touch a, set e | t2: nest a s |"
     "t3: lock s, meet, wait e, unlock s",
     "semaphore s 1 | event e | t1: meet, set e | t2: nest a s |"
     "t3: lock s, meet, wait e, unlock s",
     ""},
    {"mixes.reader-and-queue", "m q", "starvation",
     "shared m | queue q | t1: meet, touch m, put q | t2: lock m:r, meet, get q, unlock m:r",
     "shared m | queue q | t1: meet, touch m:r, put q | t2: lock m:r, meet, get q, unlock m:r",
     "readers only m"},
    {"mixes.five-kinds", "a b m o s", "deadlock",
     "shared m | semaphore s 1 | once o | t1: once o { meet, touch b } | t2: nest a m |"
     "t3: nest m:r s | t4: lock s, meet, once o, unlock s | t5: nest b a",
     "shared m | semaphore s 1 | once o | t1: once o { meet, touch b } | t2: nest a m |"
     "t3: nest m:r s | t4: lock s, meet, once o, unlock s | t5: meet, take a b",
     ""},
    {"mixes.once-and-future", nullptr, "starvation",
     "once o | future f | t1: meet, once o, set f | t2: once o { meet, wait f }",
     "once o | future f | t1: meet, set f, once o | t2: once o { meet, wait f }", ""},
    {"mixes.barrier-and-queue", nullptr, "starvation",
     "barrier bar 2 | queue q | t1: arrive bar, put q | t2: get q, arrive bar",
     "barrier bar 2 | queue q | t1: put q, arrive bar | t2: get q, arrive bar", ""},
    {"mixes.three-sorts-of-lock", "m r s", "deadlock",
     "rlock r | semaphore s 1 | shared m | t1: nest r r s | t2: nest s m:r | t3: nest m r",
     "rlock r | semaphore s 1 | shared m | t1: nest r r s | t2: nest s m:r | t3: nest r m", ""},
    {"mixes.future-and-two-locks", "b f", "starvation",
     "future f | t1: meet, take a b, set f | t2: lock b, meet, wait f, unlock b",
     "future f | t1: meet, set f | t2: lock b, meet, wait f, unlock b", ""},
};

}  // namespace

std::span<const Row> join_rows() { return kJoins; }
std::span<const Row> mix_rows() { return kMixes; }

std::vector<Row> all_rows() {
  std::vector<Row> all;
  for (const std::span<const Row> rows :
       {lock_rows(),      all_at_once_rows(), publication_rows(),   gate_rows(),
        order_rows(),     many_order_rows(),  order_through_rows(), reader_rows(),
        semaphore_rows(), permit_rows(),      condition_rows(),     event_rows(),
        barrier_rows(),   once_flag_rows(),   future_rows(),        queue_rows(),
        join_rows(),      mix_rows(),         tested_wait_rows(),   signal_rows(),
        hand_over_rows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace gridlock::traces
