// SPDX-License-Identifier: Apache-2.0
//
// Barriers, once flags, futures, queues.
#include "tests/analysis/traces/rows.h"

namespace gridlock::traces {
namespace {

constexpr Row kBarriers[] = {
    {"barriers.under-a-lock", "a bar", "starvation",
     "barrier bar 2 | t1: meet, touch a, yield, arrive bar |"
     "t2: lock a, meet, arrive bar, unlock a",
     "barrier bar 2 | t1: meet, yield, arrive bar, touch a |"
     "t2: lock a, meet, arrive bar, unlock a",
     "one thread"},
    {"barriers.under-a-lock-coming-last", "a bar", "starvation",
     "barrier bar 2 | t1: meet, touch a, arrive bar | t2: lock a, meet, arrive bar, unlock a",
     "barrier bar 2 | t1: meet, arrive bar, touch a | t2: lock a, meet, arrive bar, unlock a",
     "one thread"},
    {"barriers.of-three-under-a-lock", "a bar", "starvation",
     "barrier bar 3 | t1: meet, touch a, yield, arrive bar | t2: meet, yield, arrive bar |"
     "t3: lock a, meet, arrive bar, unlock a",
     "barrier bar 3 | t1: meet, yield, arrive bar, touch a | t2: meet, yield, arrive bar |"
     "t3: lock a, meet, arrive bar, unlock a",
     "one thread"},
    {"barriers.one-is-missing", nullptr, "starvation",
     "barrier bar 3 | t1: arrive bar | t2: arrive bar",
     "barrier bar 2 | t1: arrive bar | t2: arrive bar", ""},
    {"barriers.crossed", nullptr, "starvation",
     "barrier first 2 | barrier second 2 | t1: arrive first, arrive second |"
     "t2: arrive second, arrive first",
     "barrier first 2 | barrier second 2 | t1: arrive first, arrive second |"
     "t2: arrive first, arrive second",
     ""},
    {"barriers.arrived-at-under-a-lock", "a bar", "starvation",
     "barrier bar 2 | t1: meet, touch a, yield, arrive bar |"
     "t2: lock a, meet, arrive bar, unlock a",
     "barrier bar 2 | t1: meet, yield, arrive bar, touch a |"
     "t2: lock a, meet, arrive bar, unlock a",
     "one thread"},
    {"barriers.dropped-under-a-lock", "a bar", "starvation",
     "barrier bar 2 | t1: meet, touch a, yield, arrive bar |"
     "t2: lock a, meet, arrive bar, unlock a",
     "barrier bar 2 | t1: meet, yield, arrive bar, touch a |"
     "t2: lock a, meet, arrive bar, unlock a",
     "one thread"},
};

#define GRIDLOCK_BODY_TAKES \
  "once o | t1: once o { meet, touch a } | t2: lock a, meet, once o, unlock a"

constexpr Row kOnceFlags[] = {
    {"once_flags.called-under-what-the-body-takes", "a o", "deadlock", GRIDLOCK_BODY_TAKES,
     "once o | t1: once o { touch a } | t2: touch a, once o", ""},
    {"once_flags.body-over-before-the-start", "a o", "deadlock", GRIDLOCK_BODY_TAKES,
     "once o | t1: lock a, once o, unlock a |"
     "main: touch a, once o { touch a }, start t1, once o, join t1",
     "ordered"},
    {"once_flags.body-that-fails", "a o", "deadlock",
     "once o | t1: once_fails o { meet, touch a } | t2: lock a, meet, once o, unlock a",
     "once o | t1: once_fails o { touch a } | t2: touch a, once o", ""},
    {"once_flags.crossed", nullptr, "deadlock",
     "once o | once p | t1: once o { meet, once p } | t2: once p { meet, once o }",
     "once o | once p | t1: once o { meet, once p } | t2: once o { meet, once p }", ""},
    {"once_flags.in-its-own-body", nullptr, "self-deadlock", "once o | t1: once o { once o }",
     "once o | once p | t1: once o { once p }", ""},
};

#define GRIDLOCK_GET_UNDER_LOCK \
  "future f | t1: meet, touch a, set f | t2: lock a, meet, wait f, unlock a"

constexpr Row kFutures[] = {
    {"futures.got-under-a-lock", "a f", "starvation", GRIDLOCK_GET_UNDER_LOCK,
     "future f | t1: meet, set f, touch a | t2: lock a, meet, wait f, unlock a", ""},
    {"futures.waited-for-a-time", "a f", "starvation", GRIDLOCK_GET_UNDER_LOCK,
     "future f | t1: touch a, set f | t2: lock a, wait_for f, unlock a", ""},
    {"futures.of-async-under-a-lock", "a w", "starvation",
     "future w | task: meet, touch a, set w |"
     "main: start task, yield, lock a, meet, wait w, unlock a, join task",
     "future w | task: touch a, set w | main: start task, yield, touch a, wait w, join task", ""},
    {"futures.through-a-second-future", "a f g", "starvation",
     "future f | future g | t1: meet, touch a, set g | t2: meet, wait g, set f |"
     "t3: lock a, meet, wait f, unlock a",
     "future f | future g | t1: meet, set g | t2: meet, wait g, set f |"
     "t3: lock a, meet, wait f, unlock a",
     ""},
    {"futures.crossed", nullptr, "starvation",
     "future f | future g | t1: wait g, set f | t2: wait f, set g",
     "future f | future g | t1: set f, wait g | t2: wait f, set g", ""},
    {"futures.nobody-fulfils-it", nullptr, "starvation", "future f | t1: wait f",
     "future f | t1: set f | t2: wait f", ""},
    {"futures.shared-under-a-lock", "a f", "starvation",
     "future f | t1: meet, touch a, set f | t2: meet, wait f | t3: lock a, meet, wait f, unlock a",
     "future f | t1: meet, set f, touch a | t2: meet, wait f | t3: lock a, meet, wait f, unlock a",
     ""},
};

#define GRIDLOCK_ITEM_UNDER_LOCK \
  "queue q | t1: meet, touch a, put q | t2: lock a, meet, get q, unlock a"
#define GRIDLOCK_ROOM_UNDER_LOCK(capacity)               \
  "queue q " capacity                                    \
  " | t1: until full, meet, touch a, get q, raise got |" \
  "t2: put q, raise full, calm { until got }, lock a, meet, put q, unlock a"
#define GRIDLOCK_ROOM_FREELY(capacity)  \
  "queue q " capacity                   \
  " | t1: until full, touch a, get q |" \
  "t2: put q, raise full, lock a, put q, unlock a"

#define GRIDLOCK_CLOSED_UNDER_LOCK \
  "queue q | t1: meet, touch a, close q | t2: lock a, meet, get q, unlock a"

constexpr Row kQueues[] = {
    {"queues.item-under-a-lock", "a q", "starvation", GRIDLOCK_ITEM_UNDER_LOCK,
     "queue q | t1: meet, put q, touch a | t2: lock a, meet, get q, unlock a", ""},
    {"queues.item-for-a-time-only", "a q", "starvation", GRIDLOCK_ITEM_UNDER_LOCK,
     "queue q | t1: touch a, put q | t2: lock a, get_for q, unlock a", ""},
    {"queues.room-under-a-lock", "a q", "starvation", GRIDLOCK_ROOM_UNDER_LOCK("1"),
     GRIDLOCK_ROOM_FREELY("2"), ""},
    {"queues.room-without-a-bound", "a q", "starvation", GRIDLOCK_ROOM_UNDER_LOCK("1"),
     GRIDLOCK_ROOM_FREELY(""), ""},
    {"queues.end-of-the-work-under-a-lock", "a q", "starvation",
     "queue q | t1: get q, meet, touch a, task_done q |"
     "main: put q, start t1, yield, lock a, meet, drain q, unlock a, join t1",
     "queue q | t1: get q, task_done q, touch a |"
     "main: put q, start t1, yield, lock a, drain q, unlock a, join t1",
     ""},
    {"queues.closed-under-a-lock", "a q", "starvation", GRIDLOCK_CLOSED_UNDER_LOCK,
     "queue q | t1: meet, close q, touch a | t2: lock a, meet, get q, unlock a", ""},
    {"queues.closed-by-another", "a q", "starvation",
     "queue q | t1: meet, touch a, put q | t2: meet, touch a, close q |"
     "t3: lock a, meet, get q, unlock a",
     "queue q | t1: touch a, put q | t2: close q, raise y | t3: until y, lock a, get q, unlock a",
     "not a lock q"},
    {"queues.put-too-late", "a q", "starvation",
     "queue q | t1: meet, touch a, close q | t2: meet, touch a, put q |"
     "t3: lock a, meet, get q, unlock a",
     "queue q | t1: touch a, close q | t2: put q | t3: lock a, get q, unlock a", "not a lock q"},
    {"queues.end-of-work-not-put-yet", "a q", "starvation",
     "queue q | t1: put q, meet, touch a, put q | t2: lock a, meet, drain q, unlock a |"
     "t3: get q, meet, get q, task_done q, task_done q",
     "queue q | t1: touch a, put q, put q | t2: lock a, drain q, unlock a |"
     "t3: get q, task_done q, get q, task_done q",
     ""},
    {"queues.closed-and-seen", "a q", "starvation", GRIDLOCK_CLOSED_UNDER_LOCK,
     "queue q | t1: touch a, close q | t2: get q, lock a, get q, unlock a", ""},
    {"queues.two-producers", "a q", "starvation",
     "queue q | t1: meet, touch a, put q | t2: meet, touch a, put q |"
     "t3: lock a, meet, get q, unlock a",
     "queue q | t1: touch a, put q, raise x | t2: put q, raise y |"
     "t3: until x, until y, lock a, get q, unlock a",
     "not a lock q"},
    {"queues.ping-pong", nullptr, "starvation",
     "queue q | queue r | t1: get q, put r | t2: get r, put q",
     "queue q | queue r | t1: put r, get q, put r | t2: get r, put q", ""},
    {"queues.both-full", nullptr, "starvation",
     "queue q 1 | queue r 1 | t1: put q, put q, try_get r, try_get r |"
     "t2: put r, put r, try_get q, try_get q",
     "queue q 2 | queue r 2 | t1: put q, put q, try_get r, try_get r |"
     "t2: put r, put r, try_get q, try_get q",
     ""},
};

}  // namespace

std::span<const Row> barrier_rows() { return kBarriers; }
std::span<const Row> once_flag_rows() { return kOnceFlags; }
std::span<const Row> future_rows() { return kFutures; }
std::span<const Row> queue_rows() { return kQueues; }

}  // namespace gridlock::traces
