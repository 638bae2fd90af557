#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A replay line gives the same trace in other processes, each time: replay_test.py PROGRAM [REPLAYS]."""
import os
import subprocess
import sys


def run(program, what, seed, line=""):
    environment = dict(os.environ, GRIDLOCK_REPLAY=line)
    done = subprocess.run([program, what, seed], env=environment, capture_output=True, text=True, check=False, timeout=100)
    return done.stdout.split()


def main():
    program, replays = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
    kinds = {"counter": "check-failed", "locks": "deadlock", "message": "check-failed"}
    for what, kind in kinds.items():
        for seed in "12":
            found = run(program, what, seed)
            if len(found) != 4 or found[0] != kind:
                sys.exit(f"{what}, seed {seed}: {found}")
            same = sum(run(program, what, seed, found[3])[:3] == [kind, found[1], "0"] for _ in range(replays // 4))
            print(f"{what}, seed {seed}: {same} of {replays // 4} replays have its trace; {found[3]}")
            if same != replays // 4:
                sys.exit("a replay took another way")


if __name__ == "__main__":
    main()
