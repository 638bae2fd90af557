# SPDX-License-Identifier: Apache-2.0
"""`gridlock history`: what it says of many runs, and that its file survives whatever happens to those who write it."""

import copy
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys

import support
from support import BOUND, CommandTest

KILLED_AT_WRITE = os.environ.get("GRIDLOCK_KILLED_AT_WRITE", "")
PROGRAM = os.environ.get("GRIDLOCK_PROGRAM", "")
SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "reports/schema/history.v1.schema.json"


class HistoryTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.command("run", "bad/unexpected", "good/deadlock", "--json", "base.json", GRIDLOCK_SYMBOLIZER="none")
        self.base = json.loads((self.folder / "base.json").read_text())
        self.number = 0

    def report(self, edit=lambda report: None, file=None):
        """The name of a new file: a report like the first, of another run a minute after the last one."""
        self.number += 1
        report = copy.deepcopy(self.base)
        report["started"] = f"2026-01-02T{self.number // 60:02}:{self.number % 60:02}:00Z"
        edit(report)
        file = file or f"r{self.number}.json"
        (self.folder / file).write_text(json.dumps(report))
        return file

    def without(self, *names):
        """The same, but that these scenarios found nothing."""

        def edit(report):
            for outcome in report["outcomes"]:
                if outcome["name"] in names:
                    outcome.update(findings=[], verdict="as-expected")

        return self.report(edit)

    def add(self, *files, code=0):
        got, out, err = self.command("history", "add", "h.db", *files)
        self.assertEqual(got, code, out + err)
        return out, err

    def history(self, name="h.db", **extra):
        code, out, err = self.command("history", name, "--json", "h.json", **extra)
        self.assertEqual(code, 0, out + err)
        return json.loads((self.folder / "h.json").read_text())

    def finding(self, where="bad/unexpected"):
        (found,) = [one for one in self.history()["findings"] if one["in"] == [where]]
        return found


    def as_nobody(self, *arguments):
        """The same by somebody who may read everything here and write nothing."""
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else")
        self.folder.chmod(0o755)
        try:
            done = subprocess.run([support.FIXTURE, *arguments], user=65534, group=65534, extra_groups=[], capture_output=True,
                                  text=True, timeout=BOUND, cwd=self.folder, env=self.environment(TMPDIR="/tmp"), check=False)
        except PermissionError:
            self.skipTest("nobody may not come to the command")
        return done.returncode, done.stdout, done.stderr


class States(HistoryTest):
    def test_a_finding_is_new_then_steady_then_gone_then_flaky(self):
        for file, state, marks in ((self.report(), "new", "1"), (self.report(), "steady", "11"),
                                   (self.without("bad/unexpected"), "gone", "110"), (self.report(), "flaky", "1101"),
                                   (self.without("bad/unexpected"), "flaky", "11010"),
                                   (self.without("bad/unexpected"), "gone", "110100")):
            self.add(file)
            found = self.finding()
            self.assertEqual((found["state"], found["marks"]), (state, marks))
        self.assertEqual((found["seen"], found["could"]), (3, 6))
        self.assertEqual((found["first_seen"], found["last_seen"]), ("2026-01-02T00:01:00Z", "2026-01-02T00:04:00Z"))

    def test_one_that_comes_later_is_new_until_the_next_run(self):
        self.add(self.without("bad/unexpected"))
        self.add(self.report())
        self.assertEqual((self.finding()["state"], self.finding()["marks"]), ("new", "01"))
        self.add(self.report())
        self.assertEqual(self.finding()["state"], "steady")

    def test_a_run_without_its_scenario_or_of_one_that_crashed_says_nothing_of_it(self):
        self.add(self.report())
        self.add(self.report(lambda report: report.update(outcomes=[report["outcomes"][0]])))

        def crash(report):
            report["outcomes"][1].update(findings=[], verdict="crashed")

        names = [outcome["name"] for outcome in self.base["outcomes"]]
        self.add(self.report(crash))
        found = self.finding(names[1])
        self.assertEqual((found["state"], found["marks"], found["could"]), ("new", "1--", 1))

    def test_runs_stand_in_the_order_of_their_beginnings_and_not_of_their_coming(self):
        first, second, third = self.without("bad/unexpected"), self.report(), self.report()
        self.add(third)
        self.add(first, second)
        self.assertEqual(self.finding()["marks"], "011")

    def test_the_same_run_counts_once_from_whatever_file(self):
        file = self.report()
        (self.folder / "copy.json").write_bytes((self.folder / file).read_bytes())
        out, _ = self.add(file, "copy.json")
        self.assertIn("1 run added, 1 known already", out)
        out, _ = self.add(file)
        self.assertIn("0 runs added, 1 known already", out)
        self.assertEqual(self.finding()["marks"], "1")
        self.add(self.report())
        self.assertEqual(self.finding()["marks"], "11")

    def test_what_is_declared_does_not_count_but_is_kept(self):
        self.add(self.report())
        self.assertEqual(self.finding("good/deadlock")["standing"], "as-declared")
        _, out, _ = self.command("history", "h.db")
        self.assertNotIn("good/deadlock", out)
        self.assertIn("1 finding: 1 new", out)
        self.assertIn("1 as declared", out)
        _, out, _ = self.command("history", "h.db", "-v")
        self.assertIn("good/deadlock", out)

    def test_the_text_has_a_chart_in_ascii_where_the_terminal_speaks_no_more(self):
        self.add(self.report(), self.without("bad/unexpected"), self.report())
        _, out, _ = self.command("history", "h.db", LC_ALL="C", LANG="C")
        self.assertIn("|#.#|", out)
        _, out, _ = self.command("history", "h.db", LC_ALL="C.UTF-8")
        self.assertIn("|\u2588\u2581\u2588|", out)
        for line in out.splitlines():
            self.assertLessEqual(len(line), 100)

    def test_a_page_and_json_are_written(self):
        self.add(self.report(), self.report())
        code, out, _ = self.command("history", "h.db", "--html", "h.html")
        self.assertEqual((code, out), (0, ""))
        page = (self.folder / "h.html").read_text()
        self.assertIn('aria-label="seen in 2 of 2 runs"', page)
        self.assertEqual(page.count("v-24h3v24z"), 4)
        try:
            import jsonschema
        except ImportError:
            self.skipTest("needs Debian's python3-jsonschema")
        validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
        history = self.history()
        validator.validate(history)
        for name, value in (("state", "old"), ("marks", "2"), ("seen", 0), ("in", []), ("surprise", 1)):
            broken = copy.deepcopy(history)
            broken["findings"][0][name] = value
            self.assertFalse(validator.is_valid(broken), name)


