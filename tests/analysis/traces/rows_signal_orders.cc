// SPDX-License-Identifier: Apache-2.0
//
// What signals order, and what waits that were over at once say.
#include "tests/analysis/traces/rows.h"

namespace gridlock::traces {
namespace {

constexpr unsigned kTwin = 2 | 16;

// The notifier needs o before it makes the test true.
#define GRIDLOCK_TRUE_AT_ONCE                                                              \
  "condition changed | t1: meet, touch o, lock m, raise ready, notify changed, unlock m |" \
  "t2: lock o m, meet, wait changed m until ready, unlock m o"
#define GRIDLOCK_PERMIT_BY_ONE                                \
  "semaphore s 0 | t1: nest a b, release s | t2: release s |" \
  "t3: acquire s, nest b a"

constexpr Row kTestedWaits[] = {
    {"tested_waits.test-true-at-once", "changed o", "starvation", GRIDLOCK_TRUE_AT_ONCE,
     "condition changed | t1: lock m, raise ready, notify changed, unlock m, touch o |"
     "t2: lock o m, wait changed m until ready, unlock m o",
     ""},
    {"tested_waits.test-true-at-once-notified-unlocked", "changed o", "starvation",
     "condition changed | t1: meet, touch o, lock m, raise ready, unlock m, notify changed |"
     "t2: lock o m, meet, wait changed m until ready, unlock m o",
     "condition changed | t1: lock m, raise ready, unlock m, notify changed, touch o |"
     "t2: lock o m, wait changed m until ready, unlock m o",
     ""},
    {"tested_waits.test-true-at-once-for-a-time", "changed o", "starvation", GRIDLOCK_TRUE_AT_ONCE,
     "condition changed | t1: touch o, lock m, raise ready, notify changed, unlock m |"
     "t2: lock o m, wait_for changed m until ready, unlock m o",
     ""},
    {"tested_waits.test-made-true-before-the-start", "changed o", "starvation",
     GRIDLOCK_TRUE_AT_ONCE,
     "condition changed | early: lock m, raise ready, unlock m |"
     "t1: touch o, lock m, notify changed, unlock m |"
     "main: start early, join early, start t1, yield, lock o m, wait changed m until ready,"
     "unlock m o, join t1",
     ""},
    {"tested_waits.test-true-from-the-first", "changed o", "starvation", GRIDLOCK_TRUE_AT_ONCE,
     "condition changed | t1: until tried, touch o, lock m, notify changed, unlock m |"
     "main: raise room, start t1, lock m, wait changed m until room, unlock m, raise tried, yield,"
     "lock o m, wait changed m until room, unlock m o, join t1",
     ""},
    {"tested_waits.test-true-all-along",
     "changed o",
     "starvation",
     GRIDLOCK_TRUE_AT_ONCE,
     "condition changed | t1: raise ready, touch o, lock m, notify changed, unlock m, raise x |"
     "t2: until x, lock o m, wait changed m until ready, unlock m o",
     "",
     {kTwin}},
    {"tested_waits.notified-before-it-needs", "changed o", "starvation",
     "condition changed | t1: notify changed, meet, touch o, lock m, raise ready, notify changed,"
     "unlock m | t2: lock o m, meet, wait changed m until ready, unlock m o",
     "condition changed | t1: lock m, raise ready, notify changed, unlock m, touch o,"
     "lock m, notify changed, unlock m | t2: lock o m, wait changed m until ready, unlock m o",
     "ordered through changed"},
    {"tested_waits.notified-as-soon-as-released", "changed o", "starvation",
     "condition changed | t1: meet, touch o, yield, lock m, raise ready, notify changed, unlock m |"
     "t2: lock o m, meet, yield, wait changed m until ready, unlock m o",
     "condition changed | t1: yield, lock m, raise ready, notify changed, unlock m, touch o |"
     "t2: lock o m, yield, wait changed m until ready, unlock m o",
     ""},
    {"tested_waits.test-true-at-once-lock-taken-again", "b m", "deadlock",
     "condition changed | t1: meet, lock m, raise ready, notify changed, touch b, unlock m |"
     "t2: lock m b, meet, wait changed m until ready, unlock b m",
     "condition changed | t1: lock m, raise ready, notify changed, unlock m, touch b |"
     "t2: lock m b, wait changed m until ready, unlock b m",
     "one thread"},
    {"tested_waits.test-true-at-once-through-an-event", "a changed e", "starvation",
     "condition changed | event e |"
     "t1: meet, touch a, lock m, raise ready, notify changed, unlock m |"
     "t2: meet, lock m, wait changed m until ready, unlock m, set e |"
     "t3: lock a, meet, wait e, unlock a",
     "condition changed | event e | t1: lock m, raise ready, notify changed, unlock m, touch a |"
     "t2: lock m, wait changed m until ready, unlock m, set e | t3: lock a, wait e, unlock a",
     ""},
    {"tested_waits.notified-and-then-waited-for", "a changed e", "starvation",
     "condition changed | event e |"
     "t1: meet, lock m, wait changed m until ready, unlock m, set e |"
     "t2: meet, touch a, lock m, raise ready, notify changed, unlock m |"
     "t3: lock a, meet, wait e, unlock a",
     "condition changed | event e | t1: lock m, wait changed m until ready, unlock m, set e |"
     "t2: lock m, raise ready, notify changed, unlock m, touch a | t3: lock a, wait e, unlock a",
     ""},
};

constexpr Row kSignals[] = {
    {"signals.event-cleared-after", "a b", "deadlock",
     "event e | t1: set e, nest a b | t2: wait e, clear e, nest b a",
     "event e | t1: nest a b, set e | t2: wait e, clear e, nest b a", "ordered through e"},
    {"signals.event-cleared-by-its-setter", "a b", "deadlock",
     "event e | t1: set e, until x, clear e, nest a b | t2: wait e, raise x, nest b a",
     "event e | t1: nest a b, set e, until x, clear e | t2: wait e, raise x, nest b a",
     "ordered through e"},
    {"signals.event-cleared-and-set-again", "a b", "deadlock",
     "event e | event r | t1: set e, wait r, set e, nest a b |"
     "t2: wait e, clear e, set r, wait e, nest b a",
     "event e | event r | t1: set e, wait r, nest a b, set e |"
     "t2: wait e, clear e, set r, wait e, nest b a",
     "ordered through e"},
    {"signals.event-waited-for-again", "a e", "starvation",
     "event e | event r | t1: set e, wait r, meet, touch a, set e |"
     "t2: wait e, clear e, set r, yield, lock a, meet, wait e, unlock a",
     "event e | event r | t1: set e, wait r, meet, set e, touch a |"
     "t2: wait e, clear e, set r, yield, lock a, meet, wait e, unlock a",
     "ordered through e"},

    {"signals.latch-of-permits", "a b", "deadlock", GRIDLOCK_PERMIT_BY_ONE,
     "semaphore s 0 | t1: nest a b, release s | t2: release s |"
     "t3: acquire s, acquire s, nest b a",
     "ordered through s"},
    {"signals.latch-and-one-permit-more", "a b", "deadlock",
     "semaphore s 0 | t1: nest a b, release s | t2: release s |"
     "t3: acquire s, acquire s, nest b a | t4: release s",
     "semaphore s 0 | t1: nest a b, release s | t2: release s |"
     "t3: acquire s, acquire s, nest b a",
     "ordered through s"},
    {"signals.latch-of-the-next-round", "a b", "deadlock",
     "semaphore s 0 | t1: nest a b, release s | t2: release s | t3: release s |"
     "main: start t1, start t2, start t3, yield, acquire s, acquire s, nest b a, acquire s, join "
     "t1,"
     "join t2, join t3",
     "semaphore s 0 | t1: nest a b, release s | t2: release s | t3: release s |"
     "main: start t1, start t2, yield, acquire s, acquire s, start t3, nest b a, acquire s, join "
     "t1,"
     "join t2, join t3",
     "ordered through s"},
    {"signals.latch-of-items", "a b", "deadlock",
     "queue q | t1: nest a b, put q | t2: put q | t3: get q, nest b a",
     "queue q | t1: nest a b, put q | t2: put q | t3: get q, get q, nest b a", "ordered through q"},
    {"signals.latch-of-tasks", "a b", "deadlock",
     "queue q | t1: get q, task_done q, nest a b | t2: get q, task_done q |"
     "main: put q, put q, start t1, start t2, yield, drain q, nest b a, join t1, join t2",
     "queue q | t1: get q, nest a b, task_done q | t2: get q, task_done q |"
     "main: put q, put q, start t1, start t2, yield, drain q, nest b a, join t1, join t2",
     "ordered through q"},
    {"signals.latch-of-the-last-task", "a b", "deadlock",
     "queue q | t1: get q, task_done q, get q, task_done q, nest a b |"
     "main: put q, put q, start t1, yield, drain q, nest b a, join t1",
     "queue q | t1: get q, task_done q, get q, nest a b, task_done q |"
     "main: put q, put q, start t1, yield, drain q, nest b a, join t1",
     "ordered through q"},

    {"signals.reply-of-each-worker", "a b", "deadlock",
     "queue q | queue r | t1: get q, nest a b, put r | t2: get q, put r |"
     "main: start t1, start t2, put q, put q, yield, get r, nest b a, get r, join t1, join t2",
     "queue q | queue r | t1: get q, nest a b, put r | t2: get q, put r |"
     "main: start t1, start t2, put q, put q, yield, get r, get r, nest b a, join t1, join t2",
     "ordered through r"},
    {"signals.item-of-a-bounded-queue", "a b", "deadlock",
     "queue q 2 | t1: put q, nest a b, put q | t2: get q, nest b a | t3: get q",
     "queue q 2 | t1: nest a b, put q, put q | t2: get q, nest b a | t3: get q",
     "ordered through q"},
    {"signals.queue-closed-after-the-item", "a b", "deadlock",
     "queue q | event e | t1: put q, nest a b | t2: get q, set e, nest b a | t3: wait e, close q",
     "queue q | event e | t1: nest a b, put q | t2: get q, set e, nest b a | t3: wait e, close q",
     "ordered through q"},
    {"signals.queue-closed-when-all-is-put", "a b", "deadlock",
     "queue q | t1: nest a b, put q | t2: put q | t3: get q, get q, get q, nest b a |"
     "main: start t1, start t2, start t3, yield, join t2, close q, join t1, join t3",
     "queue q | t1: nest a b, put q | t2: put q | t3: get q, get q, get q, nest b a |"
     "main: start t1, start t2, start t3, yield, join t1, join t2, close q, join t3",
     "ordered through q"},
};

constexpr Row kHandOvers[] = {
    {"hand_overs.lock-held-across-a-start", "b c", "deadlock",
     "t1: touch a, nest c b | main: lock a, start t1, unlock a, nest b c, join t1",
     "t1: touch a, nest c b | main: lock a, start t1, nest b c, unlock a, join t1", "ordered"},
    {"hand_overs.lock-held-across-an-event", "b c", "deadlock",
     "event e | t1: lock a, set e, unlock a, nest b c | t2: wait e, touch a, nest c b",
     "event e | t1: lock a, set e, nest b c, unlock a | t2: wait e, touch a, nest c b",
     "ordered through e"},
    {"hand_overs.lock-held-across-an-item", "b c", "deadlock",
     "queue q | t1: lock a, put q, nest b c, unlock a | t2: get q, nest c b, touch a",
     "queue q | t1: lock a, put q, nest b c, unlock a | t2: get q, touch a, nest c b",
     "ordered through q"},
    {"hand_overs.lock-held-across-one-of-two-events", "b c", "deadlock",
     "event e | t1: hang { until y }, lock a, set e, nest b c, unlock a | t2: wait e, touch a, "
     "raise y, nest c b | t3: set e",
     "event e | t1: lock a, set e, nest b c, unlock a | t2: wait e, touch a, nest c b",
     "ordered through e"},
    {"hand_overs.lock-held-for-reading-across-an-event", "b c", "deadlock",
     "shared a | event e | t1: lock a:r, set e, nest b c, unlock a:r |"
     "t2: wait e, touch a:r, nest c b",
     "shared a | event e | t1: lock a:r, set e, nest b c, unlock a:r |"
     "t2: wait e, touch a, nest c b",
     "ordered through e"},

    {"hand_overs.lock-held-across-an-event-and-downgraded", "b c", "deadlock",
     "shared a | event e | t1: lock a, set e, downgrade a, nest b c, unlock a:r |"
     "t2: wait e, touch a:r, nest c b",
     "shared a | event e | t1: lock a, set e, nest b c, downgrade a, unlock a:r |"
     "t2: wait e, touch a:r, nest c b",
     "ordered through e"},
    {"hand_overs.second-giver-has-received", "a b", "deadlock",
     "semaphore s 0 | t1: release s, nest a b | t2: acquire s, nest b a, release s |"
     "t3: acquire s, release s",
     "semaphore s 0 | t1: nest a b, release s | t2: acquire s, nest b a, release s |"
     "t3: acquire s, release s",
     "ordered through s"},
    {"hand_overs.second-setter-has-waited", "a b", "deadlock",
     "event e | t1: set e, nest a b | t2: wait e, nest b a, set e",
     "event e | t1: nest a b, set e | t2: wait e, nest b a, set e", "ordered through e"},
    {"hand_overs.second-giver-started-after", "a b", "deadlock",
     "semaphore s 0 | t2: release s | t1: start t2, nest a b, release s | t3: acquire s, nest b a,"
     "acquire s",
     "semaphore s 0 | t2: release s | t1: nest a b, release s, start t2 | t3: acquire s, nest b a,"
     "acquire s",
     "ordered through s"},
    {"hand_overs.second-giver-has-to-wait-too", "a s", "starvation",
     "semaphore s 0 | t1: meet, touch a, release s | t2: acquire s, release s |"
     "t3: lock a, meet, acquire s, unlock a, release s",
     "semaphore s 0 | t1: meet, release s, touch a | t2: acquire s, release s |"
     "t3: lock a, meet, acquire s, unlock a, release s",
     ""},

    {"hand_overs.once-body-that-signals", "a b", "deadlock",
     "once o | event e | t1: nest a b, once o { set e } | t2: once o { set e }, nest b a",
     "once o | event e | t1: once o { nest a b, set e } | t2: once o { take a b, set e }, nest b a",
     "ordered"},
    {"hand_overs.once-body-that-wakes-another", "a b", "deadlock",
     "once o | event e | t1: nest a b, once o { set e } | t2: once o { set e } |"
     "t3: wait e, nest b a",
     "once o | event e | t1: once o { take a b, set e } | t2: once o { take a b, set e } |"
     "t3: wait e, nest b a",
     "ordered through e"},
    {"hand_overs.once-body-that-starts", "a b", "deadlock",
     "once o | child: nest b a | t1: nest a b, once o { start child } | t2: once o { start child } "
     "|"
     "main: start t1, start t2, yield, join t1, join t2, join child",
     "once o | child: nest b a | t1: once o { take a b, start child } |"
     "t2: once o { take a b, start child } |"
     "main: start t1, start t2, yield, join t1, join t2, join child",
     "ordered"},
    {"hand_overs.once-body-after-what-all-have-heard", "a b", "deadlock",
     "once o | child: nest b a | t1: once o { start child } | t2: once o { start child } |"
     "main: touch b, start t2, nest a b, start t1, yield, join t1, join t2, join child",
     "once o | child: nest b a | t1: once o { start child } | t2: once o { start child } |"
     "main: touch b, nest a b, start t2, start t1, yield, join t1, join t2, join child",
     "ordered through o"},
};

}  // namespace

std::span<const Row> tested_wait_rows() { return kTestedWaits; }
std::span<const Row> signal_rows() { return kSignals; }
std::span<const Row> hand_over_rows() { return kHandOvers; }

}  // namespace gridlock::traces
