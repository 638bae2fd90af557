#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs benchmarks and prints gridlock's time as a multiple of the standard's, medians of one run.

  tests/perf/ratios.py build/release/tests/perf/gridlock_lock_bench build/release/tests/perf/gridlock_lock_bench_tsan

Each benchmark exists as NAME/std and NAME/gridlock; the repetitions of all of them are interleaved at random, so that
noise of the machine meets both alike. Exit code 1 when a benchmark has no partner or nothing ran.
"""
import argparse
import json
import os
import re
import subprocess
import sys


def medians(program, repetitions, min_time, more):
    environment = dict(os.environ)
    environment.setdefault("TSAN_OPTIONS", "detect_deadlocks=0:history_size=7")
    environment.setdefault("GRIDLOCK_OPTIONS", "exit_code=0:quiet=1:log_path=/dev/null")
    done = subprocess.run(
        [program, *more, "--benchmark_enable_random_interleaving=true", f"--benchmark_repetitions={repetitions}",
         f"--benchmark_min_time={min_time}", "--benchmark_report_aggregates_only=true", "--benchmark_format=json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"ratios.py: {program} exited with {done.returncode}: {done.stderr.strip()[-300:]}")
    rows = json.loads(done.stdout)["benchmarks"]
    return {row["run_name"]: row["real_time" if "/real_time" in row["run_name"] else "cpu_time"]
            for row in rows if row.get("aggregate_name", "median" if repetitions == 1 else "") == "median"}


def label(name):
    for part in ("/std", "/real_time"):
        name = name.replace(part, "")
    return re.sub("/iterations:[0-9]+", "", name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--quick", action="store_true", help="a few milliseconds each: does it run at all?")
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--filter", help="a regular expression of names")
    parser.add_argument("--nests", type=int, help="gridlock_nest_bench: nests of a row")
    arguments = parser.parse_args()
    repetitions, min_time = (3, 0.001) if arguments.quick else (arguments.repetitions, 0.05)
    more = [f"--nests={arguments.nests}"] if arguments.nests else []
    more += [f"--benchmark_filter={arguments.filter}"] if arguments.filter else []
    for program in arguments.programs:
        found = medians(program, repetitions, min_time, more)
        pairs = [name for name in found if "/std" in name]
        if not pairs:
            sys.exit(f"ratios.py: {program} ran no benchmark named NAME/std")
        print(os.path.basename(program))
        width = max(19, *(len(label(name)) for name in pairs))
        for name in sorted(pairs):
            partner = name.replace("/std", "/gridlock")
            if partner not in found:
                sys.exit(f"ratios.py: {name} has no partner {partner}")
            print(f"  {label(name):{width}} std {found[name]:7.1f} ns   gridlock {found[partner]:7.1f} ns"
                  f"   ratio {found[partner] / found[name]:.2f}")


if __name__ == "__main__":
    main()
