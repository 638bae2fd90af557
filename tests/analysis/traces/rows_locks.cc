// SPDX-License-Identifier: Apache-2.0
//
// Locks and gates.
#include "tests/analysis/traces/rows.h"

namespace gridlock::traces {
namespace {

constexpr Row kLocks[] = {
    {"locks.two", "a b", "deadlock", "t1: nest a b | t2: nest b a", "t1: nest a b | t2: nest a b",
     ""},
    {"locks.three", "a b c", "deadlock", "t1: nest a b | t2: nest b c | t3: nest c a",
     "t1: nest a b | t2: nest b c | t3: nest a c", ""},
    {"locks.five", "a b c d e", "deadlock",
     "t1: nest a b | t2: nest b c | t3: nest c d | t4: nest d e | t5: nest e a",
     "t1: nest a b | t2: nest b c | t3: nest c d | t4: nest d e | t5: nest a e", ""},
    {"locks.one-thread", "a b", "deadlock", "t1: nest a b | t2: nest b a",
     "t1: take a b, take b a | t2: touch b", "one thread"},
    {"locks.rlock-and-lock", "a r", "deadlock", "rlock r | t1: nest r a | t2: nest a r",
     "rlock r | t1: nest r a | t2: nest r r a", ""},
    {"locks.recursion-under-another", "a r", "deadlock", "rlock r | t1: nest r a r | t2: nest a r",
     "rlock r | t1: nest r a r | t2: nest r a", ""},
    {"locks.taken-twice", nullptr, "self-deadlock", "t1: nest a a", "rlock a | t1: nest a a", ""},
    {"locks.all-at-once", "a b", "deadlock", "t1: nest a b | t2: nest b a",
     "t1: scoped a b | t2: scoped b a", ""},
    {"locks.all-at-once-under-another", "a c", "deadlock",
     "t1: lock c, meet, scoped a b, unlock c | t2: nest a c",
     "t1: lock c, scoped a b, unlock c | t2: nest c a", ""},
    {"locks.all-at-once-waits-for-its-second", "b c", "deadlock",
     "t1: lock c, meet, scoped a b, unlock c | t2: nest b c",
     "t1: lock c, scoped a b, unlock c | t2: nest c b", ""},
    {"locks.held-after-all-at-once", "b c", "deadlock",
     "t1: scoped a b { meet, touch c } | t2: nest c b", "t1: scoped a b { touch c } | t2: nest b c",
     ""},
    {"locks.held-by-try", "a b", "deadlock", "t1: try a { meet, touch b } | t2: nest b a",
     "t1: nest a b | t2: lock b, try a, unlock b", ""},
    {"locks.held-by-timed", "a b", "deadlock", "t1: timed a { meet, touch b } | t2: nest b a",
     "t1: nest a b | t2: lock b, timed a, unlock b", ""},
    {"locks.hand-over-hand", "a c", "deadlock", "t1: nest a b c | t2: nest c a",
     "t1: lock a b, unlock a, touch c, unlock b | t2: nest c a", "one thread"},
    {"locks.hand-over-hand-by-two", "a b c", "deadlock",
     "t1: calm { until first }, lock a, meet, lock b, unlock a, touch c, unlock b, raise second |"
     "t2: lock a b, unlock a, raise first, meet, touch c, unlock b |"
     "t3: calm { until second }, nest c a",
     "t1: until first, lock a b, unlock a, touch c, unlock b, raise second |"
     "t2: lock a b, unlock a, raise first, touch c, unlock b | t3: until second, nest a c",
     ""},
    {"locks.unlocked-out-of-order", "b c", "deadlock",
     "t1: lock a b, unlock a, meet, touch c, unlock b | t2: nest c b",
     "t1: lock a b, unlock b, touch c, unlock a | t2: nest c b", ""},
    {"locks.memory-used-again", "b x", "deadlock",
     "t1: nest x b, raise made | t2: calm { until made }, nest b x",
     "t1: nest x b, make x, touch handing, raise made |"
     "t2: until made, touch handing, nest b x",
     ""},
    {"locks.before-it-was-published", "b p", "deadlock",
     "t1: make p, take p b, raise made, calm { until over }, nest p b |"
     "t2: until made, nest b p, raise over",
     "t1: make p, take p b, raise made | t2: until made, nest b p", "unpublished p"},
};

constexpr Row kAllAtOnce[] = {
    {"all_at_once.is-more-than-a-try", "b c", "deadlock",
     "t1: lock c, meet, scoped a b, unlock c | t2: nest b c",
     "t1: lock c a, try b, unlock a c | t2: nest b c", ""},
    {"all_at_once.is-more-than-a-try-of-a-guard", "b c", "deadlock",
     "t1: lock c, meet, scoped a b, unlock c | t2: nest b c",
     "t1: lock c a, try b, unlock a c | t2: nest b c", ""},
    {"all_at_once.waits-for-its-third", "c x", "deadlock",
     "t1: lock x, meet, scoped a b c, unlock x | t2: nest c x",
     "t1: lock x, scoped a b c, unlock x | t2: nest x c", ""},
    {"all_at_once.of-rlocks", "r x", "deadlock",
     "rlock a | rlock r | t1: lock x, meet, scoped a r, unlock x | t2: nest r x",
     "rlock a | rlock r | t1: lock x, scoped a r, unlock x | t2: nest x r", ""},
    {"all_at_once.of-shared-locks", "r x", "deadlock",
     "shared a | shared r | t1: lock x, meet, scoped a r, unlock x | t2: nest r x",
     "shared a | shared r | t1: lock x, scoped a r, unlock x | t2: nest x r", ""},
    {"all_at_once.by-std-lock", "b x", "deadlock",
     "t1: lock x, meet, scoped a b, unlock x | t2: nest b x",
     "t1: lock x, scoped a b, unlock x | t2: nest x b", ""},
    {"all_at_once.by-std-lock-of-guards", "b x", "deadlock",
     "t1: lock x, meet, scoped a b, unlock x | t2: nest b x",
     "t1: lock x, scoped a b, unlock x | t2: nest x b", ""},
};

constexpr Row kPublications[] = {
    {"publications.under-the-lists-lock", "list o", "deadlock",
     "t1: make o, touch list, raise made, nest o list | t2: until made, nest list o",
     "t1: make o, lock o, touch list, raise made, unlock o | t2: until made, nest list o",
     "unpublished o"},
    {"publications.with-another-below-it", "list p", "deadlock",
     "t1: make o, make p, touch list, raise made, lock o, nest p list, unlock o |"
     "t2: until made, nest list p",
     "t1: make o, make p, lock o p, touch list, raise made, unlock p o | t2: until made, nest list "
     "p",
     "unpublished p"},
    {"publications.while-others-are-held", "list o", "deadlock",
     "t1: make o, touch list, raise made, lock o, meet, take index list, unlock o |"
     "t2: until made, nest list o",
     "t1: make o, lock o, take index list, raise made, unlock o | t2: until made, nest list o",
     "unpublished o"},
    {"publications.as-an-rlock-held-twice", "list o", "deadlock",
     "rlock o | t1: make o, touch list, raise made, nest o list | t2: until made, nest list o",
     "rlock o | t1: make o, lock o o, touch list, raise made, unlock o o |"
     "t2: until made, nest list o",
     "unpublished o"},
    {"publications.held-for-reading", "list o", "deadlock",
     "shared o | t1: make o, touch list, raise made, nest o:r list | t2: until made, nest list o",
     "shared o | t1: make o, lock o:r, touch list, raise made, unlock o:r |"
     "t2: until made, nest list o",
     "unpublished o"},
    {"publications.under-a-semaphore", "list o", "deadlock",
     "semaphore list 1 | t1: make o, touch list, raise made, nest o list |"
     "t2: until made, nest list o",
     "semaphore list 1 | t1: make o, lock o, touch list, raise made, unlock o |"
     "t2: until made, nest list o",
     "unpublished o"},
    {"publications.through-a-queue", "list o", "deadlock",
     "queue q | t1: make o, put q, nest o list | t2: get q, nest list o",
     "queue q | t1: make o, lock o, touch list, put q, unlock o | t2: get q, nest list o",
     "unpublished o"},
    {"publications.through-an-event", "list o", "deadlock",
     "event e | t1: make o, set e, nest o list | t2: wait e, nest list o",
     "event e | t1: make o, lock o, touch list, set e, unlock o | t2: wait e, nest list o",
     "unpublished o"},
};

constexpr Row kGates[] = {
    {"gates.both-sides", "a b", "deadlock",
     "t1: lock g, nest a b, unlock g | t2: lock h, nest b a, unlock h",
     "t1: lock g, nest a b, unlock g | t2: lock g, nest b a, unlock g", "gate g"},
    {"gates.one-side-only", "a b", "deadlock", "t1: lock g, nest a b, unlock g | t2: nest b a",
     "t1: lock g, nest a b, unlock g | t2: lock g, nest b a, unlock g", "gate g"},
    {"gates.released-too-early", "a b", "deadlock",
     "t1: lock g a, unlock g, meet, touch b, unlock a |"
     "t2: lock g b, unlock g, meet, touch a, unlock b",
     "t1: lock g a, touch b, unlock g a | t2: lock g b, touch a, unlock g b", "gate g"},
    {"gates.released-before-the-second-request", "a b", "deadlock",
     "t1: lock g a, unlock g, meet, take h b, unlock a | t2: lock g, nest b a, unlock g",
     "t1: lock g a, take h b, unlock a g | t2: lock g, nest b a, unlock g", "gate g"},
    {"gates.held-for-reading-by-both", "a b", "deadlock",
     "shared gate | t1: lock gate:r, nest a b, unlock gate:r |"
     "t2: lock gate:r, nest b a, unlock gate:r",
     "shared gate | t1: lock gate:r, nest a b, unlock gate:r |"
     "t2: lock gate, nest b a, unlock gate",
     "gate gate"},
    {"gates.semaphore-of-one", "a b", "deadlock",
     "semaphore gate 2 | t1: lock gate, nest a b, unlock gate | t2: lock gate, nest b a, unlock "
     "gate",
     "semaphore gate 1 | t1: lock gate, nest a b, unlock gate | t2: lock gate, nest b a, unlock "
     "gate",
     "gate gate"},
    {"gates.semaphore-of-one-that-gets-two", "a b", "deadlock",
     "semaphore gate 1 | t1: lock gate, nest a b, unlock gate |"
     "t2: lock gate, nest b a, unlock gate | t3: release gate",
     "semaphore gate 1 | t1: lock gate, nest a b, unlock gate |"
     "t2: lock gate, nest b a, unlock gate | t3: touch gate",
     "gate gate"},
    {"gates.footman", "a b c", "deadlock",
     "semaphore room 3 | t1: lock room, nest a b, unlock room | t2: lock room, nest b c, unlock "
     "room |"
     "t3: lock room, nest c a, unlock room",
     "semaphore room 2 | t1: lock room, nest a b, unlock room | t2: lock room, nest b c, unlock "
     "room |"
     "t3: lock room, nest c a, unlock room",
     "gate room"},
    {"gates.footman-of-two-permits-a-step", "a b", "deadlock",
     "semaphore room 4 | t1: lock room room, nest a b, unlock room room |"
     "t2: lock room room, nest b a, unlock room room",
     "semaphore room 3 | t1: lock room room, nest a b, unlock room room |"
     "t2: lock room room, nest b a, unlock room room",
     "gate room, permits left room"},
    {"gates.footman-whom-others-help", "a b c", "deadlock",
     "semaphore room 2 | t1: lock room, nest a b, unlock room | t2: lock room, nest b c, unlock "
     "room |"
     "t3: lock room, nest c a, unlock room |"
     "main: release room, start t1, yield, start t2, yield, start t3, yield, join t1, join t2, "
     "join t3",
     "semaphore room 2 | t1: lock room, nest a b, unlock room | t2: lock room, nest b c, unlock "
     "room |"
     "t3: lock room, nest c a, unlock room | main: touch room, start t1, yield, start t2, yield,"
     "start t3, yield, join t1, join t2, join t3",
     "gate room"},
    {"gates.footman-who-lets-one-by", "a b c", "deadlock",
     "semaphore room 2 | t1: lock room, nest a b, unlock room | t2: lock room, nest b c, unlock "
     "room |"
     "t3: nest c a",
     "semaphore room 2 | t1: lock room, nest a b, unlock room | t2: lock room, nest b c, unlock "
     "room |"
     "t3: lock room, nest c a, unlock room",
     "gate room"},
    {"gates.two-of-three-steps", "a b c", "deadlock",
     "t1: lock g, nest a b, unlock g | t2: lock h, nest b c, unlock h | t3: nest c a",
     "t1: lock g, nest a b, unlock g | t2: lock g, nest b c, unlock g | t3: nest c a", "gate g"},
    {"gates.far-apart-on-a-cycle-of-four", "a b c d", "deadlock",
     "t1: lock g, nest a b, unlock g | t2: nest b c | t3: lock h, nest c d, unlock h |"
     "t4: nest d a",
     "t1: lock g, nest a b, unlock g | t2: nest b c | t3: lock g, nest c d, unlock g |"
     "t4: nest d a",
     "gate g"},
    {"gates.first-gated-then-not", "a b", "deadlock",
     "t1: lock g, nest a b, unlock g | t2: calm { take g b a } | t3: nest b a",
     "t1: lock g, nest a b, unlock g | t2: take g b a | t3: lock g, nest b a, unlock g", "gate g"},
    {"gates.held-by-the-starter", "a b", "deadlock",
     "inner: nest b a | t1: lock g, start inner, unlock g, join inner |"
     "t2: lock g, nest a b, unlock g",
     "inner: nest b a | t1: lock g, start inner, join inner, unlock g |"
     "t2: lock g, nest a b, unlock g",
     "gate g"},
    {"gates.held-by-the-starter-for-reading", "a b", "deadlock",
     "shared gate | inner: nest b a | t1: lock gate:r, start inner, join inner, unlock gate:r |"
     "t2: lock gate:r, nest a b, unlock gate:r",
     "shared gate | inner: nest b a | t1: lock gate:r, start inner, join inner, unlock gate:r |"
     "t2: lock gate, nest a b, unlock gate",
     "gate gate"},
    {"gates.held-by-the-submitter", "a b", "deadlock",
     "pool w 1 | task k w: nest b a | t1: lock g, submit k, unlock g, wait k |"
     "t2: lock g, nest a b, unlock g",
     "pool w 1 | task k w: nest b a | t1: lock g, submit k, wait k, unlock g |"
     "t2: lock g, nest a b, unlock g",
     "gate g"},
    {"gates.released-when-the-cycle-is-known", "a b", "deadlock",
     "t2: hang { until x }, lock g, nest a b, unlock g | inner: nest b a |"
     "t1: lock g, start inner, yield, unlock g, raise x, join inner",
     "t2: lock g, nest a b, unlock g | inner: nest b a |"
     "t1: lock g, start inner, yield, join inner, unlock g",
     "gate g"},
};

}  // namespace

std::span<const Row> lock_rows() { return kLocks; }
std::span<const Row> all_at_once_rows() { return kAllAtOnce; }
std::span<const Row> publication_rows() { return kPublications; }
std::span<const Row> gate_rows() { return kGates; }

}  // namespace gridlock::traces
