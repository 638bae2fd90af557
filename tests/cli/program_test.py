# SPDX-License-Identifier: Apache-2.0
"""A user's own program with findings, from its exit code to the report over the logs of several runs."""

import json
import os
import pathlib
import re
import signal
import subprocess

import support
from support import TSAN, CommandTest

PROGRAM = os.environ.get("GRIDLOCK_PROGRAM", "")


class ProgramTest(CommandTest):
    def program(self, *arguments, options="", cwd=None, **extra):
        """Exit code, stdout and stderr of the program."""
        process = self.begin(*arguments, options=options, cwd=cwd, **extra)
        out, err = process.communicate(timeout=support.BOUND)
        return process.returncode, out, err

    def begin(self, *arguments, options="", cwd=None, **extra):
        tsan = "report_thread_leaks=0:atexit_sleep_ms=0:detect_deadlocks=0:" + extra.pop("TSAN_OPTIONS", "")
        environment = self.environment(TSAN_OPTIONS=tsan, **extra)
        if options:
            environment["GRIDLOCK_OPTIONS"] = options
        return subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL, text=True, env=environment, cwd=cwd or self.folder)

    def logs(self):
        return sorted(self.folder.glob("gridlock.*.jsonl"))

    def log_of(self, what, way="return", *rest, name):
        self.program(what, way, *rest, options=f"log_path={name}:quiet=1:exit_code=0")
        return name


class ExitCode(ProgramTest):
    # Where ThreadSanitizer has a thread of its own, main is never the last one, and such a program does not end at all.
    WAYS = ["return", "exit", "quick_exit", "_exit", "_Exit", "exit-in-thread", "running", "vfork", "fork-after",
            *([] if TSAN else ["pthread_exit"])]

    def test_is_66_with_a_finding_and_untouched_without_whatever_way_the_program_ends(self):
        for way in self.WAYS:
            self.assertEqual(self.program("cycle", way)[0], 66, way)
            code, _, err = self.program("none", way)
            self.assertEqual(code, 0, way)
            self.assertEqual(err, "", way)

    def test_own_failure_is_kept(self):
        for way in ["return", "exit", "_exit", "_Exit", "exit-in-thread"]:
            code, _, err = self.program("cycle", way, 3)
            self.assertEqual(code, 3, way)
            self.assertEqual(self.program("none", way, 3)[0], 3, way)
            if not TSAN:
                self.assertIn("gridlock: 1 finding; exit code 3 is the program's own\n", err)
        self.assertEqual(self.program("cycle", "exit", 256)[0], 66, "of which the parent would see 0")

    def test_is_the_option_exit_code_and_0_leaves_it_alone(self):
        self.assertEqual(self.program("cycle", options="exit_code=7")[0], 7)
        code, _, err = self.program("cycle", options="exit_code=0")
        self.assertEqual(code, 0)
        self.assertIn("[lock-order-cycle]", err)
        code, _, err = self.program("cycle", options="exit_code=256")
        self.assertEqual(code, 2)
        self.assertIn("not between 0 and 255: 'exit_code'", err)

    def test_counts_findings_of_static_destructors_and_of_atexit(self):
        for what in ["static", "atexit"]:
            for way in ["return", "exit"]:
                code, out, _ = self.program(what, way)
                self.assertEqual((code, out), (66, "flushed\n"), what)

    def test_streams_are_flushed_although_the_code_is_changed(self):
        for way in ["return", "exit", "exit-in-thread"]:
            self.assertEqual(self.program("cycle", way)[1], "flushed\n", way)

    def test_deadlock_that_happened_has_the_same_code_and_1_where_it_is_left_alone(self):
        code, _, err = self.program("deadlock")
        self.assertEqual(code, 66)
        self.assertIn("gridlock: 1 finding; the process cannot go on and ends with exit code 66\n", err)
        self.assertEqual(self.program("deadlock", options="exit_code=9")[0], 9)
        self.assertEqual(self.program("deadlock", options="exit_code=0")[0], 1)
        code, _, err = self.program("deadlock", options="on_deadlock=abort")
        self.assertEqual(code, -signal.SIGABRT)
        self.assertIn("ends by SIGABRT", err)

    def test_findings_count_for_the_process_that_made_them(self):
        for way in ["process", "fork"]:
            code, out, _ = self.program("cycle", way)
            self.assertEqual((code, out), (0, "child 66\n"), way)
            self.assertEqual(self.program("none", way)[:2], (0, "child 0\n"), way)
        self.assertEqual(self.program("cycle", "fork-after")[1], "flushed\nchild 0\n")

    def test_signal_that_ends_the_program_stays_what_it_is(self):
        self.assertEqual(self.program("cycle", "abort")[0], -signal.SIGABRT)
        self.assertEqual(self.program("cycle", "kill")[0], -signal.SIGKILL)

    def test_thread_sanitizers_own_code_stays(self):
        if not TSAN:
            self.assertEqual(self.program("race")[0], 0, "nobody looks for races")
            return
        for options in ["", "exit_code=0", "exit_code=7"]:
            self.assertEqual(self.program("race", options=options)[0], 66, options)
        self.assertEqual(self.program("race", options="exit_code=7", TSAN_OPTIONS="exitcode=0")[0], 7)
        self.assertEqual(self.program("cycle", options="exit_code=7")[0], 7)


