#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gridlock explore, replay and merge: command_test.py GRIDLOCK GTEST_PROGRAM REPLAY_PROGRAM PLAIN_PROGRAM."""
import itertools
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PLAIN, COUNTING, TESTS, GRIDLOCK = (os.path.abspath(sys.argv.pop()) for _ in range(4))
LINE = r"gl1:[0-9a-z.:+-]+"
LOST = "Counter.LosesAnUpdate"
HOLDS = "Counter.AddsUnderALock"
SHARDS = ("GTEST_", "GRIDLOCK_", "SLURM_", "CI_", "CIRCLE_", "BUILDKITE_", "AWS_", "JOB_COMPLETION", "GITHUB_")


def clean(**more):
    own = {name: value for name, value in os.environ.items() if not name.startswith(SHARDS)}
    return {**own, "NO_COLOR": "1", **more}


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def run_gridlock(self, *words, code=0, **environment):
        done = subprocess.run([GRIDLOCK, *map(str, words)], env=clean(**environment), cwd=self.folder, capture_output=True, text=True,
                              check=False, timeout=200)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def explore(self, test, *options, code=0, json_file="report.json", **environment):
        text = self.run_gridlock("explore", "--json", json_file, *options, "--", TESTS, f"--gtest_filter={test}", code=code, **environment)
        return text, json.loads((self.folder / json_file).read_text())

    def line_of(self, test):
        return self.explore(test, code=1)[1]["outcomes"][0]["exploration"]["replay"]