class Kept(HistoryTest):
    """Runs that are added as they are made."""

    def test_run_adds_itself(self):
        for said in ("(1 run): 1 finding: 1 new", "(2 runs): 1 finding: 1 steady"):
            code, out, _ = self.command("run", "bad/unexpected", "--history", "h.db", GRIDLOCK_SYMBOLIZER="none")
            self.assertEqual(code, 1)
            self.assertIn(f"\nhistory: h.db {said}\n", out)
        _, out, _ = self.command("run", "good/deadlock", "--history", "h.db", GRIDLOCK_SYMBOLIZER="none")
        self.assertIn("\nhistory: h.db (3 runs): no finding that counts\n", out)
        self.assertEqual((self.finding()["state"], self.finding()["marks"]), ("steady", "11-"))

    def test_the_report_of_a_run_that_added_itself_is_the_same_run(self):
        self.command("run", "bad/unexpected", "--history", "h.db", "--json", "r.json", GRIDLOCK_SYMBOLIZER="none")
        out, _ = self.add("r.json")
        self.assertIn("0 runs added, 1 known already", out)

    def test_a_log_is_added_run_by_run_and_once(self):
        for _ in range(2):
            subprocess.run([PROGRAM, "cycle"], env=self.environment(GRIDLOCK_OPTIONS="log_path=p.jsonl:exit_code=0"), cwd=self.folder,
                           capture_output=True, timeout=BOUND, check=False)
        out, _ = self.add("p.jsonl")
        self.assertIn("2 runs added", out)
        self.command("report", "p.jsonl", "--json", "p.json")
        out, _ = self.add("p.json", "p.jsonl")
        self.assertIn("0 runs added, 4 known already", out)
        (found,) = self.history()["findings"]
        self.assertEqual(found["marks"], "11")

    def test_a_history_that_cannot_be_written_is_said_before_anything_runs(self):
        (self.folder / "bad.db").write_text("no database")
        for file in ("bad.db", ".", "/dev/null", "missing/h.db", "base.json/h.db"):
            code, out, err = self.command("run", "bad/unexpected", "--history", file, GRIDLOCK_SYMBOLIZER="none")
            self.assertEqual((code, out), (2, ""), file)
            self.assert_one_line(err, "history")
        code, out, err = self.command("run", "bad/unexpected", "--history", "h.db", "--json", "h.db")
        self.assertEqual((code, out), (2, ""))
        self.assert_one_line(err, "--json", "is the history itself")


