#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Steps of Gridlock's own primitives say which operation it was, and what its thread holds: own_steps_test.py GRIDLOCK PROGRAM."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop()
GRIDLOCK = sys.argv.pop()


class OwnSteps(unittest.TestCase):
    def explore(self, body, code):
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GRIDLOCK_")} | {"NO_COLOR": "1"}
        done = subprocess.run([GRIDLOCK, "explore", "--json", "report.json", "--", PROGRAM, body], env=clean, cwd=folder,
                              capture_output=True, text=True, check=False, timeout=200)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.text = done.stdout
        return json.loads((folder / "report.json").read_text())["outcomes"][0]["findings"]

    def way(self, body):
        finding, *_ = self.explore(body, 1)
        return finding["execution"]["way"]

    @staticmethod
    def short(way):
        return [(step["thread"], step["operation"], step.get("object"), bool(step.get("waits")), step.get("held", []))
                for step in way if step["operation"] not in ("create", "join")]

    def test_a_deadlock_ends_with_two_threads_that_hold_one_lock_and_wait_for_the_other(self):
        steps = self.short(self.way("deadlock"))
        self.assertCountEqual(steps[-2:], [("T1", "wait", "M2", True, ["M1"]), ("T2", "wait", "M1", True, ["M2"])])
        self.assertCountEqual(steps[-4:-2], [("T1", "lock", "M1", False, ["M1"]), ("T2", "lock", "M2", False, ["M2"])])
        self.assertIn("takes first (M1)", self.text)
        self.assertIn("waits for second (M2)", self.text)
        self.assertNotIn("does not get", self.text)

    def test_a_try_in_vain_is_told_from_one_that_got_the_lock_and_a_lock_for_reading_from_one_for_writing(self):
        way = self.way("tried-in-vain")
        tried, = (step for step in way if step["operation"] == "try_lock")
        self.assertFalse(tried["granted"])
        self.assertNotIn("held", tried)
        read, = (step for step in way if step["operation"] == "lock_shared")
        self.assertEqual((read["granted"], read["held_shared"], read["object"]), (True, [tried["object"]], tried["object"]))
        self.assertRegex(self.text, r"takes for reading\s+ledger \(M1\)")
        self.assertIn("sets seen (E1)", self.text)
        self.assertIn("gives back ledger (M1)", self.text)

    def test_the_other_order_is_no_finding(self):
        self.assertEqual(self.explore("tried-after", 0), [])


if __name__ == "__main__":
    unittest.main()
