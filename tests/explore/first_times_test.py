#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a body does for the first time in a process makes no difference: execution 1 and execution 5 of one process take the steps that a
new process takes, by the same line: first_times_test.py PROGRAM."""
import os
import subprocess
import sys
import unittest

PROGRAM = sys.argv.pop()


def run(*words):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GRIDLOCK_")}
    done = subprocess.run([PROGRAM, *words], env=clean, capture_output=True, text=True, check=True, timeout=100)
    return done.stdout.splitlines()


class FirstTimesTest(unittest.TestCase):
    def check(self, mode):
        for kind in run("--list"):
            with self.subTest(kind=kind):
                *others, last = run(kind, mode, "5")
                self.assertRegex(last, r"^[1-9]\d* [0-9a-f]{16}check-failed gl1:")
                trace = last.split("check-failed")[0]
                self.assertEqual([other.strip() for other in others], [trace] * 4)
                again, = run(kind, mode, "1", last.split()[-1])
                self.assertEqual(again.split("check-failed")[0], trace)
                self.assertNotIn("diverged", again)

    def test_do_not_show_in_processes_of_their_own(self):
        self.check("fork")

    def test_do_not_show_in_process(self):
        self.check("in-process")


if __name__ == "__main__":
    unittest.main()