class Bad(HistoryTest):
    def refused(self, name, *parts, adding=True):
        before = (self.folder / name).read_bytes() if (self.folder / name).is_file() else None
        commands = [["history", name]] + ([["history", "add", name, "base.json"]] if adding else [])
        for command in commands:
            code, out, err = self.command(*command)
            self.assertEqual((code, out), (2, ""), err)
            self.assert_one_line(err, name, *parts)
            self.assertNotIn("\x1b", err)
        if before is not None:
            self.assertEqual((self.folder / name).read_bytes(), before)

    def test_what_is_no_history_is_one_line_and_stays_as_it_is(self):
        (self.folder / "text.db").write_text("\x1b[31m no database \n" * 100)
        self.refused("text.db", "is no database")
        with sqlite3.connect(self.folder / "other.db") as other:
            other.execute("CREATE TABLE runs(x)")
        self.refused("other.db", "another program")
        self.refused("base.json", "is no database")
        self.refused(".", "is a directory")
        os.mkfifo(self.folder / "fifo.db")
        self.refused("fifo.db", "no regular file")
        self.refused("missing.db", "No such file", adding=False)

    def test_one_of_a_newer_version_is_one_line_and_stays_as_it_is(self):
        self.add(self.report())
        with sqlite3.connect(self.folder / "h.db") as newer:
            newer.execute("PRAGMA user_version = 2")
        self.refused("h.db", "newer gridlock", "version 2")

    def test_a_damaged_one_is_one_line(self):
        self.add(*[self.report() for _ in range(3)])
        good = (self.folder / "h.db").read_bytes()
        damaged = bytearray(good)
        damaged[4096:] = b"\xa5" * (len(good) - 4096)
        (self.folder / "h.db").write_bytes(damaged)
        self.refused("h.db", "h.db", adding=False)
        (self.folder / "h.db").write_bytes(good[:5000])
        self.refused("h.db", "h.db", adding=False)
        (self.folder / "h.db").write_bytes(good)
        for change in ("DROP TABLE seen", "DELETE FROM findings", "UPDATE seen SET standing = 9", "DELETE FROM subjects",
                       "DROP TABLE runs; CREATE VIEW runs AS SELECT 1 AS number"):
            with self.subTest(change=change):
                (self.folder / "h.db").write_bytes(good)
                with sqlite3.connect(self.folder / "h.db") as other:
                    other.executescript(change)
                self.refused("h.db", adding=False)

    def test_an_empty_file_has_no_run_and_takes_some(self):
        (self.folder / "h.db").write_bytes(b"")
        code, out, _ = self.command("history", "h.db")
        self.assertEqual(code, 0)
        self.assertIn("no run yet", out)
        self.add(self.report())
        self.assertEqual(self.finding()["marks"], "1")

    def test_a_read_only_file_is_read_and_not_written(self):
        self.add(self.report())
        (self.folder / "h.db").chmod(0o444)
        code, out, err = self.as_nobody("history", "h.db")
        self.assertEqual(code, 0, err)
        self.assertIn("1 finding: 1 new", out)
        for name, said in (("h.db", "cannot be written"), ("new.db", "cannot be made: Permission denied")):
            code, out, err = self.as_nobody("history", "add", name, "base.json")
            self.assertEqual((code, out), (2, ""))
            self.assert_one_line(err, name, said)
        self.assertFalse((self.folder / "new.db").exists())

    def test_bad_reports_are_a_line_each_and_the_good_ones_are_added(self):
        (self.folder / "half.json").write_text((self.folder / "base.json").read_text()[:900])
        newer = self.report(lambda report: report.update(version=99))
        out, err = self.add("half.json", self.report(), newer, "missing.json", ".", code=2)
        self.assertIn("1 run added", out)
        self.assertEqual(err.count("\n"), 4, err)
        for name in ("half.json", newer, "missing.json", "'.'"):
            self.assertIn(name, err)

    def test_hostile_names_come_back_as_they_were_and_steer_nothing(self):
        evil = "x');DROP TABLE runs;--\x1b[2J</script>\u202e\"" + "n" * 10_000

        def rename(report):
            report["outcomes"][1]["name"] = evil
            report["command"] = evil

        self.add(self.report(rename))
        self.assertIn([evil], [found["in"] for found in self.history()["findings"]])
        _, out, _ = self.command("history", "h.db", "-v")
        self.assertNotIn("\x1b", out)
        self.assertNotIn("\u202e", out)
        self.command("history", "h.db", "--html", "h.html")
        page = (self.folder / "h.html").read_text()
        self.assertNotIn("--\x1b", page)
        self.assertEqual(page.count("</script>"), 1)
        name = "e\x1b[31m'\u202e.db"
        code, _, err = self.command("history", name)
        self.assertEqual(code, 2)
        self.assertNotIn("\x1b", err)

    def test_names_that_sqlite_takes_for_something_else_are_files(self):
        for name in (":memory:", "file:x.db?mode=memory", "a b#c%20.db"):
            code, _, err = self.command("history", "add", name, "base.json")
            self.assertEqual(code, 0, err)
            self.assertTrue((self.folder / name).is_file(), name)
            self.assertEqual(len(self.history(name)["runs"]), 1)


