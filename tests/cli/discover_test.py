# SPDX-License-Identifier: Apache-2.0
"""gridlock_discover_scenarios(), in a project of its own that takes the fixture as an imported executable."""

import os
import pathlib
import subprocess

import support
from support import BOUND, FIXTURE, TSAN, CommandTest

MODULE = pathlib.Path(__file__).resolve().parents[2] / "cmake" / "GridlockDiscoverScenarios.cmake"
PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(user NONE)
enable_testing()
include("{module}")
add_executable(mine IMPORTED)
set_target_properties(mine PROPERTIES IMPORTED_LOCATION "{executable}")
gridlock_discover_scenarios(mine TIMEOUT 20 LABELS extra)
"""


class Discover(CommandTest):
    def project(self, executable):
        (self.folder / "CMakeLists.txt").write_text(PROJECT.format(module=MODULE, executable=executable))
        subprocess.run(["cmake", "-S", self.folder, "-B", self.folder / "b"], check=True, capture_output=True,
                       timeout=BOUND)

    def ctest(self, *arguments):
        done = subprocess.run(["ctest", *arguments], cwd=self.folder / "b", env=self.environment(), text=True,
                              capture_output=True, timeout=BOUND, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_each_scenario_is_one_entry_with_its_labels(self):
        self.project(FIXTURE)
        listed = self.command("list")[1].count("\n") - 1
        code, out = self.ctest("-N", "-L", "scenario")
        self.assertEqual(code, 0)
        self.assertIn(f"Total Tests: {listed}", out)
        self.assertIn(f"Total Tests: {listed}", self.ctest("-N", "-L", "extra")[1])
        _, out = self.ctest("-N", "-L", "^tsan$")
        self.assertIn("scenario.tsan/race", out)
        self.assertNotIn("scenario.good/", out)

    def test_entries_pass_fail_and_skip_as_the_verdicts_say(self):
        self.project(FIXTURE)
        code, out = self.ctest("-R", "scenario.(good/silent|good/deadlock|tsan/race)$")
        self.assertEqual(code, 0, out)
        self.assertIn("100% tests passed", out)
        self.assertEqual("Skipped" in out, not TSAN, out)
        code, out = self.ctest("-R", "scenario.bad/missed$")
        self.assertNotEqual(code, 0, out)

    def test_executable_that_is_not_there_fails_instead_of_passing_silently(self):
        self.project(os.path.join(self.folder, "not-built"))
        code, out = self.ctest()
        self.assertNotEqual(code, 0, out)
        self.assertIn("NOT_BUILT", out)


if __name__ == "__main__":
    support.main()
