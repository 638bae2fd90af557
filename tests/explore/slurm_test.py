#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The job array of docs/explore.md, in a cluster of one machine: slurm_test.py GRIDLOCK GTEST_PROGRAM EXPLORE.MD.

The controller and the daemon of Slurm (Debian's slurm-wlm) run in a folder of the test, on ports of their own, as root because jobs
belong to whom submits them. Exit code 77: they are not installed, or this is not root.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

DOCUMENT, TESTS, GRIDLOCK = (os.path.abspath(sys.argv.pop()) for _ in range(3))
HOLDS = "Counter.AddsUnderALock"
LOST = "Counter.LosesAnUpdate"
NEEDED = ("slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "scontrol")
CONFIGURATION = """\
ClusterName=gridlock
SlurmctldHost=localhost
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
InactiveLimit=0
KillWait=30
SlurmctldPort={ctld}
SlurmdPort={slurmd}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName=localhost CPUs={cpus} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=10 State=UP
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, seconds=60):
    """What `what` returns, once that is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := what():
            return result
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s: {what.__doc__}")


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        configuration = folder / "slurm.conf"
        configuration.write_text(CONFIGURATION.format(ctld=free_port(), slurmd=free_port(), folder=folder, cpus=os.cpu_count()))
        # What Slurm or another runner of shards says of this very process is not for the jobs.
        own = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM_", "SBATCH_", "GTEST_", "GRIDLOCK_"))}
        self.environment = own | {"SLURM_CONF": str(configuration), "NO_COLOR": "1"}
        for name in ("state", "spool"):
            (folder / name).mkdir()
        self.daemons = [subprocess.Popen([shutil.which(name), "-D"], env=self.environment, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL, start_new_session=True) for name in ("slurmctld", "slurmd")]

        def node_is_idle():
            """a node that takes jobs"""
            return "idle" in self.run("sinfo", "-h", "-o", "%t", check=False)
        wait_for(node_is_idle)

    def run(self, *words, check=True, cwd=None):
        done = subprocess.run([str(word) for word in words], env=self.environment, capture_output=True, text=True, check=False, timeout=60, cwd=cwd)
        if check and done.returncode != 0:
            raise AssertionError(f"{words}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def stop(self):
        self.run("scancel", "--user=root", check=False)
        for daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


class Array(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="gridlock-slurm-"))
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        (cls.root / "cluster").mkdir()
        cls.cluster = Cluster(cls.root / "cluster")
        cls.addClassCleanup(cls.cluster.stop)
        text = re.search(r"<!-- file: explore.sbatch -->\n```text\n(.*?)```", pathlib.Path(DOCUMENT).read_text(), re.DOTALL)
        cls.script = text[1]

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.root))
        (self.folder / "build").mkdir()
        (self.folder / "build/account_test").symlink_to(TESTS)

    def submit(self, tasks, test, **changed):
        """The script of the document with fewer tasks, and with what is `changed` in it. The number of the job."""
        script = self.script
        for old, new in {"--array=1-64": f"--array=1-{tasks}", "srun gridlock": f"srun --overlap {GRIDLOCK}", **changed}.items():
            self.assertIn(old, script)
            script = script.replace(old, new)
        (self.folder / "explore.sbatch").write_text(script)
        said = self.cluster.run("env", f"GTEST_FILTER={test}", "sbatch", "--parsable", f"--output={self.folder}/out-%a", "explore.sbatch",
                                cwd=self.folder)
        return said.strip()

    def states(self, job):
        return self.cluster.run("squeue", "-h", "-r", "-j", job, "-o", "%T", check=False).split()

    def wait_for_end(self, job):
        def nothing_left():
            """an array without tasks"""
            return not self.states(job)
        wait_for(nothing_left, 150)

    def wait_for_progress(self, job, tasks):
        def all_run():
            """tasks that explore"""
            outputs = [self.folder / f"out-{task}" for task in tasks]
            return self.states(job).count("RUNNING") >= len(tasks) and all(file.exists() and "shard" in file.read_text() for file in outputs)
        wait_for(all_run)
        time.sleep(1)  # so that there is something to report: how much does not matter

    def processes_of(self, task):
        """Those of its steps."""
        number = self.cluster.run("squeue", "-h", "-r", "-j", task, "-o", "%A").strip()
        lines = [line.split() for line in self.cluster.run("scontrol", "listpids", number).splitlines()[1:]]
        return [int(line[0]) for line in lines if int(line[0]) > 0]

    def merged(self, *names, code=0):
        done = subprocess.run([GRIDLOCK, "merge", *names, "--json", "whole.json"], env=self.cluster.environment, cwd=self.folder,
                              capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr + self.outputs())
        return done.stdout + done.stderr, json.loads((self.folder / "whole.json").read_text())

    def outputs(self):
        return "".join(f"\n{file.name}:\n{file.read_text()}" for file in sorted(self.folder.glob("out-*")))

    def test_is_the_whole_exactly_once(self):
        job = self.submit(4, HOLDS, **{"--time 3600": "--executions 100"})
        self.wait_for_end(job)
        parts = [f"part-{task}.json" for task in range(1, 5)]
        text, report = self.merged(*reversed(parts))
        self.assertIn("all 4 shards", text)
        exploration = report["outcomes"][0]["exploration"]
        self.assertEqual(sorted(shard["shard"] for shard in exploration["shards"]), [1, 2, 3, 4])
        self.assertEqual(sum(shard["executions"] for shard in exploration["shards"]), 100)
        self.assertEqual(report["outcomes"][0]["verdict"], "as-expected")

    def test_finds_what_one_of_its_tasks_finds(self):
        job = self.submit(2, LOST, **{"--time 3600": "--executions 100"})
        self.wait_for_end(job)
        text, report = self.merged("part-1.json", "part-2.json", code=1)
        self.assertIn("again: gridlock replay", text)
        self.assertEqual([finding["kind"] for finding in report["outcomes"][0]["findings"]], ["assertion-failed"])

    def test_that_is_told_to_end_says_what_was_done_and_one_that_is_killed_is_lost(self):
        tasks = min(2, os.cpu_count())
        job = self.submit(tasks, HOLDS)
        self.wait_for_progress(job, range(1, tasks + 1))
        if tasks > 1:
            for pid in self.processes_of(f"{job}_2"):
                os.kill(pid, signal.SIGKILL)
        self.cluster.run("scancel", "--signal=TERM", f"{job}_1")  # as the time limit does
        self.wait_for_end(job)
        self.assertIn("interrupted by SIGTERM; the report has what was done by then", (self.folder / "out-1").read_text())
        self.assertFalse((self.folder / "part-2.json").exists())
        text, report = self.merged("part-1.json", code=1)
        shard, = report["outcomes"][0]["exploration"]["shards"]
        self.assertGreater(shard["executions"], 0)
        self.assertFalse(shard["whole"])
        self.assertIn("was ended before all of it was done: it was interrupted", text)
        if tasks > 1:
            self.assertRegex(text, r"shards? 2 of 2 (is|are) lost|shards 1.*2")


if __name__ == "__main__":
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        print(f"skipped: {'not installed: ' + ' '.join(missing) if missing else 'this is not root'}")
        sys.exit(77)
    unittest.main()
