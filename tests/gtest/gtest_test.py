# SPDX-License-Identifier: Apache-2.0
"""GoogleTests that link gridlock::gtest: which of them fail, and with which words."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

OWN = os.environ.get("GRIDLOCK_OWN_TESTS", "")
PLAIN = os.environ.get("GRIDLOCK_PLAIN_TESTS", "")
UNWATCHED = os.environ.get("GRIDLOCK_UNWATCHED_TESTS", "")
TSAN = os.environ.get("GRIDLOCK_SANITIZER", "") == "thread"
BOUND = 200

OK, FAILED, SKIPPED = "OK", "FAILED", "SKIPPED"
RACE = FAILED if TSAN else OK
EXPECTED_RACE = OK if TSAN else SKIPPED
PLAIN_RESULTS = {
    "Bank.PaysInOppositeOrders": FAILED, "Bank.PaysInTheSameOrder": OK, "Bank.NeverComesBack": FAILED, "Bank.IsWrong": FAILED,
    "Bank.IsBeyondHelp": FAILED, "Bank.IsClosed": SKIPPED, "Bank.Crashes": FAILED, "Bank.Exits": FAILED, "Bank.Throws": FAILED,
    "Expected.OrdersAreFound": OK, "Expected.OrdersAreNotThere": FAILED, "Expected.AHangIsFound": OK,
    "Expected.AHangIsNotThere": FAILED, "Expected.AHangIsAnotherThing": FAILED, "Expected.NothingIsFound": OK,
    "Expected.SomethingIsFound": FAILED, "Expected.FailuresInAStatementAreSeen": FAILED,
    "Expected.ARaceIsFound": EXPECTED_RACE, "Races.FailTheTest": RACE, "Races.AreNotThere": OK,
    "Death.IsADeath": OK, "Death.IsNone": FAILED, "Death.OfAThreadsafeKind": OK, "Suite.IsBrokenItself": FAILED,
    "All/Fixture.IsMadeOnce/0": FAILED, "All/Fixture.IsMadeOnce/1": OK, "Server.AnswersATest": OK,
    "Server.IsInTheSameProcess": FAILED, "Endless.Sleeps": FAILED,
}


class Run:
    def __init__(self, text, code):
        self.text, self.code = text, code
        self.results, self.words = {}, {}
        for name, words, result in re.findall(r"^\[ RUN      \] (\S+)\n(.*?)^\[ +(OK|FAILED|SKIPPED) +\] \1\b", text,
                                              re.MULTILINE | re.DOTALL):
            self.results[name], self.words[name] = result, words


class ListenerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gtest-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_tests(self, program, *words, **extra):
        own = {name: value for name, value in os.environ.items() if not name.startswith(("GRIDLOCK_OPTIONS", "GTEST_", "TSAN_"))}
        own.update({"TMPDIR": str(self.folder), "GRIDLOCK_TEST_TIMEOUT": "3", "TSAN_OPTIONS": "detect_deadlocks=0",
                    **{name: str(value) for name, value in extra.items()}})
        done = subprocess.run([program, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=BOUND,
                              env=own, cwd=self.folder, check=False, errors="replace")
        self.assertEqual(list(self.folder.glob("gridlock*")), [], "logs are left")
        return Run(done.stdout, done.returncode)


class Own(ListenerTest):
    def test_what_is_found_fails_the_test_that_it_belongs_to(self):
        run = self.run_tests(OWN)
        self.assertEqual(run.results, {"Own.Hangs": FAILED, "Own.AHangIsFound": OK, "Own.IsRight": OK, "Own.Misuses": FAILED,
                                       "Own.ARaceIsFound": EXPECTED_RACE,
                                       "Own.ARaceIsNotThere": FAILED if TSAN else SKIPPED}, run.text)
        self.assertIn("[self-deadlock]", run.words["Own.Hangs"])
        self.assertIn("accounts (M", run.words["Own.Hangs"])
        self.assertIn("own_tests.cc:", run.words["Own.Hangs"])
        self.assertIn("[misuse-unlock-free]", run.words["Own.Misuses"])
        self.assertEqual(run.code, 1)

    def test_a_run_of_good_tests_is_good(self):
        run = self.run_tests(OWN, "--gtest_filter=Own.IsRight:Own.AHangIsFound")
        self.assertEqual((run.code, len(run.results)), (0, 2), run.text)
        self.assertNotIn("gridlock", run.text.lower().replace("gridlock_", ""))

    def test_the_page_is_written_and_named(self):
        pages = self.folder / "pages"
        run = self.run_tests(OWN, "--gtest_filter=Own.Hangs:Own.IsRight", GRIDLOCK_TEST_PAGES=pages)
        page = pages / "Own.Hangs.html"
        self.assertIn(f"page: file://{page}", run.words["Own.Hangs"])
        self.assertIn("self-deadlock", page.read_text())
        self.assertEqual([path.name for path in pages.iterdir()], ["Own.Hangs.html"])

    def test_what_is_suppressed_fails_nothing(self):
        entries = self.folder / "known.supp"
        for entry, code in (("misuse-unlock-free/lock:accounts\n", 0), ("misuse-unlock-free/lock:others\n", 1)):
            entries.write_text(entry)
            run = self.run_tests(OWN, "--gtest_filter=Own.Misuses", GRIDLOCK_OPTIONS=f"suppressions={entries}")
            self.assertEqual(run.code, code, run.text)

    def test_without_isolation_tests_share_the_process(self):
        run = self.run_tests(OWN, "--gtest_filter=Own.Misuses:Own.IsRight:Own.AHangIsFound", GRIDLOCK_TEST_ISOLATION=0)
        self.assertEqual(run.results, {"Own.Misuses": FAILED, "Own.IsRight": OK, "Own.AHangIsFound": OK}, run.text)

    def test_tests_that_nobody_watches_say_so(self):
        run = self.run_tests(UNWATCHED, "--gtest_filter=Expected.AHangIsNotThere:Bank.PaysInOppositeOrders")
        self.assertIn("nothing is watched: link gridlock::watch", run.text)
        self.assertIn("nothing is watched", run.words["Expected.AHangIsNotThere"])
        self.assertEqual(run.results["Bank.PaysInOppositeOrders"], OK)


@unittest.skipIf(not PLAIN, "this build has no library to stand in front of libc")
class Plain(ListenerTest):
    def test_each_test_has_its_own_end_and_the_others_go_on(self):
        report = self.folder / "report.json"
        run = self.run_tests(PLAIN, f"--gtest_output=json:{report}")
        self.assertEqual(run.results, PLAIN_RESULTS, run.text)
        for name, part in {"Bank.PaysInOppositeOrders": "[lock-order-cycle]", "Bank.NeverComesBack": "[self-deadlock]",
                           "Bank.IsWrong": "as a test says it", "Bank.IsBeyondHelp": "at once", "Bank.IsClosed": "on Sundays",
                           "Bank.Crashes": "signal 11" if not TSAN else "ended with exit code", "Bank.Exits": "exit code 3",
                           "Bank.Throws": "no money", "Expected.OrdersAreNotThere": "found nothing\nas declared",
                           "Expected.AHangIsAnotherThing": "found only:", "Expected.SomethingIsFound": "went on",
                           "Expected.FailuresInAStatementAreSeen": "inside", "Death.IsNone": "failed to die",
                           "Server.IsInTheSameProcess": "[lock-order-cycle]", "Suite.IsBrokenItself": "[lock-order-cycle]", "Endless.Sleeps": "did nothing for 3 s"}.items():
            self.assertIn(part, run.words[name], name)
        self.assertEqual([word for word in run.text.splitlines() if word.startswith("made")], ["made 1", "made 1"], "fixtures")
        for name in ("Bank.PaysInOppositeOrders", "Bank.NeverComesBack", "Expected.SomethingIsFound"):
            self.assertEqual(run.words[name].count("Failure\n"), 1, run.words[name])
            self.assertIn("plain_tests.cc:", run.words[name])
        self.assertIn("Endless_Sleeps_Test::TestBody", run.words["Endless.Sleeps"], "the stack of a test that hangs is not shown")
        tests = {f"{suite['name']}.{test['name']}": test for suite in json.loads(report.read_text())["testsuites"]
                 for test in suite["testsuite"]}
        self.assertEqual(tests["Bank.IsBeyondHelp"]["currency"], "groats")
        self.assertIn("lock-order-cycle", json.dumps(tests["Bank.PaysInOppositeOrders"]["failures"]))

    def test_repeat_shuffle_shards_and_filter_are_googletests_own(self):
        chosen = "--gtest_filter=Bank.Pays*:Expected.Orders*:Bank.Never*"
        run = self.run_tests(PLAIN, chosen, "--gtest_repeat=3", "--gtest_shuffle", "--gtest_random_seed=4")
        self.assertEqual(run.text.count("[       OK ] Bank.PaysInTheSameOrder"), 3, run.text)
        self.assertEqual(run.text.count("[  FAILED  ] Bank.NeverComesBack ("), 3, run.text)
        self.assertEqual(set(run.results), {"Bank.PaysInOppositeOrders", "Bank.PaysInTheSameOrder", "Bank.NeverComesBack",
                                            "Expected.OrdersAreFound", "Expected.OrdersAreNotThere"})
        seen = []
        for shard in range(3):
            seen += self.run_tests(PLAIN, chosen, GTEST_TOTAL_SHARDS=3, GTEST_SHARD_INDEX=shard).results
        self.assertEqual(sorted(seen), sorted(run.results))
        self.assertTrue(self.run_tests(PLAIN, "--gtest_list_tests").text.count("\n  ") > 20)

    def test_a_log_of_the_users_own_is_written_to(self):
        log = self.folder / "own.jsonl"
        run = self.run_tests(PLAIN, "--gtest_filter=Bank.Pays*", GRIDLOCK_OPTIONS=f"log_path={log}:exit_code=0:quiet=1")
        self.assertEqual(run.results, {"Bank.PaysInOppositeOrders": FAILED, "Bank.PaysInTheSameOrder": OK}, run.text)
        self.assertIn("lock-order-cycle", log.read_text())


if __name__ == "__main__":
    unittest.main(verbosity=2)