class Stderr(ProgramTest):
    def test_says_each_finding_with_names_and_places_then_where_the_log_is_then_the_code(self):
        _, _, err = self.program("cycle")
        (log,) = self.logs()
        lines = err.splitlines()
        self.assertEqual(len(lines), 3, err)
        self.assertRegex(lines[0], r"^gridlock: Possible deadlock: .*bob \(M2, program\.cc:\d+\) => alice \(M1, "
                                   r"program\.cc:\d+\) => bob; threads rent \(T3\) and gift \(T2\) \[lock-order-cycle\]$")
        self.assertEqual(lines[1], f"gridlock: finding written to {log.name}; read it with: gridlock report {log.name}")
        self.assertEqual(lines[2], "gridlock: 1 finding; exit code 66 in place of 0 (option exit_code)")

    def test_says_ten_and_counts_the_others(self):
        _, _, err = self.program("misuses")
        self.assertEqual(err.count("[misuse-unlock-free]"), 10, err)
        self.assertIn("gridlock: 12 findings, 2 of them only in the log; exit code 66", err)

    def test_has_the_text_before_the_program_is_killed_or_hangs(self):
        self.assertIn("[lock-order-cycle]", self.program("cycle", "kill")[2])
        process = self.begin("cycle", "wait")
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertIn("[lock-order-cycle]", process.stderr.readline())
        self.assertIsNone(process.poll())

    def test_has_it_also_with_a_log_path_and_nothing_with_quiet(self):
        self.assertIn("[lock-order-cycle]", self.program("cycle", options="log_path=x.jsonl")[2])
        code, _, err = self.program("cycle", options="quiet=1")
        self.assertEqual((code, err), (66, ""))

    def test_log_that_cannot_be_written_costs_neither_text_nor_code(self):
        code, _, err = self.program("cycle", cwd="/proc")
        self.assertEqual(code, 66)
        self.assertIn("gridlock: cannot write findings to 'gridlock.", err)
        self.assertIn("[lock-order-cycle]", err)
        self.assertNotIn("finding written to", err)

    def test_two_programs_at_once_write_two_logs(self):
        both = [self.begin("cycle"), self.begin("cycle")]
        for one in both:
            one.communicate(timeout=support.BOUND)
        self.assertEqual(len(self.logs()), 2)


