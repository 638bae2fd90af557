# SPDX-License-Identifier: Apache-2.0
"""Whatever a scenario does to itself, or somebody to the runner: verdicts stay right and nothing is left behind."""

import json
import os
import signal
import subprocess
import unittest

import support
from support import CommandTest, alive, wait_until

# What each misbehaving scenario must come to, and a word of the reason.
VERDICTS = {
    "good/silent": ("as-expected", "no finding"),
    "good/prints": ("as-expected", "no finding"),
    "good/deadlock": ("as-expected", "deadlock"),
    "good/grandchild": ("as-expected", "no finding"),
    "good/daemon": ("as-expected", "no finding"),
    "bad/segv": ("crashed", "SIGSEGV"),
    "bad/raise": ("crashed", "SIGSEGV"),
    "bad/sigkill": ("crashed", "SIGKILL"),
    "bad/abort": ("crashed", "SIGABRT"),
    "bad/throw": ("crashed", "SIGABRT"),
    "bad/exit-3": ("crashed", "exit code 3"),
    "bad/hang": ("timed-out", "10 s"),
    "bad/hang-deaf": ("timed-out", "10 s"),
    "bad/hang-dump": ("timed-out", "10 s"),
    "bad/flood": ("timed-out", "10 s"),
    "bad/unexpected": ("unexpected", "lock-order-cycle"),
    "bad/missed": ("missed", "starvation"),
    "bad/log": ("crashed", "findings.jsonl:"),
}


