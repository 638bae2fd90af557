# SPDX-License-Identifier: Apache-2.0
"""Catch2 and doctest programs that link gridlock::catch2 and gridlock::doctest: which of their test cases fail, and with which words."""

import os
import re
import subprocess
import tempfile
import unittest
from xml.etree import ElementTree

PROGRAMS = {name: os.environ[name] for name in ("catch2_own", "catch2_plain", "doctest_own", "doctest_plain") if name in os.environ}
GOOD = ("pays in the same order", "pays once more in the same order")
CYCLES = ("pays in opposite orders", "pays in one of its sections in opposite orders", "throws when it has paid in opposite orders")


# A program with ThreadSanitizer has no process of its own for each of its test cases (docs/googletest.md).
ISOLATED = os.environ.get("GRIDLOCK_SANITIZER", "") != "thread"


class Listener(unittest.TestCase):
    def for_each(self, test):
        for name, program in PROGRAMS.items():
            with self.subTest(name):
                test(name, program)

    def run_tests(self, name, program, *words, streams_apart=False, **extra):
        with tempfile.TemporaryDirectory() as folder:
            own = {key: value for key, value in os.environ.items() if not key.startswith(("GRIDLOCK_", "TSAN_"))}
            own |= {"TMPDIR": folder, "TSAN_OPTIONS": "detect_deadlocks=0", **extra}
            done = subprocess.run([program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE if streams_apart else subprocess.STDOUT, text=True, timeout=300, env=own,
                                  check=False)
            if "GRIDLOCK_TEST_ISOLATION" not in extra:
                self.assertEqual(os.listdir(folder), [], "logs are left")
            return done.returncode, done.stdout

    def one(self, name, program, test, **extra):
        words = [f"--test-case={test}"] if name.startswith("doctest") else [test]
        return self.run_tests(name, program, *words, **extra)

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
                self.assertIn("To fix it:", text)
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
            self.assertRegex(text, r"test cases: *7 \| *3 passed \| *4 failed")

        self.for_each(look)

    @unittest.skipUnless(ISOLATED, "with ThreadSanitizer all test cases are one process")
    def test_one_that_hangs_or_leaves_has_failed_and_the_others_go_on(self):
        def look(name, program):
            code, text = self.run_tests(name, program, GRIDLOCK_TEST_TIMEOUT="8")
            self.assertIn(code, range(1, 20), text)
            self.assertRegex(text, r"test cases: *10 \| *3 passed \| *7 failed")
            self.assertRegex(text, r"(?i)deadlock")
            self.assertIn("ended with exit code 3, in the middle", text)
            self.assertIn("killed, because it did nothing for 8 s", text)

        self.for_each(look)

    def test_a_hang_without_a_process_of_its_own_ends_the_program_and_says_why(self):
        def look(name, program):
            code, text = self.one(name, program, "never comes back", GRIDLOCK_TEST_ISOLATION="0")
            self.assertNotEqual(code, 0, text)
            self.assertRegex(text, "(?i)deadlock")

        self.for_each(look)

    @unittest.skipUnless(ISOLATED, "with ThreadSanitizer all test cases are one process")
    def test_reports_are_whole_although_processes_have_ended(self):
        def look(name, program):
            if name.startswith("doctest"):
                words = ["--reporters=junit"]
            else:
                words = ["--reporter", "junit"]
            _, text = self.run_tests(name, program, *words, GRIDLOCK_TEST_TIMEOUT="8", streams_apart=True)
            cases = {case.get("name"): case for case in ElementTree.fromstring(text).iter("testcase")}
            for broken in ("never comes back", "never ends: calls exit", "never ends: sleeps and sleeps", "is wrong"):
                self.assertTrue(any(child.tag in ("failure", "error") for child in cases[broken]), text)
            self.assertEqual([child.tag for child in cases["comes after all of these"]], [])

        self.for_each(look)

    def test_there_is_one_for_each_framework_that_is_there(self):
        self.assertTrue(PROGRAMS)


if __name__ == "__main__":
    unittest.main()
