#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""GRIDLOCK_EXPLORE_TEST is a GoogleTest as any other: gtest_test.py PROGRAM."""
import os
import re
import subprocess
import sys
import unittest

PROGRAM = sys.argv.pop()
LINE = r"gl1:[0-9a-z.:-]+"


def run(*arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GTEST_", "GRIDLOCK_"))}
    done = subprocess.run([PROGRAM, *arguments], env={**clean, **environment}, capture_output=True, text=True, check=False, timeout=250)
    return done.returncode, done.stdout + done.stderr


class ExploreTest(unittest.TestCase):
    def test_an_expectation_that_fails_in_some_schedule_fails_the_test(self):
        code, text = run("--gtest_filter=Counter.LosesAnUpdate")
        self.assertEqual(code, 1, text)
        self.assertIn("gtest_program.cc:", text)
        self.assertRegex(text, r"Which is: 1|  1\n")
        self.assertRegex(text, r"seed 1,")
        self.assertRegex(text, rf"GRIDLOCK_REPLAY={LINE}")
        self.assertIn("--gtest_filter=Counter.LosesAnUpdate", text)

    def test_an_assertion_does_and_says_what_stands_behind_it(self):
        code, text = run("--gtest_filter=Counter.LosesAnUpdateThatIsAsserted")
        self.assertEqual(code, 1)
        self.assertIn("what stands behind an assertion", text)

    def test_one_in_another_thread_does(self):
        code, text = run("--gtest_filter=Counter.FailsInAnotherThread")
        self.assertEqual(code, 1)
        self.assertIn("the other one was first", text)

    def test_in_process_it_fails_too(self):
        code, text = run("--gtest_filter=Counter.IsCheckedInProcess")
        self.assertEqual(code, 1)
        self.assertRegex(text, rf"GRIDLOCK_REPLAY={LINE}")

    def test_what_holds_in_all_schedules_passes(self):
        code, text = run("--gtest_filter=Counter.AddsUnderALock")
        self.assertEqual(code, 0, text)
        self.assertNotIn("gridlock", text)

    def test_deadlock_race_and_exception_fail_the_test_that_has_them(self):
        for name, kind in (("Locks.AreTakenInTwoOrders", "deadlock"), ("Race.IsFound", "data-race"), ("Error.IsNotCaught", "exception")):
            code, text = run("--gtest_filter=" + name)
            self.assertEqual(code, 1, name)
            self.assertIn("gridlock: " + kind, text)

    def test_the_printed_line_repeats_it_each_time(self):
        for name in ("Counter.LosesAnUpdate", "Locks.AreTakenInTwoOrders", "Counter.IsCheckedInProcess"):
            text = run("--gtest_filter=" + name)[1]
            line = re.search(rf"GRIDLOCK_REPLAY=({LINE})", text).group(1)
            for _ in range(5):
                code, again = run("--gtest_filter=" + name, GRIDLOCK_REPLAY=line)
                self.assertEqual(code, 1)
                self.assertIn(line, again)
                self.assertNotIn("the replay took", again)

    def test_a_line_of_another_test_is_told_apart(self):
        text = run("--gtest_filter=Counter.LosesAnUpdate")[1]
        line = re.search(rf"GRIDLOCK_REPLAY=({LINE})", text).group(1)
        code, other = run("--gtest_filter=Counter.AddsUnderALock", GRIDLOCK_REPLAY=line)
        self.assertEqual(code, 1)
        self.assertRegex(other, r"the replay took \d+ steps and its line has \d+")
        self.assertRegex(other, r"differ first (at step|between the steps) \d+")
        self.assertIn("the program is the same", other)

    def test_a_skipped_body_skips_the_test(self):
        code, text = run("--gtest_filter=Skipped.*")
        self.assertEqual(code, 0)
        self.assertIn("[  SKIPPED ]", text)
        self.assertIn("no printer here", text)
        self.assertIn("[  SKIPPED ] Skipped.WithoutAWord", text)
        self.assertNotIn("\0", text)

    def test_each_iteration_takes_the_next_executions(self):
        lines = set()
        text = run("--gtest_filter=Counter.LosesAnUpdate", "--gtest_repeat=3")[1]
        lines.update(re.findall(rf"GRIDLOCK_REPLAY=({LINE})", text))
        self.assertEqual(len(lines), 3, text)

    def test_shuffled_it_finds_the_same(self):
        found = []
        for more in ([], ["--gtest_shuffle", "--gtest_random_seed=42"]):
            text = run("--gtest_filter=Counter.Loses*:Locks.*", *more)[1]
            found.append(sorted(set(re.findall(rf"GRIDLOCK_REPLAY=({LINE})", text))))
        self.assertEqual(found[0], found[1])
        self.assertEqual(len(found[0]), 2)  # two of the tests are the same program

    def test_a_failure_behind_others_has_the_line_that_it_has_alone(self):
        failing = ("Counter.LosesAnUpdate", "Counter.LosesAnUpdateThatIsAsserted", "Counter.FailsInAnotherThread", "Counter.IsCheckedInProcess",
                   "Locks.AreTakenInTwoOrders", "Error.IsNotCaught")
        found = re.findall(rf"GRIDLOCK_REPLAY=({LINE})", run("--gtest_filter=" + ":".join(failing))[1])
        self.assertEqual(len(found), len(failing))
        alone = [re.search(rf"GRIDLOCK_REPLAY=({LINE})", run("--gtest_filter=" + name)[1]).group(1) for name in failing]
        self.assertEqual(sorted(found), sorted(alone))
        for name, line in zip(failing, alone):
            again = run("--gtest_filter=" + name, GRIDLOCK_REPLAY=line)[1]
            self.assertIn(line, again)
            self.assertNotIn("the replay took", again)

    def test_googletest_shards_share_the_tests(self):
        ran = []
        for index in range(3):
            text = run(GTEST_TOTAL_SHARDS="3", GTEST_SHARD_INDEX=str(index))[1]
            ran += re.findall(r"\[ RUN      \] (\S+)", text)
        listed = run("--gtest_list_tests")[1]
        self.assertEqual(len(ran), listed.count("\n  "))
        self.assertEqual(len(set(ran)), len(ran))


if __name__ == "__main__":
    unittest.main()
