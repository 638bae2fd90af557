# SPDX-License-Identifier: Apache-2.0
"""Every system call of the observer fails once in turn, and no program is harmed and no verdict is green that is not.

faults_test.py short            representative programs, some of their calls with an error that changes from call to call
faults_test.py long             the same with every error
faults_test.py catalogue        every scenario of the catalogue, every call, with errors that change
faults_test.py one NAME N WHAT  one run, for looking at: the N-th call of the program NAME fails with WHAT (EIO, SHORT)
"""

import argparse
import concurrent.futures
import errno
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import tempfile

PROBE = os.environ.get("GRIDLOCK_FAULTY_PROBE", "")
CATALOGUE = os.environ.get("GRIDLOCK_FAULTY_CATALOGUE", "")
WHATS = {"SHORT": 0, **{name: getattr(errno, name) for name in ("EPERM", "EINTR", "EMFILE", "ENOMEM", "EIO", "EAGAIN", "ENOSPC")}}
BOUND = 4  # seconds that a run may take; alone it is a tenth of one
MOST_IN_SHORT = 16  # calls of a program, evenly over its run
PATIENCE = 60  # of one that took longer, when it is run again

# Situations of the probe, and what each must find; without anything it is correct.
PROGRAMS = {
    "lock-and-join": "deadlock",
    "ordered-contention": None,
    "lock-twice": "self-deadlock",
    "nobody-releases": "starvation",
    "pool-orders-beside": "lock-order-cycle",
    "wrong-lines": "misuse-unlock-free",
    "fork-held": "misuse-fork-held",
    "process-tree-deadlock": "self-deadlock",
    "ipc-crossed": "deadlock",
    "pool-orders-before-and-after": None,
    "fork-own": None,
    "keeps-its-signal-mask": None,
    "process-tree": None,
    "ipc-queue-kills": None,
}


class Result:
    def __init__(self, code, out, err, log, calls, failed):
        self.code, self.out, self.err, self.log, self.calls, self.failed = code, out, err, log, calls, failed
        self.hung = code is None

    def records(self):
        for line in self.log.splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                yield {"record": "damaged"}

    def finds(self, kind):
        return any(one.get("kind") == kind for one in self.records()) or f"[{kind}]" in self.err

    def has_finding(self):
        return any(one.get("record") == "finding" for one in self.records())

    def complete(self):
        names = [one.get("record") for one in self.records()]
        return "start" in names and "end" in names and "damaged" not in names

    def told(self):
        """A line says what is off; gridlock::Process, too, which could not start one."""
        return re.search(r"gridlock(::\w+)?: ", self.err) is not None

    def refused(self):
        """It said that there is no memory for its tables, and ended before anything could be wrong."""
        return self.code == 3 and re.match(r"gridlock: no (address space|memory) ", self.err) is not None

    def printed(self):
        return sorted(re.sub(r"\d+", "N", self.out).splitlines())  # process ids, and who was first


def run(command, at, what, options="", bound=BOUND):
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        tally, log = pathlib.Path(folder, "tally"), pathlib.Path(folder, "log")
        tally.write_bytes(bytes(4096))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GRIDLOCK_")}
        environment.update(GRIDLOCK_FAULT=f"{tally} {at} {what}", GRIDLOCK_OPTIONS=f"log_path={log}{options}")
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            out, err = process.communicate(timeout=bound)
            code = process.returncode
        except subprocess.TimeoutExpired:
            code = None
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        if code is None:
            out, err = process.communicate()
        calls, failed = struct.unpack("QQ", tally.read_bytes()[:16])
        text = log.read_text(errors="replace") if log.exists() else ""
        return Result(code, out.decode(errors="replace"), err.decode(errors="replace"), text, calls, failed)


def objection(kind, alone, now):
    """What is wrong with a run with a fault, against the one without; None if nothing is."""
    if now.refused():
        return None
    if kind is not None and now.finds(kind):
        return "hung after its finding" if now.hung and not alone.hung else None
    if not now.hung and now.code < 0 and alone.code >= 0 and not now.told():
        return f"crashed: signal {-now.code}"
    if kind is None:
        if now.hung and "gridlock::Process: " not in now.err:  # else it waits for one that could not be started
            return "hung"
        if now.has_finding() and not alone.has_finding():
            return "a correct program was reported"
        if (now.code, now.printed()) != (alone.code, alone.printed()) and "gridlock::Process: " not in now.err:
            return f"exit code {now.code} in place of {alone.code}, or its output changed"
        return None
    if now.told():
        return None
    if now.hung:
        return "hung, and nobody said why"
    if now.code == 0 and now.complete():
        return "green: nothing found, nothing said, and a log that is complete"
    return None


