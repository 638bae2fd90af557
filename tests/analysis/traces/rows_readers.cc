// SPDX-License-Identifier: Apache-2.0
//
// Readers and writers.
#include "tests/analysis/traces/rows.h"

namespace gridlock::traces {
namespace {

constexpr Row kReaders[] = {
    {"readers.writer-waits-for-reader", "a m", "deadlock",
     "shared m | t1: nest m:r a | t2: nest a m", "shared m | t1: nest m:r a | t2: nest a m:r",
     "readers only m"},
    {"readers.reader-waits-for-writer", "a m", "deadlock",
     "shared m | t1: nest m a | t2: nest a m:r", "shared m | t1: nest m:r a | t2: nest a m:r",
     "readers only m"},
    {"readers.both-write-the-second", "m n", "deadlock",
     "shared m | shared n | t1: nest m:r n | t2: nest n:r m",
     "shared m | shared n | t1: nest m:r n:r | t2: nest n:r m", "readers only n"},
    {"readers.ring-of-three", "m n o", "deadlock",
     "shared m | shared n | shared o | t1: nest m:r n | t2: nest n:r o | t3: nest o:r m",
     "shared m | shared n | shared o | t1: nest m:r n | t2: nest n:r o | t3: nest o:r m:r",
     "readers only m"},
    {"readers.crossed-readers-behind-writers", "m n", "deadlock",
     "shared m writers_first | shared n writers_first |"
     "t1: meet, touch m | t2: meet, touch n | t3: nest m:r n:r | t4: nest n:r m:r",
     "shared m writers_first | shared n writers_first | t1: nest m:r n:r | t2: nest n:r m:r",
     "no writer m"},
    {"readers.crossed-readers-who-go-first", "m n", "deadlock",
     "shared m writers_first | shared n writers_first |"
     "t1: meet, touch m | t2: meet, touch n | t3: nest m:r n:r | t4: nest n:r m:r",
     "shared m | shared n |"
     "t1: meet, touch m | t2: meet, touch n | t3: nest m:r n:r | t4: nest n:r m:r",
     "readers only m"},
    {"readers.read-again-behind-a-writer", "m", "deadlock",
     "shared m writers_first | t1: meet, touch m | t2: nest m:r m:r",
     "shared m writers_first | t1: meet | t2: nest m:r m:r", "no writer m"},
    {"readers.read-again-before-the-writer", "m", "deadlock",
     "shared m writers_first | t1: lock m:r, meet, hang { yield }, touch m:r, unlock m:r |"
     "t2: meet, touch m",
     "shared m writers_first | t1: nest m:r m:r | t2: meet", "no writer m"},
    {"readers.read-again-going-first", "m", "deadlock",
     "shared m writers_first | t1: meet, touch m | t2: nest m:r m:r",
     "shared m | t1: meet, touch m | t2: nest m:r m:r", "readers only m"},
    {"readers.read-again-the-writer-gated", "m", "deadlock",
     "shared m writers_first | t1: meet, touch m | t2: lock g, nest m:r m:r, unlock g",
     "shared m writers_first | t1: take g m | t2: lock g, nest m:r m:r, unlock g", "no writer m"},
    {"readers.read-again-the-writer-is-over", "m", "deadlock",
     "shared m writers_first | t1: meet, touch m | t2: nest m:r m:r",
     "shared m writers_first | t1: touch m | main: start t1, yield, join t1, take m:r m:r",
     "no writer m"},
    {"readers.two-upgrade", "m", "deadlock",
     "shared m | t1: lock m:r, meet, upgrade m, unlock m | t2: lock m:r, meet, upgrade m, unlock m",
     "shared m | t1: touch m:r | t2: lock m:r, upgrade m, unlock m", ""},
    {"readers.two-try-to-upgrade", "m", "deadlock",
     "shared m | t1: lock m:r, meet, upgrade m, unlock m | t2: lock m:r, meet, upgrade m, unlock m",
     "shared m | t1: lock m:r, try_upgrade m, unlock m | t2: lock m:r, try_upgrade m, unlock m",
     ""},
    {"readers.upgrade-under-a-lock", "a m", "deadlock",
     "shared m | t1: lock m:r, meet, touch a, unlock m:r |"
     "t2: lock a, lock m:r, meet, upgrade m, unlock m a",
     "shared m | t1: touch m:r | t2: lock a, lock m:r, upgrade m, unlock m a", ""},
    {"readers.downgraded", "a m", "deadlock",
     "shared m | t1: lock m, downgrade m, meet, touch a, unlock m:r | t2: nest a m",
     "shared m | t1: lock m, downgrade m, touch a, unlock m:r | t2: nest a m:r", "readers only m"},
    {"readers.two-upgrade-in-turn", "m", "deadlock",
     "shared m | t1: lock m:r, meet, upgrade m, unlock m | t2: lock m:r, meet, upgrade m, unlock m",
     "shared m | t1: lock u, lock m:r, upgrade m, unlock m u |"
     "t2: lock u, lock m:r, upgrade m, unlock m u",
     "gate u"},
    {"readers.upgradeable-under-a-lock", "a m", "deadlock",
     "shared m | t1: lock m:r, meet, touch a, unlock m:r |"
     "t2: lock a u, lock m:r, meet, upgrade m, unlock m u a",
     "shared m | t1: touch m:r | t2: lock a u, lock m:r, upgrade m, unlock m u a", ""},
    {"readers.read-then-written-by-one", nullptr, "self-deadlock", "shared m | t1: nest m:r m",
     "shared m | t1: lock m:r, try m, unlock m:r", ""},
};

}  // namespace

std::span<const Row> reader_rows() { return kReaders; }

}  // namespace gridlock::traces
