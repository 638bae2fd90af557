#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gridlock explore of programs that were not built for it: unbuilt_test.py GRIDLOCK PROGRAM...

The programs are of tests/explore/unbuilt, each compiled by g++ and clang++ with -O0 and -O2.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

LINE = r"gl1:[0-9a-z.:+-]+"
GRIDLOCK, *PROGRAMS = map(os.path.abspath, sys.argv[1:])
del sys.argv[1:]
NAMES = {pathlib.Path(program).name: program for program in PROGRAMS}
PLAIN = [program for name, program in NAMES.items() if name.startswith("programs_")]
POSIX = [program for name, program in NAMES.items() if name.startswith("posix_")]
ONE = PLAIN[-1]
LINKER = re.search(r"interpreter: (\S+)\]", subprocess.run(["readelf", "-lW", ONE], capture_output=True, text=True, check=True).stdout)[1]

# What is found in each of unbuilt/programs.cc: the finding's kind, or the failure's where it is none of docs/findings.md.
FOUND = {"bank": "deadlock", "mailbox": "lost-wakeup", "permits": "starvation", "account": "assertion-failed", "ticket": "exit", "pipe": "starvation",
         "at_exit": "lost-wakeup", "thrown": "exception", "crash": "crash", "gate": "starvation", "polite": "livelock",
         "spins_in_vain": "livelock"}
FOUND_IN_C = {"buffer": "starvation", "c11": "deadlock", "server": "starvation"}


def clean(**more):
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GTEST_", "GRIDLOCK_SHARD", "GITHUB_"))}
    return {**own, "NO_COLOR": "1", **more}


