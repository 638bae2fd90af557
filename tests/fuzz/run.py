#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one fuzz target: run.py BINARY CORPUS WORK LONGEST SECONDS|hours. What it finds new goes into WORK, whose inputs
count as a corpus the next time; CORPUS is only read. "hours": GRIDLOCK_FUZZ_HOURS of them, 8 if that is not set."""

import os
import pathlib
import subprocess
import sys


def main():
    binary, corpus, work, longest, seconds = sys.argv[1:]
    if seconds == "hours":
        seconds = int(float(os.environ.get("GRIDLOCK_FUZZ_HOURS", "8")) * 3600)
    binary, corpus, work = (pathlib.Path(name).resolve() for name in (binary, corpus, work))
    found, empty = work / "found", work / "empty"
    for folder in (found, empty, work / "artifacts"):
        folder.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRIDLOCK_")}
    environment.update({
        "GRIDLOCK_SYMBOLIZER": "none",  # no other process
        "ASAN_OPTIONS": "detect_leaks=1:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    })
    dictionary = pathlib.Path(__file__).with_name("words.dict")
    command = [str(binary), str(found), str(corpus), f"-max_total_time={seconds}", f"-max_len={longest}", "-timeout=60",
               "-rss_limit_mb=3000", f"-dict={dictionary}", f"-artifact_prefix={work}/artifacts/", "-print_final_stats=1",
               "-report_slow_units=20"]
    # Nothing of ours lies in the folder that names in the inputs are looked up in.
    result = subprocess.run(command, cwd=empty, env=environment, stderr=subprocess.PIPE, text=True, errors="replace",
                            check=False)
    lines = result.stderr.splitlines()
    if result.returncode != 0:
        print("\n".join(lines[-80:]))
        print(f"{binary.name}: failed; the input is in {work}/artifacts; put it into {corpus}")
        return 1
    print("\n".join(line for line in lines[-20:] if "DONE" in line or line.startswith("stat::")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
