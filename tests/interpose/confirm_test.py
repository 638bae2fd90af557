# SPDX-License-Identifier: Apache-2.0
"""`gridlock exec --confirm`: a possible deadlock is made to happen in fresh runs, or it is said what was tried."""

import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

from support import BOUND, COMMAND, LIBRARY, LONG, ExecTest

# Each compiler and each level is there once every day, all four with GRIDLOCK_LONG (ctest -C long -L long).
PROGRAMS = [pathlib.Path(name) for name in os.environ.get("GRIDLOCK_CONFIRM_PROGRAMS", "").split(":")
            if name.endswith(("O0", "O2") if LONG else ("_GXX_O2", "_CLANGXX_O0"))]
OWN = os.environ.get("GRIDLOCK_OWN_PROGRAM", "")


class ConfirmTest(ExecTest):
    def confirm(self, words, *options, confirm="--confirm", **extra):
        """The finished process, and the one cycle that was found; None if there is none."""
        done, kinds = self.watch(words, confirm, *options, **extra)
        report = json.loads((self.folder / "report.json").read_text())
        findings = [finding for outcome in report["outcomes"] for finding in outcome["findings"]]
        self.assertLessEqual(set(kinds), {"lock-order-cycle"}, done.stderr)
        self.assertLessEqual(len(findings), 1, done.stderr)
        self.assert_nothing_left()
        return done, findings[0] if findings else None

    def counted(self, words, *options, **extra):
        """The same, and how often the program ran."""
        count = self.folder / "count"
        count.unlink(missing_ok=True)
        done, finding = self.confirm(words, *options, CONFIRM_COUNT=str(count), **extra)
        return done, finding, int(count.read_text())

    def tried(self, finding):
        return "\n".join(finding["confirmation"]["tried"])


class Confirmed(ConfirmTest):
    SITUATIONS = {"bank": 2, "many-transfers": 2, "three-threads": 3, "philosophers": 5, "through-rwlock": 2, "through-join": 2,
                  "on-the-way": 2, "beside-others": 2}

    def test_each_cycle_happens_and_the_hang_is_shown(self):
        for program in PROGRAMS:
            for situation, threads in self.SITUATIONS.items():
                with self.subTest(program=program.name, situation=situation):
                    done, finding = self.confirm([program, situation])
                    self.assertEqual((done.returncode, done.stdout), (7, "end\n"), done.stderr)
                    confirmation = finding["confirmation"]
                    self.assertEqual(confirmation["verdict"], "confirmed", done.stderr)
                    self.assertIn("    Confirmed: fresh run", done.stderr)
                    self.assertIn("The deadlock as it happened", done.stderr)
                    self.assertEqual(len(confirmation["cycle"]), threads)
                    stuck = [thread for thread in confirmation["threads"] if thread.get("wants")]
                    self.assertGreaterEqual(len(stuck), threads)
                    for thread in stuck:
                        self.assertEqual(thread["state"], "blocked")
                        self.assertTrue(thread["wants"]["stack"])

    def test_the_first_fresh_run_does_where_nothing_stands_in_the_way(self):
        for program in PROGRAMS:
            for _ in range(3):
                with self.subTest(program=program.name):
                    done, finding = self.confirm([program, "bank"], confirm="--confirm=1")
                    self.assertEqual(finding["confirmation"]["verdict"], "confirmed", done.stderr)

    def test_it_does_without_symbols_too(self):
        for program in PROGRAMS:
            with self.subTest(program=program.name):
                done, finding = self.confirm([program, "on-the-way"], GRIDLOCK_SYMBOLIZER="none")
                self.assertEqual(finding["confirmation"]["verdict"], "confirmed", done.stderr)

    def test_the_page_shows_it_below_the_title(self):
        page = self.folder / "page.html"
        self.confirm([PROGRAMS[0], "bank"], "--html", page)
        text = page.read_text()
        self.assertIn("<strong>Confirmed: ", text)
        self.assertLess(text.index("<strong>Confirmed: "), text.index("The deadlock as it happened"))

    def test_a_program_with_gridlock_inside_is_steered_by_that(self):
        for _ in range(20):  # nothing keeps its first run from hanging
            done, kinds = self.watch([OWN], "--confirm")
            if kinds == ["lock-order-cycle"]:
                break
            self.assertEqual(kinds, ["deadlock"], done.stderr)
        finding = json.loads((self.folder / "report.json").read_text())["outcomes"][0]["findings"][0]
        self.assertEqual(finding["confirmation"]["verdict"], "confirmed", done.stderr)

    def test_standard_input_is_read_again_if_it_is_a_file(self):
        words = self.folder / "words"
        words.write_text("b\n")
        report = self.folder / "report.json"
        with words.open() as stdin:
            subprocess.run([COMMAND, "exec", "--confirm", "--json", report, "--", PROGRAMS[0], "by-input"], stdin=stdin,
                           capture_output=True, timeout=BOUND, env=self.environment(), cwd=self.folder, check=False)
        finding = json.loads(report.read_text())["outcomes"][0]["findings"][0]
        self.assertEqual(finding["confirmation"]["verdict"], "confirmed")
        done, finding = self.confirm([PROGRAMS[0], "by-input"], stdin="b\n", confirm="--confirm=1")
        self.assertEqual(finding["confirmation"]["verdict"], "not-confirmed", done.stderr)
        self.assertIn("never", self.tried(finding))
        self.assertIn("standard input", self.tried(finding))


