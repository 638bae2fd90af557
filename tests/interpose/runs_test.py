# SPDX-License-Identifier: Apache-2.0
"""`gridlock exec` over several runs: against a baseline, in a history, and what it says is useful next."""

import json
import os
import pathlib
import shlex
import signal
import subprocess
import time
import unittest

from support import BOUND, COMMAND, ExecTest

LOCKS = os.environ.get("GRIDLOCK_PLAIN_LOCKS", "")


def next_lines(text):
    return [line.removeprefix("next: ") for line in text.splitlines() if line.startswith("next:")]


class RunsTest(ExecTest):
    def exec(self, *words, **extra):
        return self.run_program([COMMAND, "exec", *words], **extra)


class Baseline(RunsTest):
    def test_what_is_known_makes_no_exit_code_and_what_is_new_does(self):
        self.exec("--json", "old.json", "--", LOCKS, "std-cycle")
        self.exec("--json", "clean.json", "--", LOCKS, "std-scoped")
        for baseline, code, said in (("old.json", 7, "0 new, 1 unchanged, 0 fixed"), ("clean.json", 9, "1 new, 0 unchanged, 0 fixed")):
            with self.subTest(baseline=baseline):
                done = self.exec("--error-exitcode", 9, "--baseline", baseline, "--output", "sarif=new.sarif", "--", LOCKS, "std-cycle")
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(f"compared with {baseline}: {said}", done.stderr)
                results = json.loads((self.folder / "new.sarif").read_text())["runs"][0]["results"]
                self.assertEqual([one["baselineState"] for one in results], ["unchanged" if code == 7 else "new"])

    def test_what_is_gone_is_fixed(self):
        self.exec("--json", "old.json", "--", LOCKS, "std-cycle")
        done = self.exec("-v", "--baseline", "old.json", "--", LOCKS, "std-scoped")
        self.assertIn("0 new, 0 unchanged, 1 fixed", done.stderr)

    def test_a_bad_one_is_one_line_before_the_program_runs(self):
        (self.folder / "half.json").write_text('{"version": 1, "outc')
        for file in ("missing.json", "half.json", "."):
            done = self.exec("--baseline", file, "--", "touch", "ran")
            self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr)
            self.assertIn("--baseline", done.stderr)
            self.assertFalse((self.folder / "ran").exists())


class History(RunsTest):
    def test_each_run_is_kept_once(self):
        for what in ("std-cycle", "std-cycle", "std-scoped", "std-cycle"):
            done = self.exec("--history", "h.db", "--json", "last.json", "--", LOCKS, what)
            self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn("\nhistory: h.db (4 runs): 1 finding: 1 flaky\n", done.stderr)
        done = self.run_program([COMMAND, "history", "add", "h.db", "last.json"])
        self.assertIn("0 runs added, 1 known already", done.stdout, done.stderr)
        self.run_program([COMMAND, "history", "h.db", "--json", "h.json"])
        (found,) = json.loads((self.folder / "h.json").read_text())["findings"]
        self.assertEqual((found["kind"], found["marks"], found["state"]), ("lock-order-cycle", "1101", "flaky"))

    def test_a_bad_one_is_one_line_before_the_program_runs(self):
        (self.folder / "bad.db").write_text("no database")
        done = self.exec("--history", "bad.db", "--", "touch", "ran")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr)
        self.assertFalse((self.folder / "ran").exists())


    def test_its_page_says_what_became_of_the_finding(self):
        for what in ("std-cycle", "std-scoped", "std-cycle"):
            done = self.exec("--history", "h.db", "--html", "page.html", "--", LOCKS, what)
        self.assertIn("flaky: seen in 2 of 3 runs", done.stderr)
        self.assertIn("flaky: seen in 2 of 3 runs", (self.folder / "page.html").read_text())

    def test_one_that_the_program_spoils_costs_no_output(self):
        (self.folder / "bad").write_text("no database")
        done = self.exec("--history", "h.db", "--json", "last.json", "--", "cp", "bad", "h.db")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr)
        self.assertIn("'h.db' is no database", done.stderr)
        self.assertTrue((self.folder / "last.json").exists())


class Next(RunsTest):
    def test_there_is_none_when_all_is_well(self):
        for option in ([], ["-v"]):
            self.assertEqual(next_lines(self.exec(*option, "--", LOCKS, "std-scoped").stderr), [])

    def test_a_possible_deadlock_can_be_confirmed_and_then_seen_in_full(self):
        done = self.exec("--", LOCKS, "std-cycle")
        (line,) = next_lines(done.stderr)
        self.assertEqual(shlex.split(line), [COMMAND, "exec", "--confirm", "--", LOCKS, "std-cycle"])
        again = self.run_program(shlex.split(line))
        self.assertIn("onfirmed", again.stderr)
        (line,) = next_lines(again.stderr)
        self.assertEqual(shlex.split(line), [COMMAND, "exec", "-v", "--confirm", "--", LOCKS, "std-cycle"])
        self.assertEqual(next_lines(self.run_program(shlex.split(line)).stderr), [])

    def test_a_hang_is_seen_in_full_from_the_log_where_one_is_kept(self):
        done = self.exec("--", LOCKS, "std-hang")
        self.assertEqual([shlex.split(line) for line in next_lines(done.stderr)], [[COMMAND, "exec", "-v", "--", LOCKS, "std-hang"]])
        done = self.exec("--log", "log.jsonl", "--", LOCKS, "std-hang")
        (line,) = next_lines(done.stderr)
        self.assertEqual(shlex.split(line), [COMMAND, "report", "log.jsonl", "-v"])
        shown = self.run_program(shlex.split(line))
        self.assertEqual(shown.returncode, 1, shown.stderr)
        self.assertEqual(next_lines(shown.stdout), [])
        (line,) = next_lines(self.run_program([COMMAND, "report", "log.jsonl"]).stdout)
        self.assertEqual(shlex.split(line), [COMMAND, "report", "-v", "log.jsonl"])

    def test_there_is_none_beside_a_page(self):
        self.assertEqual(next_lines(self.exec("--html", "x.html", "--", LOCKS, "std-hang").stderr), [])

    def test_a_program_that_is_left_in_its_hang_can_be_asked(self):
        process = subprocess.Popen([COMMAND, "exec", "--on-deadlock", "leave", "--", LOCKS, "std-hang"], stderr=subprocess.PIPE,
                                   text=True, env=self.environment(), cwd=self.folder)
        try:
            said = ""
            limit = time.monotonic() + BOUND
            while not next_lines(said) and time.monotonic() < limit:
                said += process.stderr.readline()
            (line,) = next_lines(said)
            words = shlex.split(line)
            self.assertEqual(words[:2], [COMMAND, "why"])
            self.assertIn(LOCKS.encode(), pathlib.Path(f"/proc/{words[2]}/cmdline").read_bytes())
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=BOUND)


if __name__ == "__main__":
    unittest.main(verbosity=2)