class Together(HistoryTest):
    def test_a_reader_writes_nothing(self):
        self.add(self.report())
        file = self.folder / "h.db"
        before = (file.read_bytes(), file.stat().st_mtime_ns, sorted(os.listdir(self.folder)))
        self.command("history", "h.db", "-v")
        self.assertEqual((file.read_bytes(), file.stat().st_mtime_ns, sorted(os.listdir(self.folder))), before)

    def test_many_writers_at_once_lose_nothing_and_count_a_run_once(self):
        shared = self.report()
        own = [self.report() for _ in range(6)]
        writers = [self.start("history", "add", "h.db", file, shared) for file in own]
        for writer in writers:
            out, err = writer.communicate(timeout=BOUND)
            self.assertEqual(writer.returncode, 0, out + err)
        self.assertEqual(len(self.history()["runs"]), 7)
        self.assertEqual(self.finding()["marks"], "1" * 7)

    def test_one_that_is_locked_for_long_is_one_line(self):
        self.add(self.report())
        other = sqlite3.connect(self.folder / "h.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        readers = [self.start("history", "h.db"), self.start("history", "add", "h.db", self.report())]
        for process in readers:
            out, err = process.communicate(timeout=BOUND)
            self.assertEqual((process.returncode, out), (2, ""))
            self.assert_one_line(err, "another process")
        other.execute("ROLLBACK")
        self.assertEqual(self.finding()["marks"], "1")

    def killed_at(self, number, file):
        process = self.start("history", "add", "h.db", file, LD_PRELOAD=KILLED_AT_WRITE, KILL_AT=str(number))
        process.communicate(timeout=BOUND)
        return process.returncode

    def begin_again(self, start):
        for name in ("h.db", "h.db-journal"):
            (self.folder / name).unlink(missing_ok=True)
        if start is not None:
            (self.folder / "h.db").write_bytes(start)

    def every_kill(self, start, file):
        """Kills the writer at each of its changes in turn, each time from the same start."""
        self.begin_again(start)
        nothing = {"version": 1, "runs": [], "findings": []} if start is None else self.history()
        self.add(file)
        whole = self.history()
        self.assertNotEqual(nothing, whole)
        kills = 0
        for number in range(1, 1000):
            self.begin_again(start)
            code = self.killed_at(number, file)
            if code == 0:
                break
            self.assertEqual(code, -signal.SIGKILL)
            kills += 1
            if (self.folder / "h.db").exists():
                self.assertIn(self.history(), (nothing, whole), f"killed at change {number}")
            self.add(file)
            self.assertEqual(self.history(), whole, f"killed at change {number}")
        self.assertEqual(self.history(), whole)
        self.assertGreater(kills, 5)

    def test_a_writer_that_is_killed_anywhere_leaves_all_or_nothing(self):
        self.add(*[self.report() for _ in range(3)])
        self.every_kill((self.folder / "h.db").read_bytes(), self.report())

    def test_what_a_killed_writer_left_is_read_right_or_refused_by_who_may_not_repair_it(self):
        self.add(*[self.report() for _ in range(3)])
        start, file, refused = (self.folder / "h.db").read_bytes(), self.report(), 0
        for number in range(1, 1000):
            (self.folder / "h.db-journal").unlink(missing_ok=True)
            (self.folder / "h.db").write_bytes(start)
            if self.killed_at(number, file) == 0:
                break
            code, out, err = self.as_nobody("history", "h.db")
            if code == 2:
                refused += 1
                self.assert_one_line(err, "h.db", "left unfinished", "cannot be written")
            else:
                self.assertRegex(out, "^h.db: [34] runs ")
        self.assertGreater(refused, 0)

    def test_one_that_is_killed_while_it_makes_the_file_leaves_one_to_go_on_with(self):
        self.every_kill(None, self.report())

    def test_many_that_are_killed_beside_others_that_are_not(self):
        self.add(self.report())
        victims = [self.start("history", "add", "h.db", self.report(), LD_PRELOAD=KILLED_AT_WRITE, KILL_AT=str(at)) for at in (2, 4, 6)]
        others = [self.start("history", "add", "h.db", self.report()) for _ in range(3)]
        for process in victims + others:
            process.communicate(timeout=BOUND)
        self.assertEqual([process.returncode for process in others], [0, 0, 0])
        self.assertIn(len(self.history()["runs"]), range(4, 8))


if __name__ == "__main__":
    if not KILLED_AT_WRITE:
        sys.exit("GRIDLOCK_KILLED_AT_WRITE must name the library: run this through ctest")
    support.main()
