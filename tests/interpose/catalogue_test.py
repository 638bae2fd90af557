# SPDX-License-Identifier: Apache-2.0
"""The catalogue's scenarios once more, as plain code under `gridlock exec`: what is broken is found, what is right is silent.

scenarios/README.md says which there are and what each expects. Here is only what is different in plain code.
"""

import os
import pathlib
import re
import signal
import subprocess
import unittest

from support import LONG, ExecTest, builds_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Each compiler and each level is there once every day, and each scenario is run in one of these builds in turns; in all of them
# with GRIDLOCK_LONG (ctest -C long -L long).
PROGRAMS = [pathlib.Path(name) for name in os.environ.get("GRIDLOCK_CATALOGUE_PROGRAMS", "").split(":")
            if name.endswith(("O0", "O2", "TSAN") if LONG else ("_GXX_O2", "_CLANGXX_O0", "_CLANGXX_TSAN"))]

# What has no words in std and POSIX; docs/any_program.md has the reason of each.
UNSAYABLE = {"two-loops/detached", "declared-order/broken", "declared-order/kept", "lock-assertion/forgotten", "lock-assertion/kept",
             "semaphore/over-release"}
# What is found in plain code in place of the catalogue's kind; docs/any_program.md says why.
OTHERWISE = {
    "tsan-report/destroy-locked": ["misuse-destroy-held"],
    "shared-lock/upgrade-twice": ["lock-order-cycle", "self-deadlock"],
    "executor/task-waits-for-task": ["starvation"],
    "condition/wait-unlocked": ["misuse-wait-unlocked", "misuse-thread-exit-holding"],
    "thread-object/destroyed": ["data-race"],
}
EITHER = {"producer-consumer/not-closed": (["starvation"], ["lost-wakeup"])}  # by whether the last notification woke anybody
ASSERTS = ["assertion-failed"]  # plain code says abort(): the crash is the program's own
RACE = ["data-race"]
CLEAN = ["clean"]


def catalogue():
    """Each scenario that is none of processes, and what it expects."""
    rows = re.findall(r"^\*\*\[([^]]+)\]\(([^)]+)\)\*\* · expects `([^`]+)`", (ROOT / "scenarios/README.md").read_text(), re.M)
    return {name: OTHERWISE.get(name, [kind]) for name, file, kind in rows if not file.startswith("processes/")}


def scenarios_of(program):
    return subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split()


class Catalogue(ExecTest):
    def each(self, *, tsan, wanted):
        """(program, scenario, kind) of each scenario whose kind is wanted."""
        kinds = catalogue()
        builds = {}  # of each scenario
        for program in PROGRAMS:
            if program.name.endswith("TSAN") == tsan:
                for scenario in scenarios_of(program):
                    builds.setdefault(scenario, []).append(program)
        for number, (scenario, programs) in enumerate(builds.items()):
            for program in builds_of(number, programs) if wanted(kinds[scenario]) else []:
                yield program, scenario, kinds[scenario]

    def test_each_scenario_is_there_or_has_no_words(self):
        there = {scenario for program in PROGRAMS if not program.name.endswith("TSAN") for scenario in scenarios_of(program)}
        self.assertEqual(there | UNSAYABLE, set(catalogue()))
        self.assertEqual(there & UNSAYABLE, set())

    def test_what_has_no_words_and_what_is_said_otherwise_is_documented(self):
        text = (ROOT / "docs/any_program.md").read_text()
        section = text[text.index("## The catalogue as plain code"):]
        section = section[:section.index("\n## ")]
        listed = set(re.findall(r"^\| (.*?) \|", section, re.M))
        names = {name for row in listed for name in re.findall(r"`([^`]+/[^`]+)`", row)}
        asserts = {name for name, kind in catalogue().items() if kind == ASSERTS}
        self.assertEqual(names, UNSAYABLE | set(OTHERWISE) | set(EITHER) | asserts)

    def test_what_is_right_is_silent(self):
        for tsan in (False, True):
            for program, scenario, _ in self.each(tsan=tsan, wanted=lambda kind: kind == CLEAN):
                with self.subTest(program=program.name, scenario=scenario):
                    done, kinds = self.watch([program, scenario])
                    self.assertEqual((done.returncode, kinds, done.stderr), (7, [], ""), done.stderr)

    def test_what_is_broken_is_found(self):
        for program, scenario, kind in self.each(tsan=False, wanted=lambda kind: kind not in (CLEAN, ASSERTS, RACE)):
            with self.subTest(program=program.name, scenario=scenario):
                done, kinds = self.watch([program, scenario], "--error-exitcode", 5, "--follow")
                self.assertEqual(done.returncode, 5, done.stderr)
                self.assertIn(kinds, EITHER.get(scenario, (kind,)), done.stderr)

    def test_each_race_is_found_by_thread_sanitizer(self):
        for program, scenario, _ in self.each(tsan=True, wanted=lambda kind: kind == RACE):
            with self.subTest(program=program.name, scenario=scenario):
                done, _ = self.watch([program, scenario])
                self.assertEqual(done.returncode, 66, done.stderr)
                self.assertIn("WARNING: ThreadSanitizer: data race", done.stderr)

    def test_a_race_alone_is_no_finding_without_it(self):
        for program, scenario, _ in self.each(tsan=False, wanted=lambda kind: kind == RACE):
            with self.subTest(program=program.name, scenario=scenario):
                done, kinds = self.watch([program, scenario])
                self.assertEqual((done.returncode, kinds, done.stderr), (7, [], ""))

    def test_a_failed_check_ends_the_program_as_it_does_alone(self):
        for program, scenario, _ in self.each(tsan=False, wanted=lambda kind: kind == ASSERTS):
            with self.subTest(program=program.name, scenario=scenario):
                done, kinds = self.watch([program, scenario])
                self.assertEqual((done.returncode, kinds), (-signal.SIGABRT, []), done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