class Unbuilt(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def run_gridlock(self, *words, code=0, stdin=None, **environment):
        done = subprocess.run([GRIDLOCK, *map(str, words)], env=clean(**environment), cwd=self.folder, capture_output=True, text=True,
                              check=False, timeout=200, stdin=stdin)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def explore(self, *words, code=0, stdin=None, options=(), **environment):
        text = self.run_gridlock("explore", "--json", "report.json", *options, "--", *words, code=code, stdin=stdin, **environment)
        return text, json.loads((self.folder / "report.json").read_text())["outcomes"][0]

    def kind_of(self, outcome):
        findings = [finding["kind"] for finding in outcome["findings"]]
        return findings[0] if findings else outcome["exploration"].get("failure")

    def line_of(self, outcome):
        line = outcome["exploration"]["replay"]
        self.assertRegex(line, LINE)
        return line


def situations():
    """(program, name, kind): each once, by another compiler or another level in its turn; all of them with GRIDLOCK_LONG."""
    every = "GRIDLOCK_LONG" in os.environ
    for builds, kinds in ((PLAIN, FOUND), (POSIX, FOUND_IN_C)):
        for number, (name, kind) in enumerate(kinds.items()):
            for build in builds if every else [builds[number % len(builds)]]:
                yield build, name, kind


class Found(Unbuilt):
    def test_what_chance_never_shows_is_found_and_repeated_by_its_line(self):
        for program, name, kind in situations():
            with self.subTest(program=pathlib.Path(program).name, name=name):
                _, outcome = self.explore(program, name, code=1)
                self.assertEqual(self.kind_of(outcome), kind)
                again = self.run_gridlock("replay", self.line_of(outcome), "--", program, name, code=1)
                self.assertIn("the same", again)
                self.assertIn("reproduced: ", again)

    def test_mended_nothing_is_found(self):
        for program, name, _ in situations():
            with self.subTest(program=pathlib.Path(program).name, name=name):
                _, outcome = self.explore(program, name, "mended", options=["--executions", 200])
                self.assertEqual(outcome["findings"], [])
                self.assertEqual(outcome["exploration"]["shards"][0]["executions"], 200)

    def test_each_strategy_lets_those_go_on_that_a_thread_waits_for_without_sleeping(self):
        for strategy in ("random", "pct", "pos", "surw", "postpone"):
            with self.subTest(strategy=strategy):
                self.explore(ONE, "polls", options=["--strategy", strategy, "--executions", 200])
        self.explore(ONE, "spins", options=["--strategy", "postpone", "--executions", 10])

    def test_what_computes_does_not_spin(self):
        for program in PLAIN:
            with self.subTest(program=pathlib.Path(program).name):
                _, outcome = self.explore(program, "computes", options=["--executions", 3])
                self.assertLess(outcome["exploration"]["steps"], 10)

    def test_all_schedules_find_it_and_mended_they_end(self):
        for name in ("bank", "mailbox", "account", "ticket", "thrown", "crash", "pipe"):
            with self.subTest(name=name):
                _, outcome = self.explore(ONE, name, code=1, options=["--strategy", "exhaustive"])
                self.assertEqual(self.kind_of(outcome), FOUND[name])
                self.run_gridlock("replay", self.line_of(outcome), "--", ONE, name, code=1)
                text, outcome = self.explore(ONE, name, "mended", options=["--strategy", "exhaustive"])
                self.assertIn("schedules of its calls that synchronise seen", outcome["exploration"]["exhausted"])
                self.assertIn("a proof if it has no data race", text)

    def test_what_other_threads_do_behind_the_end_of_main_is_in_all_schedules(self):
        _, outcome = self.explore(ONE, "behind", code=1, options=["--strategy", "exhaustive"])
        self.assertEqual(self.kind_of(outcome), "assertion-failed")
        _, outcome = self.explore(ONE, "behind", "mended", options=["--strategy", "exhaustive"])
        self.assertIn("seen", outcome["exploration"]["exhausted"])


class Output(Unbuilt):
    def test_of_a_search_only_what_the_failing_execution_printed_is_shown(self):
        text, _ = self.explore(ONE, "account", code=1)
        self.assertIn("The execution that failed printed:\nbalance -20\n", text)
        self.assertNotIn("balance 40", text)
        text, _ = self.explore(ONE, "account", "mended", options=["--executions", 50])
        self.assertNotIn("balance", text)

    def test_a_replay_shows_what_it_prints(self):
        _, outcome = self.explore(ONE, "ticket", code=1)
        again = self.run_gridlock("replay", self.line_of(outcome), "--", ONE, "ticket", code=1)
        self.assertIn("both have ticket 1\n", again)

    def test_a_file_of_input_is_there_for_each_execution(self):
        (self.folder / "input").write_text("one\ntwo\n")
        with open(self.folder / "input", encoding="utf-8") as file:
            self.assertEqual(file.readline(), "one\n")
            file.seek(0)
            self.explore(ONE, "input", stdin=file, options=["--executions", 20])
        with open(self.folder / "input", encoding="utf-8") as file:
            self.explore(ONE, "input", stdin=file, options=["--executions", 20, "--jobs", 2])

    def test_the_main_thread_has_its_name_and_frames_of_the_program(self):
        text, outcome = self.explore(ONE, "bank", code=1)
        finding, = outcome["findings"]
        self.assertEqual({thread.get("name", "") for thread in finding["threads"]}, {"main", ""})
        frames = [frame for thread in finding["threads"] for frame in thread["wants"]["stack"]]
        self.assertTrue(any(frame.get("file", "").endswith("programs.cc") for frame in frames), frames)
        self.assertRegex(text, rf"again: gridlock replay {LINE} -- PROGRAM")

    def test_a_program_that_only_a_library_knows_is_explored_by_hand_too(self):
        library = pathlib.Path(os.environ["GRIDLOCK_EXPLORE_LIBRARY"])
        done = subprocess.run([ONE, "bank"], env=clean(LD_PRELOAD=str(library)), capture_output=True, text=True, check=False, timeout=100)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, rf"deadlock in execution[^\0]*GRIDLOCK_REPLAY={LINE}")


