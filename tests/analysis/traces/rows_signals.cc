// SPDX-License-Identifier: Apache-2.0
//
// Semaphores, conditions, events.
#include "tests/analysis/traces/rows.h"

namespace gridlock::traces {
namespace {

constexpr unsigned kTwin = 2 | 16;

#define GRIDLOCK_SIGNAL_UNDER_LOCK \
  "semaphore s 0 | t1: meet, touch a, release s | t2: lock a, meet, acquire s, unlock a"

#define GRIDLOCK_TWO_GIVERS                                                       \
  "semaphore s 0 | t1: meet, touch a, release s | t2: meet, touch a, release s |" \
  "t3: lock a, meet, acquire s, unlock a"

constexpr Row kSemaphores[] = {
    {"semaphores.of-one-and-a-lock", "a s", "deadlock",
     "semaphore s 1 | t1: nest s a | t2: nest a s", "semaphore s 1 | t1: nest s a | t2: nest s a",
     ""},
    {"semaphores.bounded-of-one-and-a-lock", "a s", "deadlock",
     "semaphore s 1 | t1: nest s a | t2: nest a s", "semaphore s 1 | t1: nest s a | t2: nest s a",
     ""},
    {"semaphores.of-two-for-two-threads", "a s", "deadlock",
     "semaphore s 1 | t1: nest s a | t2: nest a s", "semaphore s 2 | t1: nest s a | t2: nest a s",
     "permits left s"},
    {"semaphores.two-of-one", "s t", "deadlock",
     "semaphore s 1 | semaphore t 1 | t1: nest s t | t2: nest t s",
     "semaphore s 1 | semaphore t 1 | t1: nest s t | t2: nest s t", ""},
    {"semaphores.of-one-released-by-another", "a s", "deadlock",
     "semaphore s 1 | t1: nest s a | t2: nest a s",
     "semaphore s 1 | t1: nest s a | main: release s, start t1, yield, nest a s, join t1",
     "not a lock s"},
    {"semaphores.of-one-that-nobody-released-yet", "a s", "deadlock",
     "semaphore s 1 | t1: nest s a | t2: nest a s",
     "semaphore s 1 | t1: acquire s, touch a, raise x |"
     "t2: until x, lock a, raise y, acquire s, unlock a | t3: until y, release s",
     "not a lock s"},
    {"semaphores.signal-under-a-lock", "a s", "starvation", GRIDLOCK_SIGNAL_UNDER_LOCK,
     "semaphore s 0 | t1: meet, release s, touch a | t2: lock a, meet, acquire s, unlock a", ""},
    {"semaphores.second-permit-under-a-lock", "a s", "starvation",
     "semaphore s 0 | t1: release s, meet, touch a, release s |"
     "t2: lock a, acquire s, meet, acquire s, unlock a",
     "semaphore s 0 | t1: release s, meet, touch a, release s |"
     "t2: lock a, acquire s, meet, unlock a, acquire s",
     "ordered through s"},
    {"semaphores.second-permit-still-to-come", "a s", "starvation",
     "semaphore s 0 | t1: lock a, acquire s, meet, acquire s, unlock a |"
     "main: start t1, release s, meet, touch a, release s, join t1",
     "semaphore s 0 | t1: lock a, acquire s, acquire s, unlock a | t2: release s |"
     "main: start t1, start t2, release s, join t1, join t2",
     ""},
    {"semaphores.buffer-locked-first", "items m", "starvation",
     "semaphore items 0 | t1: meet, touch m, release items |"
     "t2: lock m, meet, acquire items, unlock m",
     "semaphore items 0 | t1: meet, touch m, release items |"
     "t2: acquire items, lock m, meet, unlock m",
     ""},
    {"semaphores.two-givers", "a s", "starvation", GRIDLOCK_TWO_GIVERS,
     "semaphore s 0 | t1: touch a, release s, raise x | t2: release s, raise y |"
     "t3: until x, until y, lock a, acquire s, unlock a",
     "not a lock s"},
    {"semaphores.two-givers-one-gives-first", "a s", "starvation", GRIDLOCK_TWO_GIVERS,
     "semaphore s 0 | t1: touch a, release s | t2: release s, raise y, touch a, release s |"
     "t3: until y, lock a, acquire s, unlock a",
     "not a lock s"},
    {"semaphores.two-givers-one-is-the-waiter", "a s", "starvation", GRIDLOCK_TWO_GIVERS,
     "semaphore s 0 | t1: touch a, release s | t2: touch b, release s, lock a, acquire s, unlock a",
     "not a lock s"},
    {"semaphores.two-givers-and-a-second-permit", "a s", "starvation", GRIDLOCK_TWO_GIVERS,
     "semaphore s 0 | t1: touch a, release s, release s | t2: until got, touch a, release s |"
     "t3: acquire s, raise got, lock a, acquire s, unlock a",
     "not a lock s"},
    {"semaphores.two-givers-received-before", "a s", "starvation", GRIDLOCK_TWO_GIVERS,
     "semaphore s 0 | t1: release s, release s, touch a | t2: touch a, release s |"
     "t3: acquire s, lock a, acquire s, unlock a",
     ""},
    {"semaphores.second-giver-comes-late",
     "a s",
     "starvation",
     GRIDLOCK_SIGNAL_UNDER_LOCK,
     "semaphore s 0 | t1: touch a, release s, raise x | t2: until y, release s |"
     "t3: until x, lock a, acquire s, unlock a, raise y",
     "",
     {kTwin}},
    {"semaphores.of-one-released-by-another-later",
     "a s",
     "deadlock",
     "semaphore s 1 | t1: nest s a | t2: nest a s",
     "semaphore s 1 | t1: nest s a, raise x | t2: nest a s, raise y |"
     "main: start t1, until x, start t2, until y, release s, join t1, join t2",
     "",
     {kTwin}},
    {"semaphores.tried-under-a-lock", "a s", "starvation", GRIDLOCK_SIGNAL_UNDER_LOCK,
     "semaphore s 0 | t1: touch a, release s | t2: lock a, try_acquire s, acquire_for s, unlock a",
     ""},
    {"semaphores.lost-with-its-thread", nullptr, "starvation",
     "semaphore s 1 | leaver: acquire s | main: start leaver, yield, join leaver, acquire s",
     "semaphore s 1 | leaver: touch s | main: start leaver, yield, join leaver, acquire s", ""},
};

constexpr Row kPermits[] = {
    {"permits.two-each", "s", "starvation", "semaphore s 2 | t1: nest s s | t2: nest s s",
     "semaphore s 3 | t1: nest s s | t2: nest s s", "permits left s"},
    {"permits.two-each-for-three", "s", "starvation",
     "semaphore s 3 | t1: nest s s | t2: nest s s | t3: nest s s",
     "semaphore s 3 | t1: nest s s | t2: nest s s | t3: touch s", "permits left s"},
    {"permits.three-each", "s", "starvation",
     "semaphore s 4 | t1: lock s s, meet, touch s, unlock s s |"
     "t2: lock s s, meet, touch s, unlock s s",
     "semaphore s 5 | t1: lock s s, meet, touch s, unlock s s |"
     "t2: lock s s, meet, touch s, unlock s s",
     "permits left s"},
    {"permits.bounded-two-each", "s", "starvation", "semaphore s 2 | t1: nest s s | t2: nest s s",
     "semaphore s 2 | t1: nest s s | t2: touch s, touch s", "permits left s"},
    {"permits.the-first-by-a-try", "s", "starvation",
     "semaphore s 2 | t1: try_acquire s, meet, touch s, release s |"
     "t2: try_acquire s, meet, touch s, release s",
     "semaphore s 3 | t1: try_acquire s, meet, touch s, release s |"
     "t2: try_acquire s, meet, touch s, release s",
     "permits left s"},
    {"permits.two-each-under-a-lock", "s", "starvation",
     "semaphore s 2 | t1: nest s s | t2: nest s s",
     "semaphore s 2 | t1: lock g, nest s s, unlock g | t2: lock g, nest s s, unlock g",
     "permits left s"},
    {"permits.that-others-release", "s", "starvation",
     "semaphore s 2 | t1: nest s s | t2: nest s s",
     "semaphore s 2 | t1: nest s s | t2: nest s s |"
     "main: release s, start t1, yield, start t2, yield, join t1, join t2",
     ""},
    {"permits.and-a-lock", "a s", "starvation",
     "semaphore s 2 | t1: nest s a | t2: nest s a | t3: nest a s",
     "semaphore s 3 | t1: nest s a | t2: nest s a | t3: nest a s", "permits left s"},
    {"permits.of-two-crossed", "s t", "starvation",
     "semaphore s 2 | semaphore t 1 | t1: nest s t | t2: nest s t | t3: nest t s",
     "semaphore s 2 | semaphore t 1 | t1: nest s t | t2: touch s | t3: nest t s", "permits left s"},
    {"permits.the-second-keeper-comes-last", "a s", "starvation",
     "semaphore s 2 | t1: nest a s | t2: nest s a | t3: nest s s",
     "semaphore s 2 | t1: nest a s | t2: nest s a | t3: touch s, touch s", "permits left s"},
};

#define GRIDLOCK_WAITS_HOLDING                                                                    \
  "condition changed | t1: meet, touch o, yield, lock m, raise ready, notify changed, unlock m |" \
  "t2: lock o, lock m, meet, wait changed m until ready, unlock m o"
#define GRIDLOCK_NOTIFIED_EARLY                                                \
  "condition changed | early: lock m, raise ready, notify changed, unlock m |" \
  "main: start early, yield, join early, lock m, wait changed m, unlock m"

constexpr Row kConditions[] = {
    {"conditions.notifier-needs-what-stays-held", "changed o", "starvation", GRIDLOCK_WAITS_HOLDING,
     "condition changed | t1: meet, touch o, yield, lock m, raise ready, notify changed, unlock m |"
     "t2: touch o, lock m, meet, wait changed m until ready, unlock m",
     ""},
    {"conditions.waits-for-a-time-only", "changed o", "starvation", GRIDLOCK_WAITS_HOLDING,
     "condition changed | t1: meet, touch o, yield, lock m, raise ready, notify changed, unlock m |"
     "t2: lock o, lock m, meet, wait_for changed m until ready, unlock m o",
     ""},
    {"conditions.lock-taken-again-under-another", "b m", "deadlock",
     "condition changed | t1: calm { take m b }, hang { yield, lock m, notify changed, touch b,"
     "unlock m } | t2: calm { yield, notify changed } | t3: lock m b, wait changed m, unlock b m",
     "condition changed | t1: touch b | t2: until x, lock m, notify changed, unlock m |"
     "t3: lock b m, raise x, wait changed m, unlock m b",
     ""},
    {"conditions.notified-too-early", nullptr, "lost-wakeup", GRIDLOCK_NOTIFIED_EARLY,
     "condition changed | early: lock m, raise ready, notify changed, unlock m |"
     "main: start early, yield, join early, lock m, wait changed m until ready, unlock m",
     ""},
    {"conditions.notified-in-time", nullptr, "lost-wakeup", GRIDLOCK_NOTIFIED_EARLY,
     "condition changed | t1: until x, lock m, raise ready, notify changed, unlock m |"
     "t2: lock m, raise x, wait changed m, unlock m",
     ""},
    {"conditions.nobody-notifies", nullptr, "starvation",
     "condition changed | t1: lock m, wait changed m, unlock m",
     "condition changed | t1: until x, lock m, raise ready, notify changed, unlock m |"
     "t2: lock m, raise x, wait changed m until ready, unlock m",
     ""},
    {"conditions.recursive-lock-released-in-full", "changed o", "starvation",
     "condition changed | rlock r |"
     "t1: meet, touch o, yield, lock r, raise ready, notify changed, unlock r |"
     "t2: lock r, lock o, lock r, meet, wait changed r until ready, unlock r o r",
     "condition changed | rlock r |"
     "t1: meet, touch o, yield, lock r, raise ready, notify changed, unlock r |"
     "t2: lock r, touch o, lock r, meet, wait changed r until ready, unlock r r",
     ""},
    {"conditions.two-notifiers", "changed o", "starvation",
     "condition changed |"
     "t1: meet, touch o, yield, lock m, raise ready, notify changed, unlock m |"
     "t2: meet, touch o, yield, lock m, raise ready, notify changed, unlock m |"
     "t3: lock o, lock m, meet, wait changed m until ready, unlock m o",
     "condition changed |"
     "t1: meet, touch o, yield, until first, lock m, raise ready, notify changed, unlock m |"
     "t2: meet, yield, lock m, raise ready, notify changed, unlock m, raise first |"
     "t3: lock o, lock m, meet, wait changed m until ready, unlock m o",
     ""},
};

#define GRIDLOCK_SET_UNDER_LOCK \
  "event e | t1: meet, touch a, set e | t2: lock a, meet, wait e, unlock a"

constexpr Row kEvents[] = {
    {"events.waited-for-under-a-lock", "a e", "starvation", GRIDLOCK_SET_UNDER_LOCK,
     "event e | t1: meet, set e, touch a | t2: lock a, meet, wait e, unlock a", ""},
    {"events.waited-for-a-time", "a e", "starvation", GRIDLOCK_SET_UNDER_LOCK,
     "event e | t1: touch a, set e | t2: lock a, wait_for e, unlock a", ""},
    {"events.through-a-second-event", "a e f", "starvation",
     "event e | event f | t1: meet, touch a, set f | t2: meet, wait f, set e |"
     "t3: lock a, meet, wait e, unlock a",
     "event e | event f | t1: meet, set f | t2: meet, wait f, set e |"
     "t3: lock a, meet, wait e, unlock a",
     ""},
    {"events.two-setters", "a e", "starvation",
     "event e | t1: meet, touch a, set e | t2: meet, touch a, set e |"
     "t3: lock a, meet, wait e, unlock a",
     "event e | t1: touch a, set e, raise x | t2: set e, raise y |"
     "t3: until x, until y, lock a, wait e, unlock a",
     "not a lock e"},
    {"events.waiter-started-after", "a e", "starvation", GRIDLOCK_SET_UNDER_LOCK,
     "event e | late: lock a, wait e, unlock a | main: touch a, start late, set e, join late",
     "ordered"},
    {"events.gate-that-the-waiter-keeps", "e g", "starvation",
     "event e | t1: meet, take g a, set e | t2: lock g a, meet, wait e, unlock a g",
     "event e | t1: meet, set e, take g a | t2: lock g a, meet, wait e, unlock a g", ""},
    {"events.seen-before-the-wait", "a e", "starvation",
     "event e | event f | t1: meet, touch a, set f, set e | t2: lock a, meet, wait e, unlock a",
     "event e | event f | t1: meet, touch a, set f, set e |"
     "t2: wait f, lock a, meet, wait e, unlock a",
     "ordered through f"},
    {"events.crossed", nullptr, "starvation",
     "event e | event f | t1: wait e, set f | t2: wait f, set e",
     "event e | event f | t1: set f, wait e, set f | t2: wait f, set e", ""},
    {"events.changed-under-a-lock", "a e", "starvation", GRIDLOCK_SET_UNDER_LOCK,
     "event e | t1: meet, set e, touch a | t2: lock a, meet, wait e, unlock a", ""},
};

}  // namespace

std::span<const Row> permit_rows() { return kPermits; }
std::span<const Row> semaphore_rows() { return kSemaphores; }
std::span<const Row> condition_rows() { return kConditions; }
std::span<const Row> event_rows() { return kEvents; }

}  // namespace gridlock::traces
