# SPDX-License-Identifier: Apache-2.0
"""Catch2 and doctest programs that link gridlock::catch2 and gridlock::doctest: which of their test cases fail, and with which words."""

import os
import re
import subprocess
import tempfile
import unittest

PROGRAMS = {name: os.environ[name] for name in ("catch2_own", "catch2_plain", "doctest_own", "doctest_plain") if name in os.environ}
GOOD = ("pays in the same order", "pays once more in the same order")
CYCLES = ("pays in opposite orders", "pays in one of its sections in opposite orders", "throws when it has paid in opposite orders")


class Listener(unittest.TestCase):
    def for_each(self, test):
        for name, program in PROGRAMS.items():
            with self.subTest(name):
                test(name, program)

    def run_tests(self, name, program, *words):
        with tempfile.TemporaryDirectory() as folder:
            own = {key: value for key, value in os.environ.items() if not key.startswith(("GRIDLOCK_", "TSAN_"))}
            own |= {"TMPDIR": folder, "TSAN_OPTIONS": "detect_deadlocks=0"}
            done = subprocess.run([program, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, env=own,
                                  check=False)
            if "never" not in " ".join(words):
                self.assertEqual(os.listdir(folder), [], "logs are left")
            return done.returncode, done.stdout

    def one(self, name, program, test):
        words = [f"--test-case={test}"] if name.startswith("doctest") else [test]
        return self.run_tests(name, program, *words)

    def test_a_test_case_in_which_nothing_is_found_passes(self):
        def look(name, program):
            for test in GOOD:
                code, text = self.one(name, program, test)
                self.assertEqual(code, 0, text)
                self.assertNotIn("gridlock", text)

        self.for_each(look)

    def test_what_is_found_fails_the_test_case_with_its_text(self):
        def look(name, program):
            for test in CYCLES:
                code, text = self.one(name, program, test)
                self.assertNotEqual(code, 0, text)
                self.assertRegex(text, "(?i)lock-order cycle")
                self.assertRegex(text, r"framework_tests\.cc[:(]\d+")
            self.assertIn("thrown by the test", text)
            _, text = self.one(name, program, CYCLES[0])
            self.assertIn("alice", text)
            self.assertIn("bob", text)

        self.for_each(look)

    def test_it_fails_that_one_and_no_other(self):
        def look(name, program):
            words = ["--test-case-exclude=never*"] if name.startswith("doctest") else ["~never*"]
            code, text = self.run_tests(name, program, *words)
            self.assertNotEqual(code, 0)
            self.assertRegex(text, r"test cases: *6 \| *2 passed \| *4 failed")

        self.for_each(look)

    def test_a_hang_ends_the_program_and_says_why(self):
        def look(name, program):
            code, text = self.one(name, program, "never comes back")
            self.assertNotEqual(code, 0, text)
            self.assertRegex(text, "(?i)deadlock")

        self.for_each(look)

    def test_there_is_one_for_each_framework_that_is_there(self):
        self.assertTrue(PROGRAMS)


if __name__ == "__main__":
    unittest.main()