class Life(Unbuilt):
    def test_a_program_ends_as_it_does_alone(self):
        for name in ("besides", "starts"):
            for program in PLAIN:
                with self.subTest(program=pathlib.Path(program).name, name=name):
                    self.explore(program, name, options=["--executions", 20])

    def test_threads_of_static_objects_are_named_as_not_under_control(self):
        text = self.run_gridlock("explore", "--", NAMES["early"], code=2)
        self.assertRegex(text, r"^gridlock: cannot explore '.*early': it has 1 thread before main\(\) begins, .* cannot be under control\n$")

    def test_shares_and_jobs_are_the_whole(self):
        _, outcome = self.explore(ONE, "bank", "mended", options=["--executions", 100, "--jobs", 2])
        self.assertEqual(outcome["exploration"]["shards"][0]["executions"], 100)
        _, outcome = self.explore(ONE, "bank", "mended", options=["--executions", 100, "--shard", "2/3"])
        self.assertEqual(outcome["exploration"]["shards"][0]["executions"], 33)

    def test_a_hundred_executions_take_a_moment(self):
        begin = time.monotonic()
        self.explore(ONE, "bank", "mended", options=["--executions", 100])
        self.assertLess(time.monotonic() - begin, 20)  # a second, on a machine that does nothing else

    def test_programs_of_the_system_run_as_ever(self):
        (self.folder / "input").write_bytes(b"".join(b"%d some text %d\n" % (i * 7919 % 10007, i % 13) for i in range(20000)))
        for words in (["sort", "--parallel=4", "-S", "1M", "-o", "out", "input"], ["xz", "-T2", "--block-size=100000", "-kf", "input"],
                      ["pigz", "-p", "3", "-kf", "input"], ["zstd", "-T2", "-qf", "input"]):
            if shutil.which(words[0]) is None:
                continue
            with self.subTest(words=words[0]):
                written = self.folder / {"sort": "out", "xz": "input.xz", "pigz": "input.gz", "zstd": "input.zst"}[words[0]]
                subprocess.run(words, cwd=self.folder, check=True)
                alone = written.read_bytes()
                written.unlink()
                self.explore(*words, options=["--executions", 10])
                self.assertEqual(written.read_bytes(), alone)


class Errors(Unbuilt):
    def error_of(self, *words):
        text = self.run_gridlock("explore", "--", *words, code=2)
        self.assertEqual(text.count("\n"), 1, text)
        return text

    def test_what_cannot_be_explored_is_said_in_one_line(self):
        script = self.folder / "script"
        script.write_text("#!/bin/sh\nexit 0\n")
        script.chmod(0o755)
        text = self.folder / "text"
        text.write_text("no program\n")
        self.assertIn("statically linked", self.error_of(NAMES["static"]))
        self.assertIn("it is the dynamic linker; name the program alone", self.error_of(LINKER))
        self.assertIn("gridlock_explore()", self.error_of(script))
        self.assertIn("Permission denied", self.error_of(text))
        self.assertIn("no such program", self.error_of("gridlock-no-such-program"))
        self.assertIn("a directory", self.error_of(self.folder))
        self.assertIn("sanitizer", self.error_of(NAMES["tsan"]))

    def test_a_program_with_another_users_rights_is_refused(self):
        found = [path for path in ("/usr/bin/passwd", "/usr/bin/su", "/bin/su", "/usr/bin/mount") if os.path.exists(path) and
                 os.stat(path).st_mode & stat.S_ISUID and os.stat(path).st_uid != os.geteuid()]
        if not found:
            self.skipTest("no such program, or we are its user")
        self.assertIn("another user's rights", self.error_of(found[0]))

    def test_a_library_that_is_not_there_is_named(self):
        text = self.run_gridlock("explore", "--", ONE, "bank", code=2, GRIDLOCK_EXPLORE_LIBRARY="/nowhere.so")
        self.assertIn("GRIDLOCK_EXPLORE_LIBRARY: '/nowhere.so': No such file", text)

    def test_a_wait_outside_of_control_is_named_so(self):
        _, outcome = self.explore(ONE, "child", code=1, options=["--executions", 3])
        self.assertEqual(self.kind_of(outcome), "not-controlled")

    def test_what_another_process_writes_is_waited_for(self):
        text, _ = self.explore(ONE, "child", "mended", options=["--executions", 20])
        self.assertIn("20 executions", text)

    def test_an_interrupt_ends_it_with_what_was_done(self):
        words = [GRIDLOCK, "explore", "--time", "600", "--json", "report.json", "--", ONE, "bank", "mended"]
        with subprocess.Popen(words, cwd=self.folder, env=clean(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
            time.sleep(3)  # any number of executions will do
            running.send_signal(signal.SIGINT)
            output = running.communicate(timeout=60)[0]
        self.assertEqual(running.returncode, 130, output)
        outcome, = json.loads((self.folder / "report.json").read_text())["outcomes"]
        self.assertGreater(outcome["exploration"]["shards"][0]["executions"], 10)

    def test_gdb_stops_at_a_step(self):
        if shutil.which("gdb") is None:
            self.skipTest("needs gdb")
        _, outcome = self.explore(ONE, "bank", code=1)
        done = subprocess.run([GRIDLOCK, "replay", "--gdb", self.line_of(outcome), "--", ONE, "bank"], env=clean(), cwd=self.folder,
                              input="kill\nquit\n", capture_output=True, text=True, check=False, timeout=200)
        self.assertRegex(done.stdout, r"hit Breakpoint 1.*gridlock_explore_stop", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
