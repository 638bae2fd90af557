# SPDX-License-Identifier: Apache-2.0
"""Whoever is killed, and whenever: no process and no directory of a run stays, and a run that lives loses nothing."""

import os
import pathlib
import random
import signal
import subprocess
import time
import unittest

import support
from support import CommandTest, alive, wait_until

PRELOAD = os.environ.get("GRIDLOCK_KILLED_BEFORE_EXEC", "")
SOON = 30  # seconds


def children(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def soon(condition, what):
    limit = time.monotonic() + SOON
    while not condition():
        if time.monotonic() > limit:
            raise AssertionError(f"not within {SOON} s: {what}")
        time.sleep(0.01)


class Killed(CommandTest):
    TREE = 23  # processes of tree/all: it, a child, a daemon, and twenty generations of daemons

    def setUp(self):
        super().setUp()
        self.addCleanup(self.end_what_is_left)

    def end_what_is_left(self):
        for pid in self.fixture_pids():
            if alive(pid):
                os.kill(pid, signal.SIGKILL)

    def start_tree(self, *arguments, **extra):
        """A run that has come to its tree's last process: (front, worker)."""
        self.pids.unlink(missing_ok=True)
        process = self.start("run", "--timeout", "100", *arguments, "tree/all", GRIDLOCK_SYMBOLIZER="none", **extra)
        wait_until(lambda: len(self.fixture_pids()) >= self.TREE, "the tree is complete")
        workers = children(process.pid)
        self.assertEqual(len(workers), 1, "one worker behind the front")
        return process, workers[0]

    def nothing_stays(self, *, folders=True):
        for pid in self.fixture_pids():
            soon(lambda pid=pid: not alive(pid), f"end of {pid}")
        if folders:
            soon(lambda: not self.left(), f"no folder: {self.left()}")

    def left(self):
        # ThreadSanitizer has a file for a moment when it starts.
        return [one for one in self.tmp.iterdir() if not one.name.startswith("tsan.rodata")]

    def test_front_killed(self):
        process, worker = self.start_tree()
        process.kill()
        process.communicate(timeout=SOON)
        self.nothing_stays()
        soon(lambda: not alive(worker), "end of the worker")

    def test_worker_killed(self):
        for number in (signal.SIGKILL, signal.SIGQUIT) if support.SANITIZED else (signal.SIGKILL, signal.SIGSEGV, signal.SIGQUIT):
            process, worker = self.start_tree()
            os.kill(worker, number)
            _, err = process.communicate(timeout=SOON)
            self.assertEqual(process.returncode, 3)
            self.assertIn(f"signal {number.value} ", err.splitlines()[-1])
            self.nothing_stays()

    def test_group_of_the_front_killed(self):
        self.pids.unlink(missing_ok=True)
        process = subprocess.Popen([support.FIXTURE, "run", "--timeout", "100", "tree/all"], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, env=self.environment(), start_new_session=True)
        wait_until(lambda: len(self.fixture_pids()) >= self.TREE, "the tree is complete")
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=SOON)
        self.nothing_stays()

    def test_both_killed_is_cleaned_by_the_next_run_and_scenarios_end_at_once(self):
        process, worker = self.start_tree()
        for pid in (process.pid, worker):
            os.kill(pid, signal.SIGSTOP)  # so that neither sees the end of the other
        for pid in (process.pid, worker):
            os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=SOON)
        soon(lambda: not alive(self.fixture_pids()[-1]), "end of the scenario's own process")
        self.assertEqual(len(list(self.tmp.iterdir())), 1)
        self.assertEqual(self.command("run", "good/silent")[0], 0)
        self.nothing_stays()

    def test_stopped_worker_of_a_killed_front_wakes_and_cleans(self):
        process, worker = self.start_tree()
        os.kill(worker, signal.SIGSTOP)
        process.kill()
        process.communicate(timeout=SOON)
        self.nothing_stays()

    def test_next_run_leaves_alone_what_lives_and_what_is_not_ours(self):
        process, worker = self.start_tree()
        named_so = self.tmp / "gridlock-run-abcdef"
        named_so.mkdir()
        (named_so / "thesis.txt").write_text("")
        other = self.tmp / "else"
        other.mkdir()
        (other / "file").write_text("")
        (self.tmp / "gridlock-run-linked").symlink_to(other)
        (self.tmp / "gridlock-run-file1").write_text("")
        before = sorted(self.tmp.iterdir())
        self.assertEqual(self.command("run", "good/silent")[0], 0)
        self.assertEqual(sorted(self.tmp.iterdir()), before)
        self.assertTrue((named_so / "thesis.txt").exists() and (other / "file").exists())
        self.assertTrue(all(map(alive, [process.pid, worker, *self.fixture_pids()])))
        process.terminate()
        process.communicate(timeout=SOON)
        self.nothing_stays(folders=False)
        self.assertEqual(len(list(self.tmp.iterdir())), len(before) - 1)

    def test_signals_end_it_by_their_number_and_nothing_stays(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            for whom in (0, 1):  # the front, the worker
                process, worker = self.start_tree()
                os.kill((process.pid, worker)[whom], number)
                _, err = process.communicate(timeout=SOON)
                self.assertEqual(process.returncode, 128 + number)
                self.assert_one_line(err, number.name)
                self.nothing_stays()

    def test_signals_that_the_caller_had_ignored_stay_ignored(self):
        process = subprocess.Popen(["sh", "-c", 'trap "" HUP; exec "$0" run --timeout 100 good/silent tree/all',
                                    support.FIXTURE], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=self.environment(GRIDLOCK_SYMBOLIZER="none"))
        wait_until(lambda: len(self.fixture_pids()) >= self.TREE, "the tree is complete")
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SOON)
        self.assertEqual(process.returncode, 143)
        self.nothing_stays()

    def test_processes_that_the_caller_had_before_are_not_ours(self):
        for name, code in (("good/daemon", 0), ("tree/parricide", 3)):
            shell = ["sh", "-c", 'sleep 1000 & echo $! > job; exec "$0" run "$1"', support.FIXTURE, name]
            done = subprocess.run(shell, env=self.environment(), cwd=self.folder, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=support.BOUND, check=False)
            self.assertEqual(done.returncode, code)
            job = int((self.folder / "job").read_text())
            self.assertTrue(alive(job), "the shell's job, before it became the run")
            os.kill(job, signal.SIGKILL)
            self.nothing_stays()

    def test_scenario_that_kills_its_runner_is_told_and_nothing_stays(self):
        code, _, err = self.command("run", "tree/parricide")
        self.assertEqual(code, 3)
        self.assert_one_line(err, "signal 9")
        self.nothing_stays()

    def test_kill_at_any_moment(self):
        """Not steered: the moments that nobody thought of."""
        seed = random.randrange(2 ** 32)
        chance = random.Random(seed)
        for _ in range(40):
            process = self.start("run", "--jobs", "4", "good/silent", "good/grandchild", "good/daemon", "good/prints",
                                 GRIDLOCK_SYMBOLIZER="none")
            time.sleep(chance.random() * 0.08)
            process.kill()
            process.communicate(timeout=SOON)
        with self.subTest(seed=seed):
            self.nothing_stays()

    @unittest.skipIf(not PRELOAD or support.TSAN, "a library is preloaded")
    def test_kill_between_fork_and_exec(self):
        # The first fork makes the worker; the worker's first is the second of its line.
        for at in ("fork 1", "fork 2", "exec 2 worker", "exec 2 front", "exec 2 both", "exec 3 worker", "exec 3 front",
                   "exec 3 both"):
            with self.subTest(at):
                self.pids.unlink(missing_ok=True)
                process = self.start("run", "--jobs", "2", "--timeout", "100", "good/daemon", "tree/all", "bad/hang",
                                     GRIDLOCK_SYMBOLIZER="none", LD_PRELOAD=PRELOAD, KILLED_AT=at)
                process.communicate(timeout=SOON)
                self.assertIn(process.returncode, (-signal.SIGKILL, 3))
                if at.endswith("both"):
                    self.assertEqual(self.command("run", "good/silent")[0], 0)
                self.nothing_stays()


if __name__ == "__main__":
    support.main()
