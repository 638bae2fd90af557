# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests of the command share: running the fixture as a user would."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

FIXTURE = os.environ.get("GRIDLOCK_FIXTURE", "")
BROKEN = os.environ.get("GRIDLOCK_BROKEN", "")
TSAN = os.environ.get("GRIDLOCK_SANITIZER", "") == "thread"
SANITIZED = os.environ.get("GRIDLOCK_SANITIZER", "") != ""
BOUND = 120  # seconds that nothing here may take


def alive(pid):
    """Whether a process exists and is no zombie."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, what):
    """Polls a condition that another process brings about; fails the test when it never does."""
    limit = time.monotonic() + BOUND
    while not condition():
        if time.monotonic() > limit:
            raise AssertionError(f"did not happen within {BOUND} s: {what}")
        time.sleep(0.02)


class CommandTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cli-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.tmp = self.folder / "tmp"  # the run's TMPDIR: to be empty afterwards
        self.tmp.mkdir()
        self.pids = self.folder / "pids"

    def environment(self, **extra):
        own = {name: value for name, value in os.environ.items() if not name.startswith(("GRIDLOCK_", "GITHUB_"))}
        own.update({"TMPDIR": str(self.tmp), "FIXTURE_PID_FILE": str(self.pids), **extra})
        return own

    def start(self, *arguments, program=FIXTURE, **extra):
        return subprocess.Popen([program, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL, text=True, env=self.environment(**extra), cwd=self.folder)

    def command(self, *arguments, **extra):
        process = self.start(*arguments, **extra)
        out, err = process.communicate(timeout=BOUND)
        return process.returncode, out, err

    def run_json(self, *arguments, **extra):
        """Exit code, and the outcomes of the JSON report by name."""
        file = self.folder / "result.json"
        code, out, err = self.command("run", "--json", file, *arguments, **extra)
        self.assertTrue(file.exists(), out + err)
        return code, {outcome["name"]: outcome for outcome in json.loads(file.read_text())["outcomes"]}

    def fixture_pids(self):
        return [int(line) for line in self.pids.read_text().split()] if self.pids.exists() else []

    def assert_one_line(self, err, *parts):
        self.assertEqual(err.count("\n"), 1, err)
        for part in parts:
            self.assertIn(part, err)


def main():
    if not FIXTURE:
        sys.exit("GRIDLOCK_FIXTURE must name the executable: run this through ctest")
    unittest.main(verbosity=2)