def errors_of(number, every):
    """All of them, or one that changes from call to call, whatever the step between them."""
    names = list(WHATS)
    return names if every else [names[(number * 2654435761 >> 16) % len(names)]]


def calls_before_main():
    """Those of every program: the short form lets them fail in one correct and in one broken program only."""
    return run([PROBE, "no such situation"], 0, 0).calls - 8  # and so many at its end


def check(pool, name, command, kind, *, every, first=1, step=1, most=1 << 30, options=""):
    """Lines about what went wrong, and how many runs there were."""
    alone = run(command, 0, 0, options, PATIENCE)
    wrong = []
    if kind is not None and not alone.finds(kind) or kind is None and (alone.hung or alone.has_finding()):
        return [f"{name}: without a fault it is not what it should be: {alone.code} {alone.err[-300:]}"], 1
    jobs = {}
    # Threads may be quicker or slower: some calls more than were counted.
    last = alone.calls + 10
    step = max(step, (last - first) // most)
    for number in range(first, last, step):
        for what in errors_of(number, every):
            jobs[pool.submit(run, command, number, WHATS[what], options)] = (number, what)
    hit = 0
    for job, (number, what) in jobs.items():
        now = job.result()
        hit += now.failed != 0
        text = objection(kind, alone, now)
        if text is not None and now.hung:  # or the machine was busy
            now = run(command, number, WHATS[what], options, PATIENCE)
            text = objection(kind, alone, now)
        if text is not None and now.failed != 0:
            wrong.append(f"{name}: call {number} (system call {now.failed - 1}) with {what}: {text}")
    if hit == 0 or step == 1 and every and hit < alone.calls:
        wrong.append(f"{name}: only {hit} of {alone.calls} calls could be made to fail")
    return wrong, len(jobs)


def scenarios():
    listed = json.loads(subprocess.run([CATALOGUE, "list", "--json"], capture_output=True, check=True).stdout)
    for one in listed:
        kinds = [kind for kind in one["expects"] if kind != "data-race"]
        if len(kinds) == len(one["expects"]):
            yield one["name"], kinds[0] if kinds else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("form", choices=("short", "long", "catalogue", "one"))
    parser.add_argument("words", nargs="*")
    parser.add_argument("--step", type=int, default=1, help="only each STEP-th call")
    parser.add_argument("--most", type=int, help="at most so many calls of a program, evenly over its run")
    parser.add_argument("--only", default="", help="only programs whose name has this expression")
    arguments = parser.parse_args()
    if arguments.form == "one":
        name, number, what = arguments.words
        command = [PROBE, name] if name in PROGRAMS else [CATALOGUE, "child", name]
        now = run(command, int(number), WHATS[what])
        print(f"exit code {now.code}, {now.calls} calls, failed: system call {now.failed - 1}\n{now.out}\n{now.err}\n{now.log}")
        return 0
    if arguments.form == "catalogue":
        programs = [(name, [CATALOGUE, "child", name], kind) for name, kind in scenarios()]
    else:
        programs = [(name, [PROBE, name], kind) for name, kind in PROGRAMS.items()]
    most = arguments.most or (MOST_IN_SHORT if arguments.form == "short" else 1 << 30)
    wrong, runs = [], 0
    common = calls_before_main() if arguments.form == "short" else 0
    tried = set()
    with concurrent.futures.ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        for name, command, kind in programs:
            if not re.search(arguments.only, name):
                continue
            if arguments.form == "catalogue" and kind is not None and not run(command, 0, 0, "", PATIENCE).finds(kind):
                print(f"{name}: left out, because it does not find {kind} in this build", flush=True)
                continue
            lines, count = check(pool, name, command, kind, every=arguments.form == "long", step=arguments.step,
                                 most=most,
                                 first=max(1, common) if (kind is None) in tried else 1,
                                 options="" if arguments.form != "catalogue" else ":exit_code=0")
            tried.add(kind is None)
            for line in lines:
                print(line, flush=True)
            print(f"{name}: {count} runs, {len(lines)} objections", flush=True)
            wrong += lines
            runs += count
    print(f"{runs} runs, {len(wrong)} objections")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