class NotConfirmed(ConfirmTest):
    def test_what_a_flag_rules_out_is_never_confirmed(self):
        for program in PROGRAMS:
            for situation in ("ruled-out", "takes-turns"):
                with self.subTest(program=program.name, situation=situation):
                    done, finding = self.confirm([program, situation], confirm="--confirm=2")
                    self.assertEqual((done.returncode, done.stdout), (7, "end\n"), done.stderr)
                    confirmation = finding["confirmation"]
                    self.assertEqual((confirmation["verdict"], confirmation["runs"]), ("not-confirmed", 2), done.stderr)
                    self.assertIn("    Not confirmed: tried 2 fresh runs", done.stderr)
                    self.assertIn("never there at one moment", self.tried(finding))
                    self.assertNotIn("threads", confirmation)

    def test_nothing_is_run_again_where_nothing_was_found_or_nobody_asked(self):
        done, finding, runs = self.counted([PROGRAMS[0], "one-order"])
        self.assertEqual((done.returncode, done.stderr, finding, runs), (7, "", None, 1))
        supp = self.folder / "known.supp"
        supp.write_text("lock-order-cycle/site:*confirm.cc*\n")
        done, finding, runs = self.counted([PROGRAMS[0], "ends-differently"], "--suppressions", supp)
        self.assertEqual((done.returncode, finding, runs), (7, None, 1), done.stderr)
        done, kinds = self.watch([PROGRAMS[0], "bank"])
        self.assertEqual(kinds, ["lock-order-cycle"])
        self.assertNotIn("onfirmed", done.stderr)

    def test_fresh_runs_that_end_otherwise_are_told_of(self):
        for situation, words in (("ends-differently", "ended with exit code 3, and not with exit code 7"),
                                 ("crashes-later", "ended with signal 6, and not with exit code 7"),
                                 ("hangs-elsewhere", "hung in something else (self-deadlock)")):
            with self.subTest(situation=situation):
                done, finding, runs = self.counted([PROGRAMS[0], situation], confirm="--confirm=3")
                self.assertEqual((done.returncode, runs), (7, 4), done.stderr)
                self.assertEqual(finding["confirmation"]["verdict"], "not-confirmed")
                self.assertIn("3 fresh runs " + words, self.tried(finding))

    def test_one_that_does_not_end_is_ended(self):
        done, finding, _ = self.counted([PROGRAMS[0], "never-ends-later"], "--confirm-timeout", 1, confirm="--confirm=2")
        self.assertEqual(done.returncode, 7)
        self.assertIn("2 fresh runs did not end within 1 s", self.tried(finding))

    def test_a_program_that_is_gone_is_not_run_again(self):
        script = self.folder / "once.sh"
        script.write_text(f"#!/bin/sh\nrm {script}\nexec {PROGRAMS[0]} bank\n")
        script.chmod(0o755)
        done, finding = self.confirm([script])
        self.assertEqual((done.returncode, finding["confirmation"]["verdict"]), (7, "not-tried"), done.stderr)
        self.assertIn("Not tried in fresh runs: the program cannot be run again: No such file", done.stderr)

    def test_a_signal_ends_the_fresh_runs_and_shows_the_findings(self):
        for sent in (signal.SIGINT, signal.SIGTERM):
            count = self.folder / "count"
            count.unlink(missing_ok=True)
            process = subprocess.Popen([COMMAND, "exec", "--confirm", "--confirm-timeout", "60", "--", PROGRAMS[0], "never-ends-later"],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                       env=self.environment(CONFIRM_COUNT=str(count)), cwd=self.folder)
            self.addCleanup(process.kill)
            until = time.monotonic() + BOUND
            while (not count.exists() or count.read_text() != "2") and time.monotonic() < until:
                time.sleep(0.05)
            process.send_signal(sent)
            said = process.communicate(timeout=BOUND)[1]
            self.assertEqual(process.returncode, 7, said)
            self.assertIn("[lock-order-cycle]", said)
            self.assertIn("then it was interrupted", said)
            self.assert_nothing_left()

    def test_what_is_no_plan_is_one_line_and_exit_code_two(self):
        for text in (None, "", "gridlock" * 20000):
            plan = self.folder / "plan"
            plan.unlink(missing_ok=True)
            if text is not None:
                plan.write_text(text)
            done = self.run_program([PROGRAMS[0], "one-order"], LD_PRELOAD=LIBRARY, GRIDLOCK_OPTIONS=f"steer={plan}")
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), done.stderr)
            self.assertIn("steer", done.stderr)

    def test_bad_words_are_one_line(self):
        for words in (["--confirm=0"], ["--confirm=x"], ["--confirm=101"], ["--confirm-timeout", "0"]):
            done = self.run_program([COMMAND, "exec", *words, "true"])
            self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr)
        self.assertEqual(self.run_program([COMMAND, "exec", "--confirm", "true"]).returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
