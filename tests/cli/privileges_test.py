# SPDX-License-Identifier: Apache-2.0
"""A program that was started with more rights than its caller has (setuid) obeys nothing that the caller says to Gridlock."""

import json
import os
import shutil
import subprocess
import unittest

import support
from support import SANITIZED, CommandTest

PROGRAM = os.environ.get("GRIDLOCK_PROGRAM", "")
NOBODY = 65534
RUN = "0123456789abcdef"


@unittest.skipIf(os.geteuid() != 0, "only root can make such a program")
@unittest.skipIf(SANITIZED, "a sanitizer obeys its caller itself")
class MoreRights(CommandTest):
    def setUp(self):
        super().setUp()
        if os.statvfs(self.folder).f_flag & os.ST_NOSUID:
            self.skipTest("no program has more rights on this disk")
        os.chmod(self.folder, 0o755)
        self.place = self.folder / "place"  # where it runs
        self.place.mkdir()
        os.chmod(self.place, 0o777)
        self.asked = self.place / "asked.jsonl"

    def program(self, *arguments, mode, options, before=lambda pid: None):
        copy = self.folder / "program"
        shutil.copy(PROGRAM, copy)
        os.chown(copy, NOBODY, NOBODY)
        os.chmod(copy, mode)
        environment = self.environment(GRIDLOCK_OPTIONS=options, GRIDLOCK_RUN=RUN)
        done = subprocess.run([copy, *arguments], env=environment, cwd=self.place, capture_output=True, text=True,
                              timeout=support.BOUND, check=False, preexec_fn=lambda: before(os.getpid()))
        return done.returncode, done.stderr

    def runs(self, log):
        return {json.loads(line)["run"] for line in log.read_text().splitlines()}

    def test_neither_the_path_of_the_log_nor_the_exit_code_nor_the_run_is_obeyed(self):
        options = f"log_path={self.asked}:exit_code=9:quiet=1"
        for mode in (0o4755, 0o2755):
            code, err = self.program("cycle", "return", mode=mode, options=options)
            self.assertEqual(code, 66, err)
            self.assertIn("[lock-order-cycle]", err)
            self.assertFalse(self.asked.exists())
            (log,) = self.place.glob("gridlock.*.jsonl")
            self.assertNotIn(RUN, self.runs(log))
            log.unlink()

    def test_the_same_program_without_them_obeys(self):
        code, err = self.program("cycle", "return", mode=0o755, options=f"log_path={self.asked}:exit_code=9:quiet=1")
        self.assertEqual(code, 9, err)
        self.assertNotIn("[lock-order-cycle]", err)
        self.assertIn(RUN, self.runs(self.asked))

    def test_options_that_are_none_do_not_end_it(self):
        self.assertEqual(self.program("none", "return", mode=0o4755, options="nonsense"), (0, ""))
        self.assertEqual(self.program("none", "return", mode=0o755, options="nonsense")[0], 2)

    def test_a_link_in_the_place_of_its_log_leads_nowhere(self):
        victim = self.place / "victim"
        victim.write_text("")
        os.chmod(victim, 0o666)
        code, err = self.program("cycle", "return", mode=0o4755, options="",
                                 before=lambda pid: (self.place / f"gridlock.{pid}.jsonl").symlink_to(victim))
        self.assertEqual(victim.read_text(), "")
        self.assertIn("gridlock: ", err)
        self.assertEqual(code, 66, err)


if __name__ == "__main__":
    support.main()
