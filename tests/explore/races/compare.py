#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Races of random programs: real ThreadSanitizer against our runtime, on the same schedule.

  compare.py OURS TSAN [--from SEED] [--count N]       exit code 1: they differ

What has to hold of each program, and is counted:

  1. each race that ThreadSanitizer reports we report: the same later access, and the same earlier one or one that makes it
     superfluous (ordered behind it, the same bytes, nothing weaker), which is all that is kept of the two
  2. each access that races with an earlier one by the rules of the standard is reported by us, or one that its thread made before
     is; the first one always is. (A second access of a thread since it last released something tells nothing new.)
  3. each race that we report is one by the rules of the standard
  4. each race that we report is reported by ThreadSanitizer, too, in a run of the same schedule in which no other access is to
     be seen. In the full run it reports one race an access at most, keeps four accesses to eight bytes
     and forgets one of them by chance where a fifth comes

ThreadSanitizer does not have the standard's rules in three places: fences order nothing for it, so it reports what they do order;
a read-modify-write is looked at before what it acquires is, so it may race with what it is ordered behind; and a relaxed
store does not end what a release store before it has published, so races behind one are missed. Those races are counted by two models of vector clocks that compare each pair of accesses, and are no differences of 1 and 4.
"""

import argparse
import subprocess
import sys


def read(binary, first, count):
    """Seed -> name of a set -> pairs (earlier, later)."""
    result = subprocess.run([binary, "--from", str(first), "--count", str(count)], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, check=False)
    programs = {}
    for line in result.stdout.splitlines():
        seed, rest = line.split(" ", 1)
        sets = {}
        for part in rest.split("|"):
            words = part.split()
            sets[words[0]] = {tuple(int(step) for step in word.split(">")) for word in words[1:]}
        programs[int(seed)] = sets
    if len(programs) != count:
        sys.exit(f"{binary}: {len(programs)} of {count} programs came to their end (code {result.returncode})")
    return programs


def later(pairs):
    return {pair[1] for pair in pairs}


STEPS = 26  # of a thread (program.h)


def is_covered(pair, reported):
    """Is the later access of the pair reported, or one that its thread made before it?"""
    return any(other // STEPS == pair[1] // STEPS and other <= pair[1] for other in later(reported))


def compare(seed, ours, tsan, counts, problems):
    standard, model = ours["cpp20"], ours["tsan"]
    reported, theirs, alone = ours["reported"], tsan["reported"], tsan["alone"]
    counts["ThreadSanitizer's races"] += len(theirs)
    counts["  by its own rules only"] += len(theirs - standard)
    counts["  the same pair of ours"] += len(theirs & reported)
    counts["our races"] += len(reported)
    counts["  by the standard's rules only (relaxed stores behind a release)"] += len(reported - model)
    counts["  reported by ThreadSanitizer in the same run"] += len(reported & theirs)
    counts["  reported by ThreadSanitizer where the two accesses are alone"] += len(reported & alone - theirs)

    def differs(what, pairs):
        problems.extend(f"seed {seed}: {what}: {a}>{b}" for a, b in sorted(pairs))

    differs("ThreadSanitizer's alone", {pair for pair in theirs & standard if not is_covered(pair, reported)})
    differs("nobody's rules allow what ThreadSanitizer reports", theirs - model)
    differs("we miss", {pair for pair in standard if not is_covered(pair, reported)})
    differs("false", reported - standard)
    differs("ThreadSanitizer never reports", (reported & model) - alone)
    differs("nobody's rules allow what ThreadSanitizer reports of two accesses alone", alone - model)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours")
    parser.add_argument("tsan")
    parser.add_argument("--from", dest="first", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    ours = read(options.ours, options.first, options.count)
    tsan = read(options.tsan, options.first, options.count)
    counts = dict.fromkeys(["ThreadSanitizer's races", "  the same pair of ours", "  by its own rules only", "our races",
                            "  reported by ThreadSanitizer in the same run",
                            "  reported by ThreadSanitizer where the two accesses are alone",
                            "  by the standard's rules only (relaxed stores behind a release)"], 0)
    problems = []
    racy = 0
    for seed, sets in ours.items():
        racy += bool(sets["cpp20"])
        for name in ("cpp20", "tsan"):
            if sets[name] != tsan[seed][name]:
                problems.append(f"seed {seed}: the two binaries have different programs")
        compare(seed, sets, tsan[seed], counts, problems)
    print(f"{options.count} programs, {racy} with races")
    for what, number in counts.items():
        print(f"{what}: {number}")
    print("\n".join(problems[:50]))
    print(f"{len(problems)} differences")
    return 1 if problems or not counts["ThreadSanitizer's races"] or not counts["our races"] else 0


if __name__ == "__main__":
    sys.exit(main())