class Explore(CommandTest):
    def test_the_report_follows_the_schema(self):
        try:
            import jsonschema  # pylint: disable=import-outside-toplevel
        except ImportError:
            self.skipTest("needs Debian's python3-jsonschema")
        schema = json.loads((pathlib.Path(__file__).resolve().parents[2] / "reports/schema/report.v1.schema.json").read_text())
        for test in (LOST, "Locks.*", "Race.*", "Error.*"):
            jsonschema.validate(self.explore(test, code=1)[1], schema)

    def test_what_fails_is_a_finding_with_its_schedule(self):
        text, report = self.explore(LOST, "--html", "page.html", "--log", "log.jsonl", code=1)
        self.assertIn("How its threads took turns", text)
        self.assertRegex(text, rf"again: gridlock replay {LINE} -- PROGRAM")
        outcome, = report["outcomes"]
        self.assertEqual(outcome["name"], LOST)
        finding, = outcome["findings"]
        self.assertEqual(finding["kind"], "assertion-failed")
        self.assertIn("count_to_two()", finding["detail"])
        self.assertTrue(re.fullmatch(LINE, finding["execution"]["replay"]))
        self.assertGreater(len(finding["execution"]["path"]), 1)
        places = [frame.get("file", "") for step in finding["execution"]["path"] for frame in step["stack"]]
        self.assertTrue(any(place.endswith("gtest_program.cc") for place in places))
        self.assertIn("How its threads took turns", (self.folder / "page.html").read_text())
        again = self.run_gridlock("report", "log.jsonl", code=1)
        self.assertIn("assertion-failed", again)

    def test_kinds_are_those_of_the_findings(self):
        for test, kind in (("Locks.*", "deadlock"), ("Race.*", "data-race")):
            finding, = self.explore(test, code=1)[1]["outcomes"][0]["findings"]
            self.assertEqual(finding["kind"], kind)
            self.assertEqual(len(finding["threads"]) if kind == "deadlock" else len(finding["accesses"]), 2)
        self.assertEqual(len(self.explore("Locks.*", code=1)[1]["outcomes"][0]["findings"][0]["cycle"]), 2)

    def test_an_exception_has_no_finding_but_fails(self):
        text, report = self.explore("Error.*", code=1)
        self.assertIn("out of paper", text)
        self.assertEqual(report["outcomes"][0]["verdict"], "crashed")
        self.assertIn("exception", report["outcomes"][0]["reason"])

    def test_what_holds_is_one_outcome_with_its_counts(self):
        text, report = self.explore(HOLDS, "--executions", 300)
        exploration = report["outcomes"][0]["exploration"]
        self.assertEqual(exploration["shards"], [{"shard": 1, "executions": 300, "whole": True}])
        self.assertIn(f"300 executions, {len(exploration['traces'])} different schedules", text)
        self.assertGreater(len(exploration["traces"]), 3)

    def test_options_reach_the_program(self):
        exploration = self.explore(HOLDS, "--executions", 20, "--strategy", "pct", "--seed", 77)[1]["outcomes"][0]["exploration"]
        self.assertEqual((exploration["strategy"], exploration["seed"], exploration["asked"]), ("pct", 77, 20))
        begin = time.monotonic()
        exploration = self.explore(HOLDS, "--time", 1)[1]["outcomes"][0]["exploration"]
        self.assertGreater(time.monotonic() - begin, 1)
        self.assertEqual(exploration["asked"], 0)

    def test_an_execution_with_more_steps_than_are_asked_for_has_no_end(self):
        self.explore(HOLDS, "--max-steps", 100000)
        exploration = self.explore(HOLDS, "--max-steps", 7, code=1)[1]["outcomes"][0]["exploration"]
        self.assertEqual((exploration["failure"], exploration["steps"]), ("livelock", 8))
        again = self.run_gridlock("replay", exploration["replay"], "--", TESTS, f"--gtest_filter={HOLDS}", code=1)
        self.assertIn("reproduced", again)
        self.assertIn("livelock, the same", again)
        self.assertIn("--max-steps", self.run_gridlock("explore", "--max-steps", 0, "--", TESTS, code=2))

    def test_all_schedules_are_said_to_be_all(self):
        text, report = self.explore(HOLDS, "--strategy", "exhaustive")
        exploration = report["outcomes"][0]["exploration"]
        self.assertEqual((exploration["strategy"], exploration["asked"]), ("exhaustive", 0))
        self.assertRegex(exploration["exhausted"], r"^all [1-9][0-9]* schedules seen")
        self.assertIn(exploration["exhausted"], " ".join(text.split()))
        bounded = self.explore(HOLDS, "--strategy", "exhaustive", "--preemption-bound", 1)[1]["outcomes"][0]["exploration"]
        self.assertIn("at most 1 preemptions", bounded["exhausted"])
        delayed = self.explore(HOLDS, "--strategy", "exhaustive", "--delay-bound", 1)[1]["outcomes"][0]["exploration"]
        self.assertIn("at most 1 delays", delayed["exhausted"])
        cut_short = self.explore(HOLDS, "--strategy", "exhaustive", "--executions", 1)[1]["outcomes"][0]["exploration"]
        self.assertNotIn("exhausted", cut_short)
        line = self.explore(LOST, "--strategy", "exhaustive", code=1)[1]["outcomes"][0]["exploration"]["replay"]
        self.assertTrue(line.startswith("gl1:y"), line)
        self.assertIn("the same", self.run_gridlock("replay", line, "--", TESTS, f"--gtest_filter={LOST}", code=1))

    def test_all_schedules_cannot_be_shared(self):
        for words in (["--jobs", 2], ["--shard", "1/2"]):
            text = self.run_gridlock("explore", "--strategy", "exhaustive", *words, "--", TESTS, code=2)
            self.assertEqual(text.count("\n"), 1, text)
            self.assertIn("cannot be shared", text)
        self.assertIn("cannot be shared", self.run_gridlock("explore", "--strategy", "exhaustive", "--", TESTS, code=2, GRIDLOCK_SHARD="2/3"))
        for bound in ("--preemption-bound", "--delay-bound"):
            self.assertIn("exhaustive", self.run_gridlock("explore", bound, 1, "--", TESTS, code=2))

    def test_memory_that_is_weak_finds_what_is_wrong_by_its_orders(self):
        message = "Message.IsBehindItsFlag"
        strong = self.explore(message, "--strategy", "exhaustive")[1]["outcomes"][0]["exploration"]
        self.assertEqual(strong["strategy"], "exhaustive")
        self.assertIn("schedules seen", strong["exhausted"])
        self.explore(message, "--memory", "sequential")
        for strategy in ("mix", "exhaustive"):
            text, report = self.explore(message, "--memory", "weak", "--strategy", strategy, code=1)
            exploration = report["outcomes"][0]["exploration"]
            self.assertEqual(exploration["strategy"], strategy + "+weak")
            finding, = report["outcomes"][0]["findings"]
            stale = r"an older store: read 0, which was there before; newest is 7, stored at gtest_program.cc:\d+ by T2"
            self.assertRegex(finding["detail"], stale)
            self.assertRegex(" ".join(text.split()), stale)
            self.assertIn("the same", self.run_gridlock("replay", exploration["replay"], "--", TESTS, f"--gtest_filter={message}", code=1))
        self.explore(HOLDS, "--memory", "weak", "--strategy", "exhaustive")
        text = self.run_gridlock("explore", "--memory", "strong", "--", TESTS, code=2)
        self.assertIn("--memory", text)

    def test_each_strategy_has_its_name(self):
        for strategy in ("mix", "random", "pct", "pos", "surw", "postpone"):
            exploration = self.explore(LOST, "--strategy", strategy, code=1)[1]["outcomes"][0]["exploration"]
            self.assertEqual(exploration["strategy"], strategy)
            self.assertIn("the same", self.run_gridlock("replay", exploration["replay"], "--", TESTS, f"--gtest_filter={LOST}", code=1))

    def test_jobs_share_the_executions(self):
        for jobs in (2, 3):
            exploration = self.explore(HOLDS, "--executions", 100, "--jobs", jobs)[1]["outcomes"][0]["exploration"]
            self.assertEqual(exploration["shards"], [{"shard": 1, "executions": 100, "whole": True}])

    def test_a_program_that_was_not_built_so_is_explored_as_a_whole(self):
        self.assertIn("100 executions", self.run_gridlock("explore", "--executions", 100, "--", PLAIN))
        self.assertIn("diverged", self.run_gridlock("replay", self.line_of(LOST), "--", PLAIN))

    def test_a_script_may_start_one(self):
        script = self.folder / "tests.sh"
        script.write_text(f"#!/bin/sh\nexec {TESTS} \"$@\"\n")
        script.chmod(0o755)
        self.run_gridlock("explore", "--executions", 10, "--", script, f"--gtest_filter={HOLDS}")
        script.write_text("#!/bin/sh\ntrue\n")
        self.assertIn("gridlock_explore()", self.run_gridlock("explore", "--", script, code=2))

    def test_without_any_test_it_is_an_error(self):
        self.assertIn("no test", self.run_gridlock("explore", "--", TESTS, "--gtest_filter=None.*", code=2))

    def test_wrong_words_are_errors_of_use(self):
        for words in (["--shard", "5/4"], ["--shard", "0/4"], ["--shard", "x"], ["--executions", "0"], ["--strategy", "luck"],
                      ["--time", "1", "--executions", "1"]):
            self.run_gridlock("explore", *words, "--", TESTS, code=2)
        self.run_gridlock("explore", code=2)

    def test_known_findings_do_not_count(self):
        self.explore(LOST, code=1, json_file="old.json")
        self.explore(LOST, "--baseline", "old.json")

    def interrupted(self, send):
        words = [GRIDLOCK, "explore", "--time", "600", "--json", "report.json", "--", TESTS, f"--gtest_filter={HOLDS}"]
        with subprocess.Popen(words, env=clean(), cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              start_new_session=True) as process:
            time.sleep(3)
            send(process.pid)
            out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 143, out + err)
        self.assertIn("was ended before all of it was done: it was interrupted", out)
        shard, = json.loads((self.folder / "report.json").read_text())["outcomes"][0]["exploration"]["shards"]
        self.assertFalse(shard["whole"])
        self.assertGreater(shard["executions"], 0)

    def test_an_interruption_leaves_a_report(self):
        self.interrupted(lambda pid: os.kill(pid, signal.SIGTERM))

    def test_an_interruption_of_the_program_too_leaves_a_report(self):
        """Slurm's time limit ends all processes of a step."""
        def send(pid):
            child, = map(int, subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True).stdout.split())
            gone = os.pidfd_open(child)
            signal.pidfd_send_signal(gone, signal.SIGTERM)
            select.select([gone], [], [])
            os.close(gone)
            os.kill(pid, signal.SIGTERM)
        self.interrupted(send)

    def test_on_a_terminal_a_line_is_rewritten(self):
        main, other = pty.openpty()
        words = [GRIDLOCK, "explore", "--time", "2", "--", TESTS, f"--gtest_filter={HOLDS}"]
        with subprocess.Popen(words, env=clean(TERM="xterm"), stdout=subprocess.DEVNULL, stderr=other):
            os.close(other)
            text = b""
            try:
                while part := os.read(main, 4096):
                    text += part
            except OSError:  # the other end is closed
                pass
        os.close(main)
        self.assertRegex(text.decode(), r"\r\x1b\[K\d+ s  [0-9,]+ executions  [0-9,]+/s  [0-9,]+ schedules")