class Report(ProgramTest):
    def test_words_a_log_as_a_program(self):
        self.program("cycle", "return", 0, "two words")
        (log,) = self.logs()
        pid = log.name.split(".")[1]
        code, out, err = self.command("report", log.name)
        self.assertEqual((code, err), (1, ""))
        races = "" if TSAN else ", no ThreadSanitizer: data races were not looked for"
        self.assertEqual(out.splitlines()[0], f"{log.name}: 1 finding ({pathlib.Path(PROGRAM).name}, pid {pid}{races})")
        self.assertIn("  command: " + PROGRAM + " cycle return 0 'two words'\n", out)
        self.assertRegex(out, r"\nSUMMARY: 1 log: 1 finding\nnext: \S+ report -v \S+\n\Z")
        for word in ["expected:", "found:", "declared", "again:", "why:", "scenario"]:
            self.assertNotIn(word, out)

    def test_clean_log_is_one_line_and_exit_code_0(self):
        code, out, _ = self.command("report", self.log_of("none", name="clean.jsonl"))
        self.assertEqual(code, 0)
        self.assertEqual(out.count("\n"), 2, out)
        self.assertIn("clean.jsonl: no finding (", out)

    def test_every_normal_end_leaves_a_log_that_has_ended(self):
        for way in ["return", "exit", "quick_exit", "_exit", "_Exit", "exit-in-thread"]:
            code, out, _ = self.command("report", self.log_of("none", way, name=f"{way}.jsonl"))
            self.assertEqual(code, 0, (way, out))

    def test_log_of_a_killed_program_is_not_as_expected(self):
        for what in ["none", "cycle"]:
            code, out, _ = self.command("report", self.log_of(what, "kill", name=f"{what}.jsonl"))
            self.assertEqual(code, 1, what)
            self.assertIn("did not end normally: it was killed, or crashed, or still runs", out)
        process = self.begin("none", "wait", options="log_path=running.jsonl")
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), "flushed\n")
        code, out, _ = self.command("report", "running.jsonl")
        self.assertEqual(code, 1)
        self.assertIn("still runs", out)

    def test_deadlock_explains_the_end(self):
        code, out, _ = self.command("report", self.log_of("deadlock", name="log.jsonl"))
        self.assertEqual(code, 1)
        self.assertNotIn("did not end", out)

    def test_crash_is_said_once(self):
        self.program("none", "abort", options="log_path=log.jsonl:crash_handler=1")
        code, out, _ = self.command("report", "log.jsonl")
        self.assertEqual(code, 1)
        self.assertIn("  crashed by SIGABRT\n", out)
        self.assertIn("Every thread when it crashed (SIGABRT):", out)
        self.assertNotIn("did not end", out)
        self.assertIn("SUMMARY: 1 log: no finding, 1 crashed", out)

    def test_requested_dump_is_no_crash(self):
        process = self.begin("none", "wait", options="log_path=log.jsonl:dump_signal=10")
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.assertEqual(process.stdout.readline(), "flushed\n")
        process.send_signal(signal.SIGUSR1)
        log = self.folder / "log.jsonl"
        support.wait_until(lambda: '"record":"dump"' in log.read_text(), "the dump")
        process.kill()
        process.wait()
        with log.open("a") as file:  # as if it had gone on and ended well
            file.write(json.dumps({"record": "end", "pid": process.pid}) + "\n")
        code, out, _ = self.command("report", "log.jsonl")
        self.assertEqual(code, 0, out)
        self.assertIn("Every thread when a dump was requested:", out)
        self.assertNotIn("crashed", out)
        self.assertNotIn("timeout", out)

    def test_many_logs_show_each_finding_once_and_say_where_it_was_found(self):
        names = [self.log_of("cycle", name="a.jsonl"), self.log_of("cycle", "kill", name="b.jsonl"),
                 self.log_of("none", name="c.jsonl"), self.log_of("deadlock", name="d.jsonl")]
        code, out, err = self.command("report", *names, "--json", "all.json", "--html", "all.html", "--text")
        self.assertEqual((code, err), (1, ""))
        self.assertEqual(out.count("[lock-order-cycle]"), 1)
        self.assertRegex(out, r"found twice: in \w+ \(pid \d+, pid \d+\)")
        self.assertIn("b.jsonl: 1 finding, shown above (", out)
        self.assertIn("SUMMARY: 4 logs: 2 findings (3 times) in 3 of them, 1 did not end normally\n", out)
        document = json.loads((self.folder / "all.json").read_text())
        self.assertEqual([one["name"] for one in document["outcomes"]], names)
        self.assertEqual([len(one["findings"]) for one in document["outcomes"]], [1, 0, 0, 1])
        self.assertEqual([one["program"]["ended"] for one in document["outcomes"]], [True, False, True, True])
        self.assertEqual([(one["log"], one["times"]) for one in document["sightings"]],
                         [("a.jsonl", 1), ("b.jsonl", 1), ("d.jsonl", 1)])
        page = (self.folder / "all.html").read_text()
        self.assertIn("found twice: in ", page)
        self.assertNotIn("scenario was", page)
        # The JSON says the same again, also beside a log that it has and one that it has not. (Where a page is written, it is next.)
        for logs in (["all.json"], ["all.json", "a.jsonl"]):
            self.assertRegex(self.command("report", *logs)[1], "\\A" + re.escape(out) + r"next: \S+ report -v .*\n\Z")
        again = self.command("report", "all.json", self.log_of("cycle", name="e.jsonl"))[1]
        self.assertIn("SUMMARY: 5 logs: 2 findings (4 times) in 4 of them", again)

    def test_one_log_given_twice_counts_once(self):
        self.log_of("cycle", name="a.jsonl")
        self.assertIn("SUMMARY: 1 log: 1 finding\n", self.command("report", "a.jsonl", "./a.jsonl")[1])

    def test_scenarios_and_programs_go_into_one_report(self):
        self.run_json("good/silent")
        code, out, _ = self.command("report", "result.json", self.log_of("cycle", name="a.jsonl"))
        self.assertEqual(code, 1)
        self.assertIn("SUMMARY: 1 scenario: 1 as expected; 1 log: 1 finding", out)

    def test_suppressed_in_one_log_is_suppressed_in_all(self):
        names = [self.log_of("cycle", name="a.jsonl"), self.log_of("cycle", name="b.jsonl")]
        (self.folder / "known").write_text("lock:alice\n")
        code, out, _ = self.command("report", *names, "--suppressions", "known")
        self.assertEqual(code, 0, out)
        self.command("report", *names, "--json", "all.json")
        self.assertEqual(self.command("report", "all.json")[0], 1)
        self.assertEqual(self.command("report", "all.json", "--suppressions", "known")[0], 0)

    def test_what_cannot_be_read_is_one_line_each_and_loses_nothing_else(self):
        self.log_of("cycle", name="good.jsonl")
        (self.folder / "empty.jsonl").write_text("")
        (self.folder / "foreign.jsonl").write_text('{"event":1}\n')
        (self.folder / "cut.jsonl").write_text('{"record":"sta')
        (self.folder / "damaged.jsonl").write_text((self.folder / "good.jsonl").read_text() + "rubbish\n")
        (self.folder / "bad.json").write_text("{")
        bad = {"empty.jsonl": "empty.jsonl: is empty", "foreign.jsonl": "foreign.jsonl:1: no log of Gridlock: no member",
               "cut.jsonl": "cut.jsonl:1: no log of Gridlock: the line is cut", "missing.jsonl": "cannot read 'missing.jsonl'",
               "bad.json": "bad.json: line 1, column", "tmp": "'tmp' is a directory", "damaged.jsonl": "damaged.jsonl:"}
        code, out, err = self.command("report", "good.jsonl", *bad)
        self.assertEqual(code, 2)
        self.assertIn("good.jsonl: 1 finding", out)
        self.assertIn("damaged.jsonl: 1 finding, shown above", out)
        self.assertEqual(err.count("\n"), len(bad), err)
        for line in bad.values():
            self.assertIn("gridlock: " + line, err)
        for name, line in bad.items():
            code, out, err = self.command("report", name)
            self.assertEqual(code, 2, name)
            self.assert_one_line(err, line)

    def test_no_file_at_all_is_refused(self):
        code, out, err = self.command("report")
        self.assertEqual((code, out), (2, ""))
        self.assert_one_line(err, "FILE")


class Build(ProgramTest):
    def test_says_whether_it_looks_for_races(self):
        version = self.command("--version")[1]
        out = self.command("run", "good/silent")[1]
        self.assertIn("(built with ThreadSanitizer)" if TSAN else "(built without ThreadSanitizer", version)
        self.assertEqual("data races were not looked for" in out, not TSAN)

    def test_runner_is_not_confused_by_the_users_exit_code(self):
        code, outcomes = self.run_json("good/deadlock", "bad/unexpected", GRIDLOCK_OPTIONS="exit_code=5")
        self.assertEqual(code, 1)
        self.assertEqual({name: one["verdict"] for name, one in outcomes.items()},
                         {"good/deadlock": "as-expected", "bad/unexpected": "unexpected"})
        code, _, err = self.command("run", "--set", "exit_code=5", "good/silent")
        self.assertEqual(code, 2)
        self.assert_one_line(err, "--set: exit_code", "for itself")


if __name__ == "__main__":
    support.main()
