# SPDX-License-Identifier: Apache-2.0
"""cmake/failed_tests.py, given what ctest itself writes."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "cmake" / "failed_tests.py"


def said(*arguments):
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, timeout=60)


class FailedTests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.build = pathlib.Path(self.folder.name, "gcc")
        self.build.mkdir()

    def results(self, **programs):
        """What ctest writes of tests that run these lines of sh."""
        tests = "".join(f'add_test({name} "/bin/sh" "-c" [==[{line}]==])\n' for name, line in programs.items())
        (self.build / "CTestTestfile.cmake").write_text(tests)
        subprocess.run(["ctest", "--test-dir", self.build, "--output-junit", "tests.xml", "--timeout", "2"],
                       capture_output=True, check=False, timeout=60)
        return self.build / "tests.xml"

    def test_a_failed_test_is_named_with_its_preset_and_its_last_lines(self):
        run = said("--lines", "2", self.results(good="true", bad="echo one; echo two; echo three; exit 3"))
        self.assertEqual(run.stdout, "gcc: failed: bad\n    two\n    three\n")

    def test_nothing_is_said_of_tests_that_passed(self):
        self.assertEqual(said(self.results(good="echo failed")).stdout, "")

    def test_a_test_that_took_too_long_has_failed(self):
        self.assertIn("gcc: failed: slow\n", said(self.results(slow="exec sleep 60")).stdout)

    def test_bytes_that_are_no_text_are_taken(self):
        run = said(self.results(bad="printf 'a\\033[1m\\377b\\n'; exit 1"))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("gcc: failed: bad\n", run.stdout)

    def test_a_preset_without_results_is_said_and_the_others_are_shown(self):
        bad = self.results(bad="exit 1")
        (self.build / "half.xml").write_text("<testsuite><testcase")
        run = said(self.build / "none.xml", self.build / "half.xml", bad)
        self.assertEqual(run.stdout.count("gcc: no results: "), 2)
        self.assertIn("gcc: failed: bad\n", run.stdout)


if __name__ == "__main__":
    unittest.main()