class RunSurvives(CommandTest):
    def test_every_scenario_of_a_bad_lot_gets_its_own_verdict(self):
        code, outcomes = self.run_json("--timeout", "10", "--jobs", "4", "--filter", "good/*", "--filter", "bad/*")
        self.assertEqual(code, 1)
        self.assertEqual(set(outcomes), set(VERDICTS))
        for name, (verdict, word) in VERDICTS.items():
            with self.subTest(name):
                self.assertEqual(outcomes[name]["verdict"], verdict, outcomes[name])
                self.assertIn(word, outcomes[name]["reason"])
        self.assertEqual(list(self.tmp.iterdir()), [], "no temporary files stay")
        pids = self.fixture_pids()
        self.assertEqual(len(pids), 4, "two that hang, a grandchild and a daemon")
        for pid in pids:
            wait_until(lambda pid=pid: not alive(pid), f"end of {pid}")
        self.assertLessEqual(len(outcomes["bad/flood"]["output"]), 64 * 1024)
        self.assertIn("nobody catches me", outcomes["bad/throw"]["output"])
        self.assertEqual(outcomes["bad/hang-dump"]["dump"]["reason"], "timeout")
        self.assertEqual((outcomes["bad/segv"]["signal"], outcomes["bad/exit-3"]["exit_code"]), (11, 3))

        self.assertIn("wait_for_ever", json.dumps(outcomes["bad/hang"]["dump"]), "the dump says where it hangs")

    def test_environment_in_which_thread_sanitizer_cannot_run_is_tried_once_more_and_named(self):
        _, outcomes = self.run_json("tsan/needs-setarch", "tsan/fatal")
        reason = outcomes["tsan/fatal"]["reason"]
        self.assertEqual(outcomes["tsan/fatal"]["verdict"], "crashed")
        self.assertIn("setarch -R" if support.TSAN else "exit code 66", reason)
        self.assertEqual(outcomes["tsan/needs-setarch"]["verdict"], "as-expected" if support.TSAN else "crashed",
                         "the second try has fixed addresses")

    def test_grandchild_that_holds_the_output_does_not_hold_up_the_run(self):
        code, outcomes = self.run_json("--timeout", "100", "good/grandchild")
        self.assertEqual(code, 0)
        self.assertLess(outcomes["good/grandchild"]["seconds"], 60)

    def interrupt(self, number):
        process = self.start("run", "--jobs", "2", "--timeout", "100", "--json", "result.json", "good/silent",
                             "bad/hang", "bad/hang-deaf")
        wait_until(lambda: len(self.fixture_pids()) == 2, "both hang")
        process.send_signal(number)
        self.out, err = process.communicate(timeout=support.BOUND)
        return process.returncode, err

    def test_interrupted_run_kills_its_processes_and_writes_what_it_has(self):
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            with self.subTest(number):
                self.pids.unlink(missing_ok=True)
                returned, err = self.interrupt(number)
                self.assertEqual(returned, code)
                self.assert_one_line(err, number.name, "2 of 3 scenarios")
                self.assertIn("SUMMARY: 3 scenarios: 1 as expected, 2 not run, ", self.out)
                self.assertNotIn("next:", self.out)
                outcomes = json.loads((self.folder / "result.json").read_text())["outcomes"]
                self.assertEqual([one["name"] for one in outcomes], ["good/silent"])
                self.assertEqual(list(self.tmp.iterdir()), [])
                self.assertFalse([pid for pid in self.fixture_pids() if alive(pid)])

    def test_an_interruption_of_the_scenario_too_is_no_verdict_on_it(self):
        """A terminal sends it to all processes of a job, and Slurm's time limit does."""
        process = self.start("run", "--jobs", "1", "--timeout", "100", "--json", "result.json", "good/silent", "bad/hang")
        wait_until(lambda: len(self.fixture_pids()) == 1, "it hangs")
        scenario, = self.fixture_pids()
        os.kill(scenario, signal.SIGTERM)
        wait_until(lambda: not alive(scenario), f"end of {scenario}")
        process.send_signal(signal.SIGTERM)
        self.out, err = process.communicate(timeout=support.BOUND)
        self.assertEqual(process.returncode, 143)
        self.assert_one_line(err, "SIGTERM", "1 of 2 scenarios")
        outcomes = json.loads((self.folder / "result.json").read_text())["outcomes"]
        self.assertEqual([one["name"] for one in outcomes], ["good/silent"])

    def test_killed_runner_leaves_no_process(self):
        returned, _ = self.interrupt(signal.SIGKILL)
        self.assertEqual(returned, -signal.SIGKILL)
        for pid in self.fixture_pids():
            wait_until(lambda pid=pid: not alive(pid), f"end of {pid}")

    @unittest.skipIf(support.TSAN, "ThreadSanitizer needs a thread of its own")
    def test_machine_without_a_process_to_spare_costs_verdicts_but_not_the_report(self):
        if os.geteuid() == 0:  # the limit does not hold for root: give it up for the run
            prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            os.chmod(self.folder, 0o755)
            os.chmod(self.tmp, 0o777)
        else:
            prefix = []
        probe = subprocess.run([*prefix, support.FIXTURE, "--version"], capture_output=True, check=False)
        if probe.returncode != 0:
            self.skipTest("the build directory is closed to other users")
        done = subprocess.run([*prefix, "prlimit", "--nproc=0", support.FIXTURE, "run", "good/silent", "good/prints"],
                              env=self.environment(GRIDLOCK_SYMBOLIZER="none"), capture_output=True,
                              text=True, timeout=support.BOUND, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count("could not be started: fork"), 4, "a line and the report, each twice")
        self.assertEqual(list(self.tmp.iterdir()), [])

    def test_ignored_sigchld_of_the_caller_loses_no_exit_code(self):
        shell = ["sh", "-c", 'trap "" CHLD; exec "$0" "$@"', support.FIXTURE, "run", "good/silent"]
        done = subprocess.run(shell, env=self.environment(), capture_output=True, timeout=support.BOUND, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_options_of_the_user_reach_the_process(self):
        options = "recent_records=64"
        code, _ = self.run_json("good/silent", GRIDLOCK_OPTIONS=options)
        self.assertEqual(code, 0)


if __name__ == "__main__":
    support.main()