class Replay(CommandTest):
    def test_reproduces_and_says_so(self):
        for test, kind in ((LOST, "check-failed"), ("Locks.AreTakenInTwoOrders", "deadlock"), ("Error.IsNotCaught", "exception")):
            line = self.line_of(test)
            text = self.run_gridlock("replay", line, "--", TESTS, f"--gtest_filter={test}", code=1)
            self.assertRegex(text, rf"reproduced in {re.escape(test)}: {kind}, the same \d+ steps")

    def test_finds_the_test_of_the_line_among_several(self):
        text = self.run_gridlock("replay", self.line_of("Locks.AreTakenInTwoOrders"), "--", TESTS, code=1)
        self.assertIn("reproduced in Locks.AreTakenInTwoOrders", text)
        self.assertNotIn("differ first", text)

    def test_of_another_test_diverges_at_a_step(self):
        text = self.run_gridlock("replay", self.line_of(LOST), "--", TESTS, f"--gtest_filter={HOLDS}")
        self.assertRegex(text, r"they differ first (at step \d+|between the steps \d+ and \d+)")
        self.assertIn("the program is the same", text)
        self.assertIn("not reproduced", text)

    def test_of_another_program_says_that_it_was_changed(self):
        done = subprocess.run([COUNTING, "c", "1"], env=clean(), capture_output=True, text=True, check=False)
        line = done.stdout.split()[3]
        text = self.run_gridlock("replay", line, "--", TESTS, f"--gtest_filter={HOLDS}")
        self.assertIn("the program was changed since the line was made", text)

    def test_a_line_that_is_none_is_an_error_of_use(self):
        line = self.line_of(LOST)
        for wrong in ("gl1", line[:-1], line.replace("gl1", "gl2"), line[:20] + ("0" if line[20] != "0" else "1") + line[21:]):
            self.assertIn("is no replay line", self.run_gridlock("replay", wrong, "--", TESTS, code=2))
        self.run_gridlock("replay", line, code=2)
        self.run_gridlock("replay", "--step", "3", line, "--", TESTS, code=2)

    @unittest.skipUnless(shutil.which("gdb"), "gdb is not installed")
    def test_gdb_stops_before_the_step(self):
        probe = subprocess.run(["gdb", "-q", "-batch", "-ex", "run", "--args", "true"], capture_output=True, text=True, check=False)
        if "exited normally" not in probe.stdout:
            self.skipTest("gdb may not run programs here")
        line = self.line_of(LOST)
        for step in ([], ["--step", "5"]):
            done = subprocess.run([GRIDLOCK, "replay", "--gdb", *step, line, "--", TESTS, f"--gtest_filter={LOST}"], env=clean(), input="",
                                  capture_output=True, text=True, check=False, timeout=150)
            self.assertRegex(done.stdout, r"hit Breakpoint 1.*gridlock_explore_stop", done.stdout + done.stderr)
            self.assertIn("gtest_program.cc", done.stdout)


