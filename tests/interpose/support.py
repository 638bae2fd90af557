# SPDX-License-Identifier: Apache-2.0
"""Running programs under `gridlock exec`, as a user would."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

COMMAND = os.environ.get("GRIDLOCK_COMMAND", "")
LIBRARY = os.environ.get("GRIDLOCK_WATCH_LIBRARY", "")
BOUND = 120  # seconds that nothing here may take
LONG = "GRIDLOCK_LONG" in os.environ


def builds_of(number, builds):
    """Which builds the situation of this number is run in: one of them, in turns; all of them with GRIDLOCK_LONG."""
    return builds if LONG or not builds else [builds[number % len(builds)]]


class ExecTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="exec-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def environment(self, **extra):
        own = {name: value for name, value in os.environ.items() if name not in ("GRIDLOCK_OPTIONS", "LD_PRELOAD")}
        own.update({"TMPDIR": str(self.folder), **extra})
        return own

    def run_program(self, words, stdin="", **extra):
        return subprocess.run([str(word) for word in words], capture_output=True, text=True, input=stdin, timeout=BOUND,
                              env=self.environment(**extra), cwd=self.folder, errors="replace")

    def watch(self, words, *options, stdin="", **extra):
        """The finished process, and the kinds of what was found."""
        report = self.folder / "report.json"
        report.unlink(missing_ok=True)
        done = self.run_program([COMMAND, "exec", "--json", report, *options, "--", *words], stdin=stdin, **extra)
        kinds = []
        if report.exists():
            for outcome in json.loads(report.read_text())["outcomes"]:
                kinds += [finding["kind"] for finding in outcome["findings"]]
        return done, kinds

    def assert_nothing_left(self):
        self.assertEqual([path.name for path in self.folder.iterdir() if path.name.startswith("gridlock")], [])
