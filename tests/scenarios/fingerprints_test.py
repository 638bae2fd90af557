# SPDX-License-Identifier: Apache-2.0
"""One defect has one fingerprint: in any order, under any load, in every build; and no two defects have the same.

Every build compares with one table, fingerprints.txt, so that no two builds differ. To make the table again, with a build
under ThreadSanitizer, which sees every kind:

    GRIDLOCK_CATALOGUE=build/tsan/scenarios/gridlock python3 tests/scenarios/fingerprints_test.py --write
"""

import collections
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

CATALOGUE = os.environ["GRIDLOCK_CATALOGUE"]
RUNS = int(os.environ.get("GRIDLOCK_RUNS", "3"))
TABLE = pathlib.Path(__file__).with_name("fingerprints.txt")
TSAN_KINDS = {"data-race", "tsan-report"}

# Scenarios that show one and the same defect, and why it is one.
SAME_DEFECT = {
    frozenset({"sentinel/missing", "sentinels/one"}):
        "the cook's wait for orders in kitchen(): one has no sentinel, the other one for three cooks",
}


def read_table():
    """{scenario: {(kind, fingerprint)}}"""
    table = collections.defaultdict(set)
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            scenario, kind, fingerprint = line.split()
            table[scenario].add((kind, fingerprint))
    return table


def names_that_find():
    listing = subprocess.run([CATALOGUE, "list", "--json"], check=True, capture_output=True, timeout=30).stdout
    return [scenario["name"] for scenario in json.loads(listing) if scenario["expects"]]


class Load:
    """Keeps this many processes busy."""

    def __init__(self, count):
        self.processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()


def run(names, folder, *, jobs, load, aslr):
    """[(scenario, kind, fingerprint)] of one run of these, and whether ThreadSanitizer was there."""
    result = pathlib.Path(folder) / "result.json"
    command = [CATALOGUE, "run", "--jobs", str(jobs), "--timeout", "120", "--json", str(result), *names]
    if not aslr:
        command = ["setarch", "-R", *command]
    with Load(load):
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=900, check=False)
    report = json.loads(result.read_text(encoding="utf-8"))
    return [(outcome["name"], finding["kind"], finding["fingerprint"])
            for outcome in report["outcomes"] for finding in outcome["findings"]], report.get("sanitizer") == "thread"


def circumstances(number):
    """Those of the run with this number: each differs from the one before in all of them."""
    return {"jobs": 1 + number * 3 % 8, "load": number % 3 * 2, "aslr": number % 2 == 0}


def run_often(names, times):
    """How often each (scenario, kind, fingerprint) came, and whether ThreadSanitizer was there."""
    seen = collections.Counter()
    tsan = False
    dice = random.Random(20)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(times):
            shuffled = dice.sample(names, len(names))
            half = len(shuffled) // 2
            for part in (shuffled[:half], shuffled[half:]):  # within a run the catalogue keeps its own order
                found, tsan = run(part, folder, **circumstances(number))
                seen.update(set(found))
    return seen, tsan


class Table(unittest.TestCase):
    def test_each_scenario_that_finds_something_is_in_it(self):
        missing = set(names_that_find()) ^ set(read_table())
        self.assertFalse(missing, "make the table again, see the top of this file")

    def test_different_defects_have_different_fingerprints(self):
        scenarios = collections.defaultdict(set)
        for scenario, rows in read_table().items():
            for _, fingerprint in rows:
                scenarios[fingerprint].add(scenario)
        shared = {frozenset(names) for names in scenarios.values() if len(names) > 1}
        self.assertEqual(shared, set(SAME_DEFECT))


class Runs(unittest.TestCase):
    def test_each_finding_has_the_fingerprint_of_the_table(self):
        table = read_table()
        seen, tsan = run_often(names_that_find(), RUNS)
        print(f"{RUNS} runs: {sum(seen.values())} findings of {len(seen)} defects", file=sys.stderr)
        found = collections.defaultdict(set)
        for (scenario, kind, fingerprint), times in sorted(seen.items()):
            with self.subTest(scenario=scenario, kind=kind, times=times):
                self.assertIn((kind, fingerprint), table[scenario])
            found[scenario].add((kind, fingerprint))
        for scenario, rows in table.items():
            for kind, fingerprint in rows:
                if kind in TSAN_KINDS and not tsan:
                    continue
                with self.subTest(scenario=scenario, kind=kind):
                    self.assertIn((kind, fingerprint), found[scenario], "never seen")
                if kind not in TSAN_KINDS:  # of two races in one scenario, one may stay unseen
                    with self.subTest(scenario=scenario, kind=kind):
                        self.assertEqual(seen[(scenario, kind, fingerprint)], RUNS)


def write():
    seen, tsan = run_often(names_that_find(), RUNS)
    if not tsan:
        sys.exit("this build does not see data races; take one under ThreadSanitizer")
    rows = "".join(f"{' '.join(row)}\n" for row in sorted(seen))
    TABLE.write_text("# The fingerprint of each defect of the catalogue, in every build. To make it again: see fingerprints_test.py.\n"
                     + rows, encoding="utf-8")


if __name__ == "__main__":
    if "--write" in sys.argv:
        write()
    else:
        unittest.main()