class Shards(CommandTest):
    def parts(self, of, *options):
        names = []
        for number in range(1, of + 1):
            names.append(f"part-{number}.json")
            self.explore(HOLDS, "--executions", 50, "--shard", f"{number}/{of}", *options, json_file=names[-1])
        return names

    def merged(self, *names, code=0):
        text = self.run_gridlock("merge", *names, "--json", "merged.json", code=code)
        return text, json.loads((self.folder / "merged.json").read_text())

    def test_together_are_the_whole(self):
        text, report = self.merged(*self.parts(3))
        exploration = report["outcomes"][0]["exploration"]
        self.assertEqual([shard["executions"] for shard in exploration["shards"]], [17, 17, 16])
        self.assertIn("50 executions", text)
        self.assertIn("all 3 shards", text)

    def test_in_any_order_and_given_twice_are_the_same(self):
        names = self.parts(3)
        results = []
        for order in [*itertools.permutations(names), names + names[:2]]:
            self.merged(*order)
            results.append((self.folder / "merged.json").read_text())
        self.assertEqual(len(set(results)), 1)

    def test_merged_in_steps_are_the_same(self):
        names = self.parts(3)
        whole = self.merged(*names)[1]
        self.run_gridlock("merge", names[0], names[1], "--json", "two.json", code=1)
        self.assertEqual(self.merged(names[2], "two.json")[1]["outcomes"], whole["outcomes"])

    def test_one_that_is_lost_is_shown(self):
        names = self.parts(3, "--jobs", "2")
        text, report = self.merged(names[0], names[2], code=1)
        self.assertIn("shard 2 of 3 is lost", text)
        self.assertEqual(report["outcomes"][0]["verdict"], "crashed")
        (self.folder / names[1]).write_text("{")
        text, _ = self.merged(*names, code=2)
        self.assertIn("shard 2 of 3 is lost", text)

    def test_a_finding_of_one_is_in_the_whole(self):
        names = []
        for number in (1, 2):
            names.append(f"part-{number}.json")
            self.explore(LOST, "--shard", f"{number}/2", code=1, json_file=names[-1])
        text, report = self.merged(*names, code=1)
        self.assertEqual(len(report["outcomes"][0]["findings"]), 1)
        self.assertIn("again: gridlock replay", text)

    def test_of_other_searches_are_not_merged(self):
        self.explore(HOLDS, "--executions", 10, "--shard", "1/2", json_file="a.json")
        self.explore(HOLDS, "--executions", 10, "--seed", 9, "--shard", "2/2", json_file="b.json")
        self.assertIn("another search", self.run_gridlock("merge", "a.json", "b.json", code=2))

    def test_are_read_from_the_surroundings(self):
        cases = (
            ({"GTEST_TOTAL_SHARDS": "4", "GTEST_SHARD_INDEX": "1"}, 2, 4),
            ({"SLURM_ARRAY_TASK_ID": "30", "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_STEP": "10", "SLURM_ARRAY_TASK_COUNT": "4"}, 3, 4),
            ({"SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_COUNT": "2"}, 1, 2),
            ({"JOB_COMPLETION_INDEX": "2", "GRIDLOCK_SHARDS": "3"}, 3, 3),
            ({"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "2"}, 2, 2),
            ({"CIRCLE_NODE_INDEX": "0", "CIRCLE_NODE_TOTAL": "2"}, 1, 2),
            ({"BUILDKITE_PARALLEL_JOB": "1", "BUILDKITE_PARALLEL_JOB_COUNT": "2"}, 2, 2),
            ({"AWS_BATCH_JOB_ARRAY_INDEX": "4", "AWS_BATCH_JOB_ARRAY_SIZE": "5"}, 5, 5),
            ({"GRIDLOCK_SHARD": "2/3", "GTEST_TOTAL_SHARDS": "4", "GTEST_SHARD_INDEX": "1"}, 2, 3),
        )
        for variables, number, of in cases:
            text, report = self.explore(HOLDS, "--executions", 10, **variables)
            self.assertIn(f"shard {number} of {of} (", text)
            exploration = report["outcomes"][0]["exploration"]
            self.assertEqual((exploration["of"], exploration["shards"][0]["shard"]), (of, number), variables)

    def test_that_make_no_sense_are_errors_of_use(self):
        for variables in ({"JOB_COMPLETION_INDEX": "0"}, {"GTEST_TOTAL_SHARDS": "2", "GTEST_SHARD_INDEX": "2"}, {"GRIDLOCK_SHARD": "3"},
                          {"SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_COUNT": "5"},
                          {"SLURM_ARRAY_TASK_ID": "1"}, {"CI_NODE_INDEX": "0", "CI_NODE_TOTAL": "2"}):
            self.run_gridlock("explore", "--", TESTS, code=2, **variables)

    @unittest.skipUnless(shutil.which("parallel"), "GNU parallel is not installed")
    def test_of_gnu_parallel_are_the_whole(self):
        subprocess.run(["parallel", "--jobs", "2", GRIDLOCK, "explore", "--executions", "40", "--shard", "{}/4", "--json", "part-{}.json", "--", TESTS,
                        f"--gtest_filter={HOLDS}", ":::", "1", "2", "3", "4"], env=clean(), cwd=self.folder, check=True, timeout=150,
                       capture_output=True)
        self.assertIn("all 4 shards", self.merged(*(f"part-{number}.json" for number in range(1, 5)))[0])


if __name__ == "__main__":
    unittest.main()
