# SPDX-License-Identifier: Apache-2.0
"""Programs that make and destroy more mutexes and threads than there are ids, under `gridlock exec`."""

import os
import re
import unittest

from support import LONG, ExecTest

PROGRAM = os.environ.get("GRIDLOCK_GENERATIONS_PROGRAM", "")
GROWTH = 3 * 1024  # KB


class Generations(ExecTest):
    def assert_stays_and_finds(self, situation, *options):
        done, kinds = self.watch([PROGRAM, situation], *options)
        self.assertEqual((done.returncode, kinds), (7, ["lock-order-cycle"]), done.stderr)
        grown = re.search(r"grown by (-?\d+) KB", done.stdout)
        self.assertLess(int(grown.group(1)), GROWTH, done.stdout)

    @unittest.skipUnless(LONG, "takes minutes: ctest -C long -L long")
    def test_mutexes_without_a_destructor_leave_nothing(self):
        self.assert_stays_and_finds("std-mutexes")

    @unittest.skipUnless(LONG, "takes minutes: ctest -C long -L long")
    def test_mutexes_that_are_destroyed_leave_nothing(self):
        self.assert_stays_and_finds("pthread-mutexes")

    def test_there_may_be_few_places(self):
        self.assert_stays_and_finds("fewer-std-mutexes", "--set", "max_objects=2000")
        self.assert_stays_and_finds("fewer-pthread-mutexes", "--set", "max_objects=2000")

    def test_semaphores_barriers_and_spin_locks_that_are_destroyed_leave_nothing(self):
        self.assert_stays_and_finds("others", "--set", "max_objects=2000")

    def test_detached_threads_leave_little(self):
        self.assert_stays_and_finds("detached-threads")

    def test_a_mutex_in_the_memory_of_another_has_an_order_of_its_own(self):
        done, kinds = self.watch([PROGRAM, "pairs-in-one-place"], "--set", "max_objects=500")
        self.assertEqual((done.returncode, kinds), (7, []), done.stderr)

    def test_what_is_first_used_without_room_stays_unwatched(self):
        done, kinds = self.watch([PROGRAM, "first-used-without-room"], "--set", "max_objects=500")
        self.assertEqual((done.returncode, sorted(kinds)), (7, ["capacity", "lock-order-cycle"]), done.stderr)

    def test_a_limited_address_space_is_enough(self):
        limit = 700 << 20
        words = ["sh", "-c", f"ulimit -v {limit >> 10}; exec {PROGRAM} fewer-std-mutexes"]
        done, kinds = self.watch(words)
        self.assertEqual((done.returncode, kinds), (7, ["lock-order-cycle"]), done.stderr)


if __name__ == "__main__":
    unittest.main()
