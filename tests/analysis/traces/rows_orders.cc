// SPDX-License-Identifier: Apache-2.0
//
// Order by start and join, and through what one thread signals and another waits for.
#include "tests/analysis/traces/rows.h"

namespace gridlock::traces {
namespace {

constexpr Row kOrders[] = {
    {"orders.before-the-start", "a b", "deadlock", "t1: nest b a | t2: nest a b",
     "t1: nest b a | main: touch b, take a b, start t1, touch b, join t1", "ordered"},
    {"orders.after-the-join", "a b", "deadlock", "t1: nest b a | t2: nest a b",
     "t1: nest b a | main: start t1, touch b, join t1, take a b", "ordered"},
    {"orders.started-after-the-join", "a b", "deadlock", "t1: nest a b | t2: nest b a",
     "first: take a b | second: take b a |"
     "main: start first, join first, start second, join second",
     "ordered"},
    {"orders.started-by-the-thread-itself", "a b", "deadlock",
     "child: nest b a | t1: start child, yield, join child | t2: nest a b",
     "child: take b a | t1: take a b, start child, yield, join child | t2: touch b", "ordered"},
    {"orders.joined-by-another-that-is-joined", "a b", "deadlock",
     "deep: nest a b | t1: start deep, yield, join deep | t2: nest b a",
     "deep: take a b | t1: start deep, yield, join deep |"
     "main: start t1, yield, touch b, join t1, take b a",
     "ordered"},
    {"orders.three-of-which-one-came-before", "a b c", "deadlock",
     "t1: nest a b | t2: nest b c | t3: nest c a",
     "t1: nest b c | t2: nest c a |"
     "main: touch c, take a b, start t1, start t2, yield, join t1, join t2",
     "ordered"},
    {"orders.first-one-thread-then-two", "a b", "deadlock",
     "t1: calm { take b a }, nest a b | t2: nest b a", "t1: take b a, take a b | t2: touch b",
     "one thread"},
    {"orders.first-ordered-then-not", "a b", "deadlock",
     "t1: nest b a | main: take a b, start t1, yield, nest a b, join t1",
     "t1: nest b a | main: touch b, take a b, start t1, touch a, join t1, take a b", "ordered"},
};

// An order that comes once for each of twenty threads, or segments, before the one that counts.
#define GRIDLOCK_FOUR(x) x x x x
#define GRIDLOCK_TWENTY(x) \
  GRIDLOCK_FOUR(x) GRIDLOCK_FOUR(x) GRIDLOCK_FOUR(x) GRIDLOCK_FOUR(x) GRIDLOCK_FOUR(x)
#define GRIDLOCK_EARLY(n) "e" #n ": take a b | "
#define GRIDLOCK_EARLY_COMES(n) "start e" #n ", yield, join e" #n ", "
#define GRIDLOCK_IDLE(n) "i" #n ": | "
#define GRIDLOCK_IDLE_COMES(n) "take a b, start i" #n ", yield, join i" #n ", "
#define GRIDLOCK_EACH(x)                                                                       \
  x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15) x(16) x(17) \
      x(18) x(19) x(20)

constexpr Row kManyOrders[] = {
    {"orders.more-threads-than-contexts", "a b", "deadlock",
     GRIDLOCK_EACH(GRIDLOCK_EARLY) "t1: nest a b | main: " GRIDLOCK_EACH(
         GRIDLOCK_EARLY_COMES) "start t1, yield, nest b a, join t1",
     GRIDLOCK_EACH(GRIDLOCK_EARLY) "t1: | main: " GRIDLOCK_EACH(
         GRIDLOCK_EARLY_COMES) "start t1, yield, nest b a, join t1",
     "ordered"},
    {"orders.again-and-again-before", "a b", "deadlock",
     GRIDLOCK_EACH(GRIDLOCK_IDLE) "t1: nest b a | main: touch b, " GRIDLOCK_EACH(
         GRIDLOCK_IDLE_COMES) "start t1, yield, nest a b, join t1",
     GRIDLOCK_EACH(GRIDLOCK_IDLE) "t1: nest b a | main: touch b, " GRIDLOCK_EACH(
         GRIDLOCK_IDLE_COMES) "start t1, yield, touch a, join t1",
     "ordered"},
};

constexpr unsigned kTwin = 2 | 16;

constexpr Row kOrderThrough[] = {
    {"order_through.semaphore-second-releaser-comes-last", "a b", "deadlock",
     "semaphore s 0 | t1: nest a b, release s | t2: acquire s, nest b a | t3: release s",
     "semaphore s 0 | t1: nest a b, release s | t2: acquire s, nest b a", "ordered through s"},
    {"order_through.semaphore-second-releaser", "a b", "deadlock",
     "semaphore s 0 | t1: release s | t2: nest a b, release s | t3: acquire s, nest b a",
     "semaphore s 0 | t1: nest a b, release s | t2: acquire s, nest b a", "ordered through s"},
    {"order_through.semaphore-released-before-too", "a b", "deadlock",
     "semaphore s 0 | t1: release s, nest a b, release s | t2: acquire s, nest b a",
     "semaphore s 0 | t1: nest a b, release s | t2: acquire s, nest b a", "ordered through s"},
    {"order_through.semaphore-with-a-permit", "a b", "deadlock",
     "semaphore s 1 | t1: nest a b, release s | t2: acquire s, nest b a",
     "semaphore s 0 | t1: nest a b, release s | t2: acquire s, nest b a", "ordered through s"},
    {"order_through.event-second-setter-comes-last", "a b", "deadlock",
     "event e | t1: nest a b, set e | t2: wait e, nest b a | t3: set e",
     "event e | t1: nest a b, set e | t2: wait e, nest b a", "ordered through e"},
    {"order_through.event-second-setter", "a b", "deadlock",
     "event e | t1: set e | t2: nest a b, set e | t3: wait e, nest b a",
     "event e | t1: nest a b, set e | t2: wait e, nest b a", "ordered through e"},
    {"order_through.event-set-before-too", "a b", "deadlock",
     "event e | t1: set e, nest a b, set e | t2: wait e, nest b a",
     "event e | t1: nest a b, set e | t2: wait e, nest b a", "ordered through e"},
    {"order_through.queue-second-producer-comes-last", "a b", "deadlock",
     "queue q | t1: nest a b, put q | t2: get q, nest b a | t3: put q",
     "queue q | t1: nest a b, put q | t2: get q, nest b a", "ordered through q"},
    {"order_through.queue-second-producer", "a b", "deadlock",
     "queue q | t1: put q | t2: nest a b, put q | t3: get q, nest b a",
     "queue q | t1: nest a b, put q | t2: get q, nest b a", "ordered through q"},
    {"order_through.queue-item-before-too", "a b", "deadlock",
     "queue q | t1: put q, nest a b, put q | t2: get q, nest b a",
     "queue q | t1: nest a b, put q | t2: get q, nest b a", "ordered through q"},
    {"order_through.queue-join-done-before", "a b", "deadlock",
     "queue q | t1: get q, task_done q, nest a b |"
     "main: put q, start t1, yield, drain q, nest b a, join t1",
     "queue q | t1: get q, nest a b, task_done q |"
     "main: put q, start t1, yield, drain q, nest b a, join t1",
     "ordered through q"},
    {"order_through.queue-closed-before", "a b", "deadlock",
     "queue q | t1: close q, nest a b | t2: get q, nest b a",
     "queue q | t1: nest a b, close q | t2: get q, nest b a", "ordered through q"},
    {"order_through.queue-second-closer-comes-last", "a b", "deadlock",
     "queue q | event e | t1: nest a b, close q, set e | t2: get q, nest b a | t3: close q",
     "queue q | event e | t1: nest a b, close q, set e | t2: get q, nest b a | t3: wait e, close q",
     "ordered through q"},
    {"order_through.future-fulfilled-before", "a b", "deadlock",
     "future f | t1: set f, nest a b | t2: wait f, nest b a",
     "future f | t1: nest a b, set f | t2: wait f, nest b a", "ordered through f"},
    {"order_through.barrier-passed-before", "a b", "deadlock",
     "barrier bar 2 | t1: arrive bar, nest a b | t2: arrive bar, nest b a",
     "barrier bar 2 | t1: nest a b, arrive bar | t2: arrive bar, nest b a", "ordered through bar"},
    {"order_through.barrier-more-threads-than-parties", "a b", "deadlock",
     "barrier bar 2 | t1: nest a b, arrive bar | t2: arrive bar, nest b a | t3: arrive bar |"
     "t4: arrive bar",
     "barrier bar 2 | t1: nest a b, arrive bar | t2: arrive bar, nest b a", "ordered through bar"},
    {"order_through.once-not-called-by-the-other", "a b", "deadlock",
     "once o | t1: once o { nest a b } | t2: nest b a",
     "once o | t1: once o { nest a b } | t2: once o { take a b }, nest b a", "ordered"},
    {"order_through.once-what-came-before-the-body", "a b", "deadlock",
     "once o | t1: nest a b, once o | t2: once o, nest b a",
     "once o | t1: once o { nest a b } | t2: once o { take a b }, nest b a", "ordered"},
    {"order_through.atomic-flag",
     "a b",
     "deadlock",
     "t1: raise x, nest a b, raise x | t2: until x, nest b a",
     "t1: nest a b, raise x | t2: until x, nest b a",
     "",
     {kTwin}},
    {"order_through.flag-under-a-lock",
     "a b",
     "deadlock",
     "condition c | t1: lock m, raise x, notify c, unlock m, nest a b |"
     "t2: lock m, wait c m until x, unlock m, nest b a",
     "condition c | t1: nest a b, lock m, raise x, notify c, unlock m |"
     "t2: lock m, wait c m until x, unlock m, nest b a",
     "",
     {kTwin}},
};

}  // namespace

std::span<const Row> order_rows() { return kOrders; }
std::span<const Row> many_order_rows() { return kManyOrders; }
std::span<const Row> order_through_rows() { return kOrderThrough; }

}  // namespace gridlock::traces
