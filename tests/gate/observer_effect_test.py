# SPDX-License-Identifier: Apache-2.0
"""The observer hides no race and invents none: `observer_effect_test.py PROGRAM [RUNS]`.

Runs every variant of an observer_program RUNS times (15) under ThreadSanitizer, prints the rates, and fails unless each
race is seen in all of them and each silent variant is silent in all of them.
"""
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 15


def reported(program, name, folder):
    environment = {key: value for key, value in os.environ.items() if key not in ("GRIDLOCK_OPTIONS", "TSAN_OPTIONS")}
    environment["GRIDLOCK_OPTIONS"] = f"exit_code=0:log_path={folder}/%p.jsonl"
    environment["TSAN_OPTIONS"] = "exitcode=66:history_size=7:detect_deadlocks=0:atexit_sleep_ms=0:symbolize=0"
    done = subprocess.run([program, name], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          timeout=60, check=False)
    assert done.returncode in (0, 66), f"{name} exited with {done.returncode}: {done.stderr[-500:]}"
    seen = "WARNING: ThreadSanitizer" in done.stderr
    assert seen == (done.returncode == 66), f"{name}: exit code {done.returncode}, but: {done.stderr[-500:]}"
    return seen


def main():
    program = sys.argv[1]
    variants = [line.split() for line in subprocess.run([program, "--list"], stdout=subprocess.PIPE, text=True, timeout=60,
                                                         check=True).stdout.splitlines()]
    assert len(variants) > 10 and {kind for _, kind in variants} == {"race", "silent"}
    wrong = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, kind in variants:
            seen = sum(pool.map(lambda _, name=name: reported(program, name, folder), range(RUNS)))
            print(f"{kind:6} {name:22} reported {seen:2} of {RUNS}", flush=True)
            if seen != (RUNS if kind == "race" else 0):
                wrong.append(name)
    sys.exit(f"the observer changed what ThreadSanitizer sees: {', '.join(wrong)}" if wrong else 0)


main()
