#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a program pays for being watched: interpose_bench with libgridlock_watch.so in front of it, and without, in turn.

  interpose_ratios.py [--rounds N] BENCH LIBRARY     a line for each case: plain and watched nanoseconds, and their ratio
"""

import argparse
import os
import subprocess
import sys


def run(bench, library):
    environment = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "GRIDLOCK_OPTIONS")}
    if library:
        environment.update(LD_PRELOAD=library, GRIDLOCK_OPTIONS="exit_code=0")
    done = subprocess.run([bench], env=environment, capture_output=True, text=True, timeout=300, check=True)
    return {name: float(value) for name, value in (line.split() for line in done.stdout.splitlines())}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("bench")
    parser.add_argument("library")
    arguments = parser.parse_args()
    if not os.path.isfile(arguments.library):
        parser.error(f"no such library: {arguments.library}")  # the loader would go on without it
    plain, watched = {}, {}
    for _ in range(arguments.rounds):
        for library, best in ((None, plain), (arguments.library, watched)):
            for name, value in run(arguments.bench, library).items():
                best[name] = min(value, best.get(name, value))
    print(f"{'case':8} {'plain':>8} {'watched':>8} {'ratio':>6}")
    for name, value in plain.items():
        print(f"{name:8} {value:8.1f} {watched[name]:8.1f} {watched[name] / value:6.2f}")
    return 0 if plain.keys() == watched.keys() and plain else 1


if __name__ == "__main__":
    sys.exit(main())
